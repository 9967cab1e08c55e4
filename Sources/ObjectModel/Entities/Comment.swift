/// What somebody says of a project's versions or objects. One without a thread begins one; others answer in it.
public struct Comment: Equatable, Sendable, Codable {
    public var id: CommentID
    public var project: ProjectID
    /// The comment that this one answers; `nil` for one that begins a thread.
    public var thread: CommentID?
    public var author: UserID
    public var content: CommentContent
    /// What it is about. Answers are about what their thread is about.
    public var resources: [CommentResource]
    /// It is settled, or taken back: it stays, and lists leave it out.
    public var isArchived: Bool
    public var createdAt: Timestamp
    /// When its text, or its thread, was written to last.
    public var updatedAt: Timestamp

    public init(
        id: CommentID, project: ProjectID, thread: CommentID?, author: UserID, content: CommentContent,
        resources: [CommentResource], createdAt: Timestamp
    ) {
        self.id = id
        self.project = project
        self.thread = thread
        self.author = author
        self.content = content
        self.resources = resources
        self.isArchived = false
        self.createdAt = createdAt
        self.updatedAt = createdAt
    }
}

/// What a comment says. It is written as a whole.
public struct CommentContent: Hashable, Sendable, Codable {
    /// A ProseMirror document as JSON; `nil` where files say it all.
    public var document: String?
    /// The words of the document.
    public var plainText: String
    /// Files of the project, in the order in which they are shown.
    public var blobs: [BlobID]

    public init(document: String?, plainText: String, blobs: [BlobID]) {
        self.document = document
        self.plainText = plainText
        self.blobs = blobs
    }
}

/// Something that a comment is about.
public struct CommentResource: Hashable, Sendable, Codable {
    public enum Kind: String, Sendable, Codable {
        case project
        case version
        case object
    }

    public var kind: Kind
    public var id: String

    public init(_ kind: Kind, _ id: String) {
        self.kind = kind
        self.id = id
    }

    public static func version(_ id: VersionID) -> Self { Self(.version, id.rawValue) }
    public static func object(_ id: ObjectID) -> Self { Self(.object, id.hex) }
}

/// How the viewer looked when a comment was made. It never changes.
public struct CommentScene: Equatable, Sendable, Codable {
    /// JSON that viewers write and read.
    public var viewerState: String?
    /// The same as older clients have it.
    public var legacyData: String?
    /// A picture, as a file of the project.
    public var screenshot: BlobID?

    public init(viewerState: String? = nil, legacyData: String? = nil, screenshot: BlobID? = nil) {
        self.viewerState = viewerState
        self.legacyData = legacyData
        self.screenshot = screenshot
    }
}

/// That somebody has seen a thread.
public struct CommentView: Hashable, Sendable {
    public var comment: CommentID
    public var user: UserID
    /// The first time since the thread changed last.
    public var at: Timestamp

    public init(comment: CommentID, user: UserID, at: Timestamp) {
        self.comment = comment
        self.user = user
        self.at = at
    }
}
