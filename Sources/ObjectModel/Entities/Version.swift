/// One published state of a model. It is visible only while all that its root leads to is present and verified.
public struct Version: Equatable, Sendable {
    public var id: VersionID
    public var project: ProjectID
    public var model: ModelID
    public var root: VersionRoot
    public var message: String?
    public var sourceApplication: String?
    public var totalChildrenCount: Int?
    public var parents: [VersionID]
    public var author: UserID?
    public var createdAt: Timestamp

    public init(
        id: VersionID, project: ProjectID, model: ModelID, root: VersionRoot, message: String?,
        sourceApplication: String?, totalChildrenCount: Int?, parents: [VersionID], author: UserID?,
        createdAt: Timestamp
    ) {
        self.id = id
        self.project = project
        self.model = model
        self.root = root
        self.message = message
        self.sourceApplication = sourceApplication
        self.totalChildrenCount = totalChildrenCount
        self.parents = parents
        self.author = author
        self.createdAt = createdAt
    }

    /// What clients ask for to get the version: the id of an object, or where a bundle is.
    public var reference: String {
        switch self.root {
        case .object(let id): id.hex
        case .bundle: Self.bundleReference(self.id, of: self.model, in: self.project)
        }
    }

    /// Names a bundle to clients; three ids follow a word that no object's id begins with.
    public static func bundleReference(_ id: VersionID, of model: ModelID, in project: ProjectID) -> String {
        "bundle.\(project).\(model).\(id)"
    }
}

extension Version: Codable {
    private enum CodingKeys: String, CodingKey {
        case id, project, model, message, sourceApplication, totalChildrenCount, parents, author, createdAt
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            id: try container.decode(VersionID.self, forKey: .id),
            project: try container.decode(ProjectID.self, forKey: .project),
            model: try container.decode(ModelID.self, forKey: .model), root: try VersionRoot(from: decoder),
            message: try container.decodeIfPresent(String.self, forKey: .message),
            sourceApplication: try container.decodeIfPresent(String.self, forKey: .sourceApplication),
            totalChildrenCount: try container.decodeIfPresent(Int.self, forKey: .totalChildrenCount),
            parents: try container.decode([VersionID].self, forKey: .parents),
            author: try container.decodeIfPresent(UserID.self, forKey: .author),
            createdAt: try container.decode(Timestamp.self, forKey: .createdAt))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(self.id, forKey: .id)
        try container.encode(self.project, forKey: .project)
        try container.encode(self.model, forKey: .model)
        try self.root.encode(to: encoder)
        try container.encodeIfPresent(self.message, forKey: .message)
        try container.encodeIfPresent(self.sourceApplication, forKey: .sourceApplication)
        try container.encodeIfPresent(self.totalChildrenCount, forKey: .totalChildrenCount)
        try container.encode(self.parents, forKey: .parents)
        try container.encodeIfPresent(self.author, forKey: .author)
        try container.encode(self.createdAt, forKey: .createdAt)
    }
}
