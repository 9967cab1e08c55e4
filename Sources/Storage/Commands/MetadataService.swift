public import ObjectModel

/// The one place where metadata is written.
///
/// A command becomes operations in a log and their rows, in one transaction. Operations of other nodes are applied by
/// the same code (``apply(_:in:)``).
public struct MetadataService: Sendable {
    public let store: any MetadataStore
    /// The node in whose name operations are written.
    public var node: NodeID { self.place.node }
    public let place: WritePlace
    /// Hears of every project that a command changed, once that is durable.
    public let changes: ProjectChanges
    /// Closed while nothing may be written.
    public let gate: WriteGate
    private let numbers: RandomNumbers
    private let clock: @Sendable () -> Timestamp

    /// - Parameters:
    ///   - nameOf: what people call a node; by default its id.
    ///   - numbers: draws new ids; by default from the system's secure generator.
    ///   - clock: the present, asked once per command.
    public init(
        store: any MetadataStore, node: NodeID, changes: ProjectChanges = ProjectChanges(),
        gate: WriteGate = WriteGate(), nameOf: @escaping @Sendable (NodeID) -> String = { $0.rawValue },
        numbers: RandomNumbers = RandomNumbers(),
        clock: @escaping @Sendable () -> Timestamp
    ) {
        self.store = store
        self.place = WritePlace(node: node, nameOf: nameOf)
        self.changes = changes
        self.gate = gate
        self.numbers = numbers
        self.clock = clock
    }

    /// Runs one command in one transaction.
    ///
    /// - Parameters:
    ///   - actor: who asks; `nil` for the server itself.
    ///   - authorize: throws when `actor` may not; it sees the state that the command will change.
    public func perform<C: Command>(
        _ command: C, actor: UserID?, authorize: @Sendable (any MetadataReading) throws -> Void = { _ in }
    ) async throws -> C.Result {
        try self.gate.requireOpen()
        let now = self.clock()
        let (result, written) = try await self.store.write { transaction in
            try authorize(transaction)
            let context = CommandContext(
                rows: transaction, place: self.place, now: now, actor: actor, numbers: self.numbers)
            return (try command.execute(in: context), context.written.sequences)
        }
        for (scope, sequence) in written {
            WriteTrace.current?.note(Position.Log(scope: scope, origin: self.node), sequence)
            self.changes.announce(scope.name)
        }
        return result
    }

    /// Derives from the logs of `scope` which operations count, for rows that were made before that was kept. Logs of that
    /// time have seen nothing of each other.
    public static func note(_ scope: LogScope, in transaction: any MetadataWriting) throws {
        let merge = Merge(rows: transaction, scope: scope)
        for origin in try transaction.origins(in: scope) {
            var last: UInt64 = 0
            while true {
                let page = try transaction.operations(of: origin, in: scope, after: last, limit: 512)
                guard let end = page.last else { break }
                for operation in page { try merge.note(operation, OperationContent(decoding: operation.body)) }
                last = end.sequence
            }
        }
    }

    /// Derives from the logs of a project who made its versions and whose right to was given or taken, for rows that were
    /// made before that was kept, and sets aside what must be.
    public static func noteRights(_ scope: LogScope, in transaction: any MetadataWriting) throws {
        guard case .project(let project) = scope else { return }
        let merge = Merge(rows: transaction, scope: scope)
        var users: Set<UserID> = []
        try CausalOrder.visit(scope, transaction) { decoded in
            try merge.note(
                decoded.operation, decoded.content, only: [.author, .accepted, .granted, .revoked])
            if case .roleChanged(let change) = decoded.content.body { users.insert(change.user) }
        }
        for user in users.sorted() { try ProjectMerge(merge, project).settleVersions(by: user) }
    }

    /// Derives policies from the logs of a project: a release that did not know of policies kept the operations, and no more.
    public static func notePolicy(_ scope: LogScope, in transaction: any MetadataWriting) throws {
        guard case .project(let project) = scope else { return }
        let merge = Merge(rows: transaction, scope: scope)
        var written: PolicyChange?
        try CausalOrder.visit(scope, transaction) { decoded in
            guard case .policyChanged(let change) = decoded.content.body else { return }
            try merge.note(decoded.operation, decoded.content)
            written = PolicyChange(home: change.home ?? written?.home)
        }
        if let written { try ProjectMerge(merge, project).settle(.policyChanged(written)) }
    }

    /// Derives invitations from the logs of a project: a release that did not know of them kept the operations, and no more.
    public static func noteInvites(_ scope: LogScope, in transaction: any MetadataWriting) throws {
        guard case .project(let project) = scope else { return }
        let merge = Merge(rows: transaction, scope: scope)
        var invites: Set<InviteID> = []
        try CausalOrder.visit(scope, transaction) { decoded in
            switch decoded.content.body {
            case .inviteCreated(let invite): invites.insert(invite.id)
            case .inviteDeleted(let id): invites.insert(id)
            default: return
            }
            try merge.note(decoded.operation, decoded.content)
        }
        guard try transaction.project(project) != nil else { return }
        for invite in invites.sorted() { try ProjectMerge(merge, project).settle(invite) }
    }

    /// Derives settings and deletions from the log of the server: a release that did not know of them kept the operations, and
    /// no more.
    public static func noteAdministration(in transaction: any MetadataWriting) throws {
        let merge = Merge(rows: transaction, scope: .server)
        var bodies: [OperationBody] = []
        try CausalOrder.visit(.server, transaction) { decoded in
            switch decoded.content.body {
            case .serverChanged(let change)?: bodies.append(.serverChanged(change))
            case .userDeleted(let id)?: bodies.append(.userDeleted(id))
            default: return
            }
            try merge.note(decoded.operation, decoded.content)
        }
        for body in bodies { try ServerMerge(merge).settle(body) }
    }

    /// Derives invitations to the server, as ``noteAdministration(in:)`` does.
    public static func noteServerInvites(in transaction: any MetadataWriting) throws {
        let merge = Merge(rows: transaction, scope: .server)
        var bodies: [OperationBody] = []
        try CausalOrder.visit(.server, transaction) { decoded in
            switch decoded.content.body {
            case .serverInviteCreated(let invite)?: bodies.append(.serverInviteDeleted(invite.id))
            case .serverInviteDeleted?: break
            default: return
            }
            try merge.note(decoded.operation, decoded.content)
        }
        for body in bodies { try ServerMerge(merge).settle(body) }
    }

    /// Derives from the log of the server whose e-mail is known to be theirs, other passwords and ended sessions, as
    /// ``noteAdministration(in:)`` does.
    public static func noteSecurity(in transaction: any MetadataWriting) throws {
        let merge = Merge(rows: transaction, scope: .server)
        var bodies: [OperationBody] = []
        try CausalOrder.visit(.server, transaction) { decoded in
            switch decoded.content.body {
            case .userChanged(let change)? where change.isVerified != nil || change.passwordHash != nil:
                bodies.append(.userChanged(UserChange(id: change.id)))
            case .sessionsEnded(let id)?: bodies.append(.sessionsEnded(id))
            default: return
            }
            try merge.note(decoded.operation, decoded.content, only: [.verified, .password, .sessions])
        }
        for body in bodies { try ServerMerge(merge).settle(body) }
    }

    /// Applies operations of other nodes within an open transaction. Repeating one is a no-op, a gap is an error, and
    /// one that this release does not know is kept in the log and skipped.
    ///
    /// - Throws: ``OperationRefusal``, ``StorageError``.
    public static func apply(_ operations: [DecodedOperation], in transaction: any MetadataWriting) throws {
        var previous: Operation?
        for read in operations {
            let (operation, content) = (read.operation, read.content)
            let last = try transaction.lastSequence(of: operation.origin, in: operation.scope)
            guard operation.sequence > last else { continue }
            guard operation.sequence == last + 1 else {
                throw StorageError.corrupt(
                    "operation \(operation.sequence) of \(operation.origin) follows \(last): some are missing")
            }
            for (origin, sequence) in content.context.seen
            where try transaction.lastSequence(of: origin, in: operation.scope) < sequence {
                throw OperationRefusal.early(Dot(operation), seen: Dot(origin: origin, sequence: sequence))
            }
            if let fingerprint = content.context.previous {
                let before = Dot(origin: operation.origin, sequence: last)
                if previous.map({ Dot($0) != before || $0.scope != operation.scope }) ?? true {
                    previous = try transaction.operation(before, in: operation.scope)
                }
                guard previous?.fingerprint == fingerprint else { throw OperationRefusal.forked(Dot(operation)) }
            }
            try transaction.append(operation)
            try Merge(rows: transaction, scope: operation.scope).apply(operation, content)
            previous = operation
        }
    }
}

/// A request to change metadata. Validates against the rows, then records operations.
public protocol Command: Sendable {
    associatedtype Result: Sendable

    /// Throws ``DomainError`` before it records anything, or records all of its operations.
    func execute(in context: CommandContext) throws -> Result
}

/// The transaction that a command runs in.
public struct CommandContext {
    public let rows: any MetadataWriting
    public let place: WritePlace
    /// The moment of the command: one for all that it does.
    public let now: Timestamp
    public let actor: UserID?
    let numbers: RandomNumbers
    let written = WrittenLogs()

    public var node: NodeID { self.place.node }

    /// Appends an operation to its log and applies it.
    ///
    /// - Parameters:
    ///   - unseen: operations of the log that whoever writes had not seen: they stay beside this one.
    ///   - ignoringHome: also where the project is written to in another region.
    package func record(
        _ body: OperationBody, in scope: LogScope, besides unseen: [Dot] = [], ignoringHome: Bool = false
    ) throws {
        if case .project(let project) = scope,
            let refusal = try self.place.refusal(for: project, ignoringHome: ignoringHome, self.rows)
        {
            throw refusal
        }
        let moment = try self.moment(in: scope)
        let context = OperationContext(
            seen: moment.seen, tick: moment.tick, previous: moment.previous,
            unseen: Dictionary(grouping: unseen, by: \.origin).mapValues { $0.map(\.sequence).sorted() })
        let content = OperationContent(body, context)
        let encoded = try content.encoded()
        guard !Self.hasNUL(encoded) else {
            throw DomainError(.userInput, "Texts must not contain the character U+0000.")
        }
        let operation = Operation(
            scope: scope, origin: self.node, sequence: moment.sequence, timestamp: moment.timestamp, actor: self.actor,
            body: encoded)
        try self.rows.append(operation)
        try Merge(rows: self.rows, scope: scope).apply(operation, content)
        self.written.sequences[scope] = operation.sequence
    }

    /// Where the next operation of this node stands among those that it has seen.
    struct Moment {
        var sequence: UInt64
        /// Not before anything that was seen, and not before the clock.
        var timestamp: Timestamp
        var tick: UInt32
        var seen: [NodeID: UInt64]
        /// ``OperationContext/previous``.
        var previous: String?
    }

    func moment(in scope: LogScope) throws -> Moment {
        var moment = Moment(sequence: 1, timestamp: self.now, tick: 0, seen: [:])
        for origin in try self.rows.origins(in: scope) {
            let last = Dot(origin: origin, sequence: try self.rows.lastSequence(of: origin, in: scope))
            let isOwn = origin == self.node
            if isOwn { moment.sequence = last.sequence + 1 } else { moment.seen[origin] = last.sequence }
            guard let operation = try self.rows.operation(last, in: scope) else { continue }
            if isOwn { moment.previous = operation.fingerprint }
            guard operation.timestamp >= moment.timestamp else { continue }
            // Operations of one node are in their order without a tick of their own.
            let tick = OperationContent(decoding: operation.body).context.tick + (isOwn ? 0 : 1)
            moment.tick = operation.timestamp > moment.timestamp ? tick : max(moment.tick, tick)
            moment.timestamp = operation.timestamp
        }
        return moment
    }

    /// Whether a string of the JSON text has the character U+0000. SQLite would cut the text there.
    private static func hasNUL(_ json: [UInt8]) -> Bool {
        var rest = json[...]
        while let backslash = rest.firstIndex(of: UInt8(ascii: "\\")) {
            rest = rest[(backslash + 1)...]
            if rest.starts(with: "u0000".utf8) { return true }
            rest = rest.dropFirst()
        }
        return false
    }

    /// A new id that nothing has. Ids are short: among a million, the next random one is taken once in a million times.
    func freshID<ID: EntityID>(_ isTaken: (ID) throws -> Bool) rethrows -> ID {
        var numbers = self.numbers
        while true {
            let id = ID.random(using: &numbers)
            if try !isTaken(id) { return id }
        }
    }
}

/// Random numbers from wherever the node draws its ids.
public struct RandomNumbers: RandomNumberGenerator, Sendable {
    private let draw: @Sendable () -> UInt64

    public init(_ draw: @escaping @Sendable () -> UInt64 = { UInt64.random(in: 0...UInt64.max) }) {
        self.draw = draw
    }

    public mutating func next() -> UInt64 { self.draw() }
}

/// The logs that one command wrote to, each with its last operation.
final class WrittenLogs {
    var sequences: [LogScope: UInt64] = [:]
}
