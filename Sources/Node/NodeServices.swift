import HTTPTypes
import Hummingbird
public import ObjectModel
public import Storage

/// What the API works with. Made once, by the program.
public struct NodeServices: Sendable {
    public var configuration: NodeConfiguration
    public var metadata: MetadataService
    public var uses: TokenUses
    public var objects: any ObjectReading & ObjectWriting
    public var blobs: any BlobStore
    /// Signs links to files.
    public var links: LinkSigner
    /// Hears of projects that got objects.
    public var changes: ProjectChanges
    /// Tells of what changed, to those who watch.
    public var events: EventBus
    public var rateLimiter: any RateLimiter
    /// Where compressed answers are kept; `nil` compresses anew each time.
    public var gzipCache: GzipCache?
    /// Those that are kept in memory.
    let closures = ClosureCache()
    public var mirrors: any MirrorControl
    /// The nodes that this one knows; `nil` while it has no roster.
    public var roster: @Sendable () -> Roster?
    public var regions: any RegionControl
    /// Where people may sign in elsewhere; `nil` when they do so here only.
    public var elsewhere: SignInElsewhere?
    /// Where mails go.
    public var mail: any MailSending
    public var clock: @Sendable () -> Timestamp

    public init(
        configuration: NodeConfiguration, metadata: MetadataService, uses: TokenUses,
        objects: any ObjectReading & ObjectWriting, blobs: any BlobStore, links: LinkSigner, changes: ProjectChanges,
        events: EventBus, rateLimiter: any RateLimiter, gzipCache: GzipCache?, mirrors: any MirrorControl,
        roster: @escaping @Sendable () -> Roster?, regions: any RegionControl,
        elsewhere: SignInElsewhere?, mail: any MailSending, clock: @escaping @Sendable () -> Timestamp
    ) {
        self.configuration = configuration
        self.metadata = metadata
        self.uses = uses
        self.objects = objects
        self.blobs = blobs
        self.links = links
        self.changes = changes
        self.events = events
        self.rateLimiter = rateLimiter
        self.gzipCache = gzipCache
        self.mirrors = mirrors
        self.roster = roster
        self.regions = regions
        self.elsewhere = elsewhere
        self.mail = mail
        self.clock = clock
    }
}

extension NodeServices {
    /// The project that a request is about, when whoever asks may do that.
    ///
    /// - Throws: ``DomainError``.
    func project(_ action: ProjectRules.Action, _ context: NodeRequestContext) async throws -> ProjectID {
        let project = context.id("project", as: ProjectID.self)
        let principal = context.principal
        try await self.metadata.store.read { rows in
            try ProjectRules.require(action, on: project, for: principal, rows)
        }
        return project
    }

    /// Runs a command on a project in the name of `principal`, who must be allowed `action`.
    ///
    /// - Throws: ``DomainError``.
    func perform<C: Command>(
        _ command: C, _ action: ProjectRules.Action, on project: ProjectID, by principal: Principal?
    ) async throws -> C.Result {
        try await self.metadata.perform(command, actor: principal?.user.id) { rows in
            try ProjectRules.require(action, on: project, for: principal, rows)
        }
    }

    /// Refuses uploads to a project that is written on another node.
    ///
    /// - Throws: ``PlainFailure``.
    func requireWritable(_ project: ProjectID) async throws {
        let place = self.metadata.place
        guard let refusal = try await self.metadata.store.read({ try place.refusal(for: project, $0) }) else { return }
        throw PlainFailure(ErrorMiddleware.status(of: refusal.code), refusal.message)
    }

    /// Refuses objects that `principal` may not add to a project, or nobody here.
    ///
    /// - Throws: ``DomainError``.
    func requireUpload(to project: ProjectID, by principal: Principal?) async throws {
        let place = self.metadata.place
        try await self.metadata.store.read { rows in
            try ProjectRules.require(.write, on: project, for: principal, rows)
            if let refusal = try place.refusal(for: project, rows) { throw refusal }
        }
    }
}

/// What an administrator can do about copies of other nodes' projects.
public protocol MirrorControl: Sendable {
    /// Starts to copy a project; `reader` may read the copy on this node.
    ///
    /// - Parameter sources: further nodes that have the project.
    /// - Throws: ``DomainError`` when the node has the project already.
    func add(_ mirror: Mirror, sources: [MirrorSource], reader: UserID) async throws

    func status(of project: ProjectID) async -> MirrorStatus
}

/// How one copy is doing.
public struct MirrorStatus: Equatable, Sendable {
    /// When the copy was last known to be complete.
    public var lastCompleted: Timestamp?
    /// The node that served it then.
    public var servedBy: NodeID?
    /// What went wrong last; `nil` while all is well.
    public var problem: String?

    public init(lastCompleted: Timestamp? = nil, servedBy: NodeID? = nil, problem: String? = nil) {
        self.lastCompleted = lastCompleted
        self.servedBy = servedBy
        self.problem = problem
    }
}
