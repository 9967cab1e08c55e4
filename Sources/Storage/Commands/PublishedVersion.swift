public import ObjectModel

/// A version as it is pushed from a copy of the project: it keeps its id, so that pushing it again changes nothing.
public struct PublishedVersion: Equatable, Sendable {
    public var id: VersionID
    public var modelName: String
    public var root: VersionRoot
    public var message: String?
    public var sourceApplication: String?
    public var totalChildrenCount: Int?
    public var createdAt: Timestamp

    public init(
        id: VersionID, modelName: String, root: VersionRoot, message: String?, sourceApplication: String?,
        totalChildrenCount: Int?, createdAt: Timestamp
    ) {
        self.id = id
        self.modelName = modelName
        self.root = root
        self.message = message
        self.sourceApplication = sourceApplication
        self.totalChildrenCount = totalChildrenCount
        self.createdAt = createdAt
    }
}

extension PublishedVersion: Codable {
    private enum CodingKeys: String, CodingKey {
        case id, modelName, message, sourceApplication, totalChildrenCount, createdAt
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            id: try container.decode(VersionID.self, forKey: .id),
            modelName: try container.decode(String.self, forKey: .modelName), root: try VersionRoot(from: decoder),
            message: try container.decodeIfPresent(String.self, forKey: .message),
            sourceApplication: try container.decodeIfPresent(String.self, forKey: .sourceApplication),
            totalChildrenCount: try container.decodeIfPresent(Int.self, forKey: .totalChildrenCount),
            createdAt: try container.decode(Timestamp.self, forKey: .createdAt))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(self.id, forKey: .id)
        try container.encode(self.modelName, forKey: .modelName)
        try self.root.encode(to: encoder)
        try container.encodeIfPresent(self.message, forKey: .message)
        try container.encodeIfPresent(self.sourceApplication, forKey: .sourceApplication)
        try container.encodeIfPresent(self.totalChildrenCount, forKey: .totalChildrenCount)
        try container.encode(self.createdAt, forKey: .createdAt)
    }
}
