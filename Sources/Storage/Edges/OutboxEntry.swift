public import ObjectModel

/// A version that an edge accepted, and its region has not got yet.
public struct QueuedVersion: Equatable, Sendable, Codable {
    /// Drawn by the edge; the region keeps it, so that bringing it twice makes one version.
    public var id: VersionID
    public var project: ProjectID
    public var model: ModelID
    public var rootObject: ObjectID
    public var message: String?
    public var sourceApplication: String?
    public var totalChildrenCount: Int?
    public var parents: [VersionID]
    public var createdAt: Timestamp
    /// By the region's clock, until when its author may have seen what others did; `nil` is all of it.
    public var seenUntil: Timestamp?
    /// What he had seen beyond that: versions that wait before this one.
    public var seenVersions: [VersionID]

    public init(
        id: VersionID, project: ProjectID, model: ModelID, rootObject: ObjectID, message: String?,
        sourceApplication: String?, totalChildrenCount: Int?, parents: [VersionID], createdAt: Timestamp,
        seenUntil: Timestamp? = nil, seenVersions: [VersionID] = []
    ) {
        self.id = id
        self.project = project
        self.model = model
        self.rootObject = rootObject
        self.message = message
        self.sourceApplication = sourceApplication
        self.totalChildrenCount = totalChildrenCount
        self.parents = parents
        self.createdAt = createdAt
        self.seenUntil = seenUntil
        self.seenVersions = seenVersions
    }

    /// The version that it becomes, of whoever queued it.
    public func version(by author: UserID?) -> Version {
        Version(
            id: self.id, project: self.project, model: self.model, root: .object(self.rootObject),
            message: self.message,
            sourceApplication: self.sourceApplication, totalChildrenCount: self.totalChildrenCount,
            parents: self.parents, author: author, createdAt: self.createdAt)
    }
}

/// One entry of an edge's outbox.
public struct OutboxEntry: Equatable, Sendable {
    public var version: QueuedVersion
    /// In whose name: the signed lease that allowed it, as it travels.
    public var lease: [UInt8]
    /// Why the region does not take it; `nil` while it waits. It stays here then until somebody decides.
    public var problem: String?

    public init(version: QueuedVersion, lease: [UInt8], problem: String? = nil) {
        self.version = version
        self.lease = lease
        self.problem = problem
    }
}
