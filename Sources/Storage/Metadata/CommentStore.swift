public import ObjectModel

/// Comments on projects, and who has seen them. Their ids are unique within their project only.
public protocol CommentReading {
    func comment(_ id: CommentID, in project: ProjectID) throws -> Comment?
    /// Newest first.
    func comments(in project: ProjectID, filter: CommentFilter, after: PageKey?, limit: Int) throws -> [Comment]
    func commentCount(in project: ProjectID, filter: CommentFilter) throws -> Int
    /// How many threads there are about each of `resources`, but for archived ones; where there are any.
    func threadCounts(about resources: Set<CommentResource>, in project: ProjectID) throws -> [CommentResource: Int]
    /// Of those that are there.
    func commentScenes(_ ids: Set<CommentID>, in project: ProjectID) throws -> [CommentID: CommentScene]
    /// At most `limit` answers in each thread, newest first, but for those that are archived.
    func replies(inEach threads: Set<CommentID>, of project: ProjectID, after: PageKey?, limit: Int) throws
        -> [CommentID: [Comment]]
    /// Of threads with such answers.
    func replyCounts(inEach threads: Set<CommentID>, of project: ProjectID) throws -> [CommentID: Int]
    /// Those who made such answers, each once, by id.
    func replyAuthors(inEach threads: Set<CommentID>, of project: ProjectID) throws -> [CommentID: [UserID]]
    /// When somebody saw comments, of those that they ever did.
    func commentViews(of comments: Set<CommentID>, by user: UserID, in project: ProjectID) throws
        -> [CommentID: Timestamp]
    /// Who saw what, by comment, then by user; for verification.
    func allCommentViews(in project: ProjectID) throws -> [CommentView]
}

/// A comment or a view in an absent project is an error. They go with their project.
public protocol CommentWriting {
    /// Inserts or replaces by id.
    func put(_ comment: Comment, _ scene: CommentScene) throws
    /// Inserts or replaces by comment and person, whether the comment is here or not.
    func put(_ view: CommentView, in project: ProjectID) throws
}

/// Which comments of a project are meant. Conditions that are `nil` leave nothing out.
public struct CommentFilter: Equatable, Sendable {
    public enum Place: Equatable, Sendable {
        case anywhere
        /// Those that begin a thread.
        case threads
        /// The answers in a thread.
        case replies(CommentID)
    }

    public var place: Place
    public var isArchived: Bool?
    /// About any of these.
    public var resources: [CommentResource]?
    /// About any version that the model has now.
    public var model: ModelID?

    public init(
        _ place: Place, isArchived: Bool? = nil, resources: [CommentResource]? = nil, model: ModelID? = nil
    ) {
        self.place = place
        self.isArchived = isArchived
        self.resources = resources
        self.model = model
    }
}
