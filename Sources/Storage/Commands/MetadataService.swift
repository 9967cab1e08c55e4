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
        let (result, written, touched) = try await self.store.write { transaction in
            try authorize(transaction)
            let context = CommandContext(
                rows: transaction, place: self.place, now: now, actor: actor, numbers: self.numbers)
            return (try command.execute(in: context), context.written.sequences, context.written.touched)
        }
        for (scope, sequence) in written {
            WriteTrace.current?.note(Position.Log(scope: scope, origin: self.node), sequence)
        }
        for project in Set(written.keys.map(\.name)).union(touched) {
            self.changes.announce(project)
        }
        return result
    }

    /// Applies operations of other nodes within an open transaction. Repeating one is a no-op, a gap is an error, and
    /// one that this release does not know is kept in the log and skipped.
    ///
    /// - Parameter region: this node, where it writes to the logs too: it tells webhooks of the conflicts that it had a part in
    ///   last.
    /// - Throws: ``OperationRefusal``, ``StorageError``.
    public static func apply(
        _ operations: [DecodedOperation], in transaction: any MetadataWriting, at region: NodeID? = nil
    ) throws {
        var previous: DecodedOperation?
        var opened: [LogScope: ConflictChanges] = [:]
        for read in operations {
            let (operation, content) = (read.operation, read.content)
            let last = try transaction.lastSequence(of: operation.origin, in: operation.scope)
            guard operation.sequence > last else { continue }
            guard operation.sequence == last + 1 else {
                throw StorageError.corrupt(
                    "operation \(operation.sequence) of \(operation.origin) follows \(last): some are missing")
            }
            guard !read.isTrace else { throw StorageError.corrupt(read.misplacedTrace) }
            for (origin, sequence) in content.context.seen
            where try transaction.lastSequence(of: origin, in: operation.scope) < sequence {
                throw OperationRefusal.early(Dot(operation), seen: Dot(origin: origin, sequence: sequence))
            }
            if let fingerprint = content.context.previous {
                let before = Dot(origin: operation.origin, sequence: last)
                if previous.map({ Dot($0.operation) != before || $0.operation.scope != operation.scope }) ?? true {
                    previous = try transaction.operation(before, in: operation.scope).map { DecodedOperation($0) }
                }
                guard previous?.isBefore(fingerprint) ?? false else { throw OperationRefusal.forked(Dot(operation)) }
            }
            try transaction.append(operation)
            let changes = opened[operation.scope] ?? ConflictChanges()
            opened[operation.scope] = changes
            try Merge(rows: transaction, scope: operation.scope, changes: changes).apply(operation, content)
            previous = read
        }
        guard let region else { return }
        // Of those that came and went with these operations nobody has heard.
        for (scope, changes) in opened {
            try WebhookOutbox(transaction, at: region).tell(opened: changes.opened, in: scope)
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

    /// Whoever gave the command.
    ///
    /// - Throws: ``DomainError/Code/unauthorized`` for nobody.
    func signedIn() throws -> UserID {
        guard let actor = self.actor else { throw DomainError(.unauthorized, "Your auth session is not valid") }
        return actor
    }

    /// Appends an operation to its log and applies it.
    ///
    /// - Parameters:
    ///   - unseen: operations of the log that whoever writes had not seen: they stay beside this one.
    ///   - ignoringHome: also where the project is written to in another region.
    ///   - facts: what webhooks are told of it besides what follows from the operation.
    package func record(
        _ body: OperationBody, in scope: LogScope, besides unseen: [Dot] = [], ignoringHome: Bool = false,
        telling facts: [ActivityFacts] = []
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
        guard encoded.count <= OperationContent.byteCountMax else {
            throw DomainError(
                .userInput, "That is too long: at most \(OperationContent.byteCountMax) bytes are kept at once.")
        }
        guard !Self.hasNUL(encoded) else {
            throw DomainError(.userInput, "Texts must not contain the character U+0000.")
        }
        let operation = Operation(
            scope: scope, origin: self.node, sequence: moment.sequence, timestamp: moment.timestamp, actor: self.actor,
            body: encoded)
        let outbox = WebhookOutbox(self.rows, at: self.node)
        let news = try outbox.news(of: body, facts, in: scope)
        try self.rows.append(operation)
        let changes = ConflictChanges()
        try Merge(rows: self.rows, scope: scope, changes: changes).apply(operation, content)
        self.written.sequences[scope] = operation.sequence
        if let news { try outbox.tell(news, of: operation, at: self.now) }
        try outbox.tell(opened: changes.opened, in: scope)
        try self.recordEnds(of: changes.ended, in: scope)
    }

    /// That somebody closed a conflict does not follow from what he wrote: other regions may never have had that conflict.
    /// Home may have moved with it.
    private func recordEnds(of conflicts: [Conflict], in scope: LogScope) throws {
        guard case .project(let project) = scope, try !conflicts.isEmpty && self.rows.project(project) != nil else {
            return
        }
        var ids: Set<String> = []
        for conflict in conflicts where ids.insert(conflict.id).inserted {
            let isOpen = try self.rows.conflicts(of: conflict.entity, in: scope).contains { $0.id == conflict.id }
            if !isOpen { try self.record(.conflictClosed(ClosedConflict(conflict)), in: scope, ignoringHome: true) }
        }
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
    /// Projects of which something changed that is in no log.
    var touched: Set<ProjectID> = []
}
