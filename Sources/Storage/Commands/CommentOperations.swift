public import ObjectModel

/// A comment as it was made.
public struct CommentCreation: Equatable, Sendable, Codable {
    public var comment: Comment
    public var scene: CommentScene

    public init(_ comment: Comment, _ scene: CommentScene = CommentScene()) {
        self.comment = comment
        self.scene = scene
    }
}

/// Fields that are `nil` stay as they are.
public struct CommentChange: Equatable, Sendable, Codable {
    public var id: CommentID
    public var content: CommentContent?
    public var isArchived: Bool?

    private enum CodingKeys: String, CodingKey {
        case id, content
        case isArchived = "archived"
    }

    public init(id: CommentID, content: CommentContent? = nil, isArchived: Bool? = nil) {
        self.id = id
        self.content = content
        self.isArchived = isArchived
    }
}

/// Somebody saw a thread, at the time of the operation.
public struct CommentViewing: Equatable, Sendable, Codable {
    public var comment: CommentID
    public var user: UserID

    public init(comment: CommentID, user: UserID) {
        self.comment = comment
        self.user = user
    }
}
