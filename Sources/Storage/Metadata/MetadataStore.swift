public import ObjectModel

/// Relational facts: people, tokens, projects, models, versions and the operation logs.
///
/// A read sees one consistent state. A write is one transaction: all of its changes and log entries, or none. Its events
/// are told once it is durable, in the order of transactions.
/// The bodies are synchronous and must not call back into the store. Those of reads may run on the thread of the task that
/// asks: they are short, and wait for nothing.
public protocol MetadataStore: Sendable {
    func read<Result: Sendable>(
        _ body: @Sendable (any MetadataReading) throws -> Result
    ) async throws -> Result

    func write<Result: Sendable>(
        _ body: @Sendable (any MetadataWriting) throws -> Result
    ) async throws -> Result
}

/// Look-ups within one consistent state.
public protocol MetadataReading: UserReading, EmailReading, AdministrationReading, ProofReading, ServerInviteReading,
    PreferenceReading, AppReading, ProjectReading, BatchReading, PolicyReading, InviteReading, AccessRequestReading,
    ActivityReading, IngestionReading, BlobReading, CommentReading, WebhookReading, WebhookQueueReading, LogReading,
    MergeReading, MirrorReading, CompactionReading
{}

/// Changes within one transaction.
public protocol MetadataWriting: MetadataReading, UserWriting, EmailWriting, AdministrationWriting, ProofWriting,
    ServerInviteWriting, PreferenceWriting, AppWriting, ProjectWriting, PolicyWriting, InviteWriting,
    AccessRequestWriting, ActivityWriting, IngestionWriting, BlobWriting, CommentWriting, WebhookWriting,
    WebhookQueueWriting, LogWriting, MergeWriting, MirrorWriting, CompactionWriting, EventWriting
{
    /// Whether `root` and all that it leads to is in the project's store, as of this transaction.
    func isComplete(_ root: ObjectID, in project: ProjectID) throws -> Bool
}

extension MetadataWriting {
    /// Whether all of a version with this root is here, as of this transaction.
    public func isComplete(_ root: VersionRoot, in project: ProjectID) throws -> Bool {
        switch root {
        case .object(let id): try self.isComplete(id, in: project)
        case .bundle(let files): try self.hasContents(of: files, in: project)
        }
    }
}

extension BlobReading {
    /// Whether the bytes of a bundle's files are here.
    public func hasContents(of files: [BundleFile], in project: ProjectID) throws -> Bool {
        try files.allSatisfy { try self.content($0.content.digest, in: project) == $0.content }
    }
}

/// People and their tokens.
public protocol UserReading {
    func user(_ id: UserID) throws -> User?
    /// Whose primary or verified address it is, without regard to case.
    func user(email: String) throws -> User?
    /// People whose name or e-mail contains `text` (without regard to case), by name.
    func users(matching text: String, emailOnly: Bool, limit: Int) throws -> [User]
    func userCount() throws -> Int
    func token(_ id: TokenID) throws -> Token?
    /// Newest first.
    func tokens(of owner: UserID, kind: Token.Kind) throws -> [Token]
    func authorizationCode(_ code: String) throws -> AuthorizationCode?
}

/// A token or code of somebody absent, and an e-mail that somebody else has, are errors.
public protocol UserWriting {
    /// Inserts or replaces by id.
    func put(_ user: User) throws
    func put(_ token: Token) throws
    func deleteToken(_ id: TokenID) throws
    func put(_ code: AuthorizationCode) throws
    func deleteAuthorizationCode(_ code: String) throws
    func deleteAuthorizationCodes(of user: UserID) throws
}

/// Projects, their people, models and versions. Only visible versions are stored as rows.
///
/// Ids of models and versions are unique within their project only.
public protocol ProjectReading {
    func project(_ id: ProjectID) throws -> Project?
    /// All projects, by id; for verification.
    func allProjects() throws -> [ProjectID]
    /// The projects that `user` has a role in, newest change first.
    func projects(of user: UserID, filter: ProjectFilter, after: PageKey?, limit: Int) throws -> [Project]
    func projectCount(of user: UserID, filter: ProjectFilter) throws -> Int
    /// The role by the project's log, or the reviewer's role that this node alone grants (``MirrorWriting``).
    func role(of user: UserID, in project: ProjectID) throws -> ProjectRole?
    /// By role, owners first, then by user id.
    func collaborators(of project: ProjectID) throws -> [Collaborator]

    func model(_ id: ModelID, in project: ProjectID) throws -> Model?
    func model(named name: String, in project: ProjectID) throws -> Model?
    /// Newest change first.
    func models(in project: ProjectID, filter: ModelFilter, after: PageKey?, limit: Int) throws -> [Model]
    func modelCount(in project: ProjectID, filter: ModelFilter) throws -> Int

    func version(_ id: VersionID, in project: ProjectID) throws -> Version?
    /// Newest first.
    func versions(of model: ModelID, in project: ProjectID, filter: VersionFilter, after: PageKey?, limit: Int) throws
        -> [Version]
    func versionCount(of model: ModelID, in project: ProjectID, filter: VersionFilter) throws -> Int
    /// All versions of the project, oldest first; for replication and verification.
    func allVersions(in project: ProjectID) throws -> [Version]
    /// At most `limit`, newest first.
    func newestVersions(in project: ProjectID, after: PageKey?, limit: Int) throws -> [Version]
    func versionCount(in project: ProjectID) throws -> Int
    /// Those in which `author` made a version that is there, sorted.
    func projects(withVersionsBy author: UserID) throws -> [ProjectID]
    /// At most `limit`, newest first.
    func versions(by author: UserID, in projects: [ProjectID], after: PageKey?, limit: Int) throws -> [Version]
    /// - Parameter author: `nil` for everybody.
    func versionCount(by author: UserID?, in projects: [ProjectID]) throws -> Int
    /// Distinct source applications of the project's versions, sorted.
    func sourceApplications(in project: ProjectID) throws -> [String]
}

extension MetadataReading {
    /// Whether somebody owns the project who can act as its owner.
    public func hasOwner(_ project: ProjectID) throws -> Bool { try !self.actingOwners(of: project).isEmpty }

    /// Owners who can act as such: those who have left, may not sign in or are guests of the server cannot.
    public func actingOwners(of project: ProjectID) throws -> [UserID] {
        try self.collaborators(of: project).filter { $0.role == .owner }.map(\.user).filter { owner in
            try self.user(owner).map { $0.role.weight >= ServerRole.user.weight } ?? false
        }
    }
}

/// A row that belongs to something absent, and a name that another model of the project has, are errors.
public protocol ProjectWriting {
    func put(_ project: Project) throws
    /// Removes the project with its roles, invitations, models, versions and files. Its log stays, and so does what it had in
    /// files: other nodes may have to read the log.
    func deleteProject(_ id: ProjectID) throws
    func put(_ collaborator: Collaborator) throws
    func deleteCollaborator(_ user: UserID, in project: ProjectID) throws
    func put(_ model: Model) throws
    /// Removes the model with its versions.
    func deleteModel(_ id: ModelID, in project: ProjectID) throws
    func put(_ version: Version) throws
    func deleteVersion(_ id: VersionID, in project: ProjectID) throws
}

/// The files of projects. Their ids are unique within their project only.
public protocol BlobReading {
    func blob(_ id: BlobID, in project: ProjectID) throws -> Blob?
    /// Files whose name contains `text` (without regard to case), newest first.
    func blobs(in project: ProjectID, named text: String?, after: PageKey?, limit: Int) throws -> [Blob]
    /// How many files the same list has, and their length together, in bytes.
    func blobTotals(in project: ProjectID, named text: String?) throws -> BlobTotals
    /// What the project has, or had, in a file, or received for one that is to come: it may be read through the project.
    func content(_ digest: ContentHash, in project: ProjectID) throws -> BlobContent?
    /// Digests of all files of all projects, deleted ones too, ascending; for verification.
    func allContents() throws -> [ContentHash]
}

public struct BlobTotals: Equatable, Sendable {
    public var count: Int
    public var byteCount: UInt64

    public init(count: Int, byteCount: UInt64) {
        self.count = count
        self.byteCount = byteCount
    }
}

/// A file of an absent project is an error.
public protocol BlobWriting {
    /// Inserts or replaces by id.
    func put(_ blob: Blob) throws
    /// The file shows no more; its bytes stay.
    func deleteBlob(_ id: BlobID, in project: ProjectID) throws
    /// Notes, on this node only, that the bytes of a file to come are here.
    func noteContent(_ content: BlobContent, in project: ProjectID) throws
}

/// The operation logs.
public protocol LogReading {
    /// Number of the newest operation of `origin` in `scope`; 0 when there is none.
    func lastSequence(of origin: NodeID, in scope: LogScope) throws -> UInt64
    /// Operations of `origin` after `sequence`, in order. Up to its compacted mark some may be left out
    /// (``CompactionReading``); the last one never is.
    func operations(of origin: NodeID, in scope: LogScope, after sequence: UInt64, limit: Int) throws -> [Operation]
    /// The origins that wrote to `scope`, sorted.
    func origins(in scope: LogScope) throws -> [NodeID]
    /// Everything that has a log, also projects that were deleted; in any order.
    func scopes() throws -> [LogScope]
}

extension LogReading {
    /// Passes the operations of `origin` after `sequence` to `body`, in order, and keeps few of them at a time.
    func forEachOperation(
        of origin: NodeID, in scope: LogScope, after sequence: UInt64 = 0, _ body: (Operation) throws -> Void
    ) throws {
        var last = sequence
        while true {
            let page = try self.operations(of: origin, in: scope, after: last, limit: 512)
            guard let end = page.last else { return }
            for operation in page { try body(operation) }
            last = end.sequence
        }
    }

    /// Of each origin that wrote to `scope`, the number of its newest operation.
    public func lastSequences(in scope: LogScope) throws -> [NodeID: UInt64] {
        var sequences: [NodeID: UInt64] = [:]
        for origin in try self.origins(in: scope) { sequences[origin] = try self.lastSequence(of: origin, in: scope) }
        return sequences
    }
}

public protocol LogWriting {
    /// Appends an operation whose sequence is exactly one more than the last of its scope and origin.
    func append(_ operation: Operation) throws
}

/// Position in a list that is ordered by time, newest first, then by id.
public struct PageKey: Equatable, Sendable {
    public var time: Timestamp
    public var id: String

    public init(time: Timestamp, id: String) {
        self.time = time
        self.id = id
    }
}

public struct ProjectFilter: Equatable, Sendable {
    /// Part of the name, without regard to case.
    public var search: String?
    public var onlyWithRoles: [ProjectRole]?
    public var ids: [ProjectID]?

    public init(search: String? = nil, onlyWithRoles: [ProjectRole]? = nil, ids: [ProjectID]? = nil) {
        self.search = search
        self.onlyWithRoles = onlyWithRoles
        self.ids = ids
    }
}

public struct ModelFilter: Equatable, Sendable {
    /// Part of the name, without regard to case.
    public var search: String?
    public var ids: [ModelID]?
    public var excludeIDs: [ModelID]?
    public var onlyWithVersions: Bool
    public var sourceApplications: [String]?
    public var contributors: [UserID]?
    /// Leaves out a model of this name while it has no versions (Speckle hides its empty `main`).
    public var hideEmptyNamed: String?

    public init(
        search: String? = nil, ids: [ModelID]? = nil, excludeIDs: [ModelID]? = nil, onlyWithVersions: Bool = false,
        sourceApplications: [String]? = nil, contributors: [UserID]? = nil, hideEmptyNamed: String? = nil
    ) {
        self.search = search
        self.ids = ids
        self.excludeIDs = excludeIDs
        self.onlyWithVersions = onlyWithVersions
        self.sourceApplications = sourceApplications
        self.contributors = contributors
        self.hideEmptyNamed = hideEmptyNamed
    }
}

public struct VersionFilter: Equatable, Sendable {
    /// These come first, whatever their age.
    public var priorityIDs: [VersionID]?
    /// Only `priorityIDs`, nothing else.
    public var priorityIDsOnly: Bool

    public init(priorityIDs: [VersionID]? = nil, priorityIDsOnly: Bool = false) {
        self.priorityIDs = priorityIDs
        self.priorityIDsOnly = priorityIDsOnly
    }
}

/// A one-time code that an app trades for a token. Local to the node: it lives ten minutes.
public struct AuthorizationCode: Equatable, Sendable {
    public var code: String
    public var app: AppID
    public var user: UserID
    /// What the app must show again.
    public var challenge: String
    /// The digest that the app must know the origin of (RFC 7636, S256); `nil` for apps that do not do that.
    public var codeChallenge: String?
    public var createdAt: Timestamp

    public init(
        code: String, app: AppID, user: UserID, challenge: String, codeChallenge: String? = nil, createdAt: Timestamp
    ) {
        self.code = code
        self.app = app
        self.user = user
        self.challenge = challenge
        self.codeChallenge = codeChallenge
        self.createdAt = createdAt
    }
}
