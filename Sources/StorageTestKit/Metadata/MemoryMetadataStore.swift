package import ObjectModel
package import Storage
import Synchronization

/// Metadata that lives as long as the process. A write that throws changes nothing.
package final class MemoryMetadataStore: MetadataStore {
    private let state: Mutex<MemoryRows>
    private let events: EventBus

    package init(events: EventBus = EventBus()) {
        self.state = Mutex(MemoryRows())
        self.events = events
    }

    private init(_ rows: MemoryRows) {
        self.state = Mutex(rows)
        self.events = EventBus()
    }

    /// Another store with the same rows.
    package func copy() -> MemoryMetadataStore { Self(self.state.withLock { $0 }) }

    /// Objects that count as complete roots, since there is no object store beside this one.
    package func setComplete(_ roots: Set<ObjectID>) {
        self.state.withLock { $0.completeRoots = roots }
    }

    package func read<Result: Sendable>(
        _ body: @Sendable (any MetadataReading) throws -> Result
    ) async throws -> Result {
        let rows = self.state.withLock { $0 }
        return try body(MemoryTransaction(rows))
    }

    package func write<Result: Sendable>(
        _ body: @Sendable (any MetadataWriting) throws -> Result
    ) async throws -> Result {
        try self.state.withLock { rows in
            let transaction = MemoryTransaction(rows)
            let result = try body(transaction)
            rows = transaction.rows
            for event in transaction.events { self.events.publish(event) }
            return result
        }
    }
}

/// All rows, as values: a copy is a snapshot.
struct MemoryRows: Sendable {
    struct LogKey: Hashable {
        var scope: LogScope
        var origin: NodeID
    }

    /// Models and versions have ids of their project: another one may use the same.
    struct Key<ID: Hashable & Sendable>: Hashable {
        var project: ProjectID
        var id: ID
    }

    struct CommentRow {
        var comment: Comment
        var scene: CommentScene
    }

    struct Place: Hashable {
        var scope: LogScope
        var entity: Entity
    }

    struct ActivityRow {
        var entry: Activity
        /// Whether it may be withdrawn.
        var isProvisional: Bool
    }

    struct RoleKey: Hashable {
        var project: ProjectID
        var user: UserID
    }

    var settings = ServerSettings()
    var users: [UserID: User] = [:]
    var emails: [EmailID: UserEmail] = [:]
    var tokens: [TokenID: Token] = [:]
    var codes: [String: AuthorizationCode] = [:]
    var apps: [AppID: RegisteredApp] = [:]
    var appSecrets: [AppID: String] = [:]
    var tokenUses: [TokenID: Timestamp] = [:]
    var proofs: [AccountProof] = []
    var serverInvites: [InviteID: ServerInvite] = [:]
    var projects: [ProjectID: Project] = [:]
    var policies: [ProjectID: ProjectPolicy] = [:]
    var purges: [ProjectID: Purge] = [:]
    var roles: [RoleKey: ProjectRole] = [:]
    var localReaders: Set<RoleKey> = []
    var favorites: [RoleKey: Favorite] = [:]
    var preferences: [UserID: [String: Bool]] = [:]
    var accessRequests: [RoleKey: AccessRequest] = [:]
    var invites: [Key<InviteID>: Invite] = [:]
    /// By project and id.
    var activity: [ProjectID: [String: ActivityRow]] = [:]
    var ingestions: [Key<IngestionID>: Ingestion] = [:]
    var ingestionFiles: [IngestionFile] = []
    var models: [Key<ModelID>: Model] = [:]
    var versions: [Key<VersionID>: Version] = [:]
    var blobs: [Key<BlobID>: Blob] = [:]
    var deletedBlobs: Set<Key<BlobID>> = []
    var comments: [Key<CommentID>: CommentRow] = [:]
    var commentViews: [ProjectID: [CommentView]] = [:]
    var webhooks: [Key<WebhookID>: Webhook] = [:]
    /// In the order in which they were put first.
    var deliveries: [WebhookDelivery] = []
    var receivedContents: [Key<ContentHash>: BlobContent] = [:]
    var logs: [LogKey: [Operation]] = [:]
    var liveWrites: [Place: Set<LiveWrite>] = [:]
    var touches: [Place: Timestamp] = [:]
    var conflicts: [Place: [Conflict]] = [:]
    var mirrors: [ProjectID: Mirror] = [:]
    var pushMarks: [PushMark] = []
    var peerCursors: [PeerCursor] = []
    var compactedMarks: [LogKey: UInt64] = [:]
    /// By scope and region.
    var acknowledgedMarks: [LogKey: [NodeID: UInt64]] = [:]
    var regionsHeard: [NodeID: Timestamp] = [:]
    /// By scope and source.
    var arrivedOperations: [LogKey: [Operation]] = [:]
    /// In the order in which they were added.
    var mirrorSources: [MirrorSource] = []
    var completeRoots: Set<ObjectID> = []
}

/// One transaction over a copy of the rows.
final class MemoryTransaction: MetadataWriting {
    var rows: MemoryRows
    private(set) var events: [DomainEvent] = []

    init(_ rows: MemoryRows) {
        self.rows = rows
    }

    func isComplete(_ root: ObjectID, in project: ProjectID) throws -> Bool {
        self.rows.completeRoots.contains(root)
    }

    func tell(_ event: DomainEvent) { self.events.append(event) }

    /// What a database states as a constraint.
    static func require(_ holds: Bool, _ constraint: String) throws {
        guard holds else { throw StorageError.io("constraint failed: \(constraint)") }
    }

    // MARK: People

    func user(_ id: UserID) throws -> User? { self.rows.users[id] }

    func user(email: String) throws -> User? {
        if let user = self.rows.users.values.first(where: { $0.email == email.lowercased() }) { return user }
        guard let email = try self.email(address: email), email.isVerified else { return nil }
        return self.rows.users[email.user]
    }

    func users(matching text: String, emailOnly: Bool, limit: Int) throws -> [User] {
        let text = text.lowercased()
        let matching = self.rows.users.values.filter { user in
            user.email.contains(text) || (!emailOnly && user.name.lowercased().contains(text))
        }
        return Array(matching.sorted { ($0.name, $0.id) < ($1.name, $1.id) }.prefix(max(0, limit)))
    }

    func userCount() throws -> Int { self.rows.users.count }

    func put(_ user: User) throws {
        try Self.require(!self.rows.users.values.contains { $0.email == user.email && $0.id != user.id }, "users.email")
        self.rows.users[user.id] = user
    }

    func token(_ id: TokenID) throws -> Token? { self.rows.tokens[id] }

    func tokens(of owner: UserID, kind: Token.Kind) throws -> [Token] {
        self.rows.tokens.values.filter { $0.owner == owner && $0.kind == kind }
            .sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
    }

    func put(_ token: Token) throws {
        try Self.require(self.rows.users[token.owner] != nil, "tokens.owner")
        self.rows.tokens[token.id] = token
    }

    func deleteToken(_ id: TokenID) throws {
        self.rows.tokens[id] = nil
        self.rows.tokenUses[id] = nil
    }

    func authorizationCode(_ code: String) throws -> AuthorizationCode? { self.rows.codes[code] }

    func put(_ code: AuthorizationCode) throws {
        try Self.require(self.rows.users[code.user] != nil, "authorization_codes.user")
        self.rows.codes[code.code] = code
    }

    func deleteAuthorizationCode(_ code: String) throws { self.rows.codes[code] = nil }

    func deleteAuthorizationCodes(of user: UserID) throws {
        self.rows.codes = self.rows.codes.filter { $0.value.user != user }
    }

    // MARK: Logs

    func lastSequence(of origin: NodeID, in scope: LogScope) throws -> UInt64 {
        self.rows.logs[.init(scope: scope, origin: origin)]?.last?.sequence ?? 0
    }

    func operations(of origin: NodeID, in scope: LogScope, after sequence: UInt64, limit: Int) throws -> [Operation] {
        let log = self.rows.logs[.init(scope: scope, origin: origin)] ?? []
        return Array(log[log.partitioningIndex { $0.sequence > sequence }...].prefix(max(0, limit)))
    }

    func origins(in scope: LogScope) throws -> [NodeID] {
        self.rows.logs.keys.filter { $0.scope == scope }.map(\.origin).sorted()
    }

    func scopes() throws -> [LogScope] { Array(Set(self.rows.logs.keys.map(\.scope))) }

    func append(_ operation: Operation) throws {
        let last = try self.lastSequence(of: operation.origin, in: operation.scope)
        guard operation.sequence == last + 1 else {
            throw StorageError.corrupt("operation \(operation.sequence) of \(operation.origin) follows \(last)")
        }
        self.rows.logs[.init(scope: operation.scope, origin: operation.origin), default: []].append(operation)
    }

    // MARK: Mirrors

    func mirror(of project: ProjectID) throws -> Mirror? { self.rows.mirrors[project] }

    func mirrors() throws -> [Mirror] { self.rows.mirrors.values.sorted { $0.project < $1.project } }

    func put(_ mirror: Mirror) throws { self.rows.mirrors[mirror.project] = mirror }

    func deleteMirror(of project: ProjectID) throws {
        self.rows.mirrors[project] = nil
        self.rows.localReaders = self.rows.localReaders.filter { $0.project != project }
        self.rows.mirrorSources.removeAll { $0.project == project }
    }

    func mirrorSources(of project: ProjectID) throws -> [MirrorSource] {
        self.rows.mirrorSources.filter { $0.project == project }
    }

    func put(_ source: MirrorSource) throws {
        let place = self.rows.mirrorSources.firstIndex { $0.project == source.project && $0.node == source.node }
        if let place { self.rows.mirrorSources[place] = source } else { self.rows.mirrorSources.append(source) }
    }

    func deleteMirrorSource(_ node: NodeID, of project: ProjectID) throws {
        self.rows.mirrorSources.removeAll { $0.project == project && $0.node == node }
    }

    func pushMark(of source: ProjectID, to target: ProjectID, at node: NodeID) throws -> PushMark? {
        self.rows.pushMarks.first { ($0.source, $0.target, $0.node) == (source, target, node) }
    }

    func put(_ mark: PushMark) throws {
        self.rows.pushMarks.removeAll {
            ($0.source, $0.target, $0.node) == (mark.source, mark.target, mark.node)
        }
        self.rows.pushMarks.append(mark)
    }

    func peerCursor(of node: NodeID, in project: ProjectID) throws -> PeerCursor? {
        self.rows.peerCursors.first { $0.project == project && $0.node == node }
    }

    func put(_ cursor: PeerCursor) throws {
        self.rows.peerCursors.removeAll { $0.project == cursor.project && $0.node == cursor.node }
        self.rows.peerCursors.append(cursor)
    }

    func deletePeerCursor(of node: NodeID, in project: ProjectID) throws {
        self.rows.peerCursors.removeAll { $0.project == project && $0.node == node }
    }

    func deletePeerCursors(in project: ProjectID) throws {
        self.rows.peerCursors.removeAll { $0.project == project }
    }

    func grantReading(of project: ProjectID, to user: UserID) throws {
        self.rows.localReaders.insert(.init(project: project, user: user))
    }
}
