/// A project: models, their versions, the objects they refer to, and the people who may work on them.
public struct Project: Equatable, Sendable, Codable {
    public var id: ProjectID
    public var name: String
    public var description: String
    public var visibility: ProjectVisibility
    public var allowPublicComments: Bool
    public var createdAt: Timestamp
    public var updatedAt: Timestamp

    public init(
        id: ProjectID, name: String, description: String, visibility: ProjectVisibility, allowPublicComments: Bool,
        createdAt: Timestamp, updatedAt: Timestamp
    ) {
        self.id = id
        self.name = name
        self.description = description
        self.visibility = visibility
        self.allowPublicComments = allowPublicComments
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// One person's role in one project.
public struct Collaborator: Equatable, Sendable, Codable {
    public var project: ProjectID
    public var user: UserID
    public var role: ProjectRole

    public init(project: ProjectID, user: UserID, role: ProjectRole) {
        self.project = project
        self.user = user
        self.role = role
    }
}

/// A named line of versions within a project. `/` in the name makes a tree.
public struct Model: Equatable, Sendable, Codable {
    public var id: ModelID
    public var project: ProjectID
    /// Lower-cased; unique in the project.
    public var name: String
    public var description: String?
    public var author: UserID?
    public var createdAt: Timestamp
    public var updatedAt: Timestamp

    public init(
        id: ModelID, project: ProjectID, name: String, description: String?, author: UserID?, createdAt: Timestamp,
        updatedAt: Timestamp
    ) {
        self.id = id
        self.project = project
        self.name = name
        self.description = description
        self.author = author
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

extension ObjectID: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = ObjectID(hex: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not 32 hexadecimal digits")
        }
        self = id
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.hex)
    }
}
