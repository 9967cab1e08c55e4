public import ObjectModel

/// The one place where metadata is written.
///
/// A command becomes operations in a log and their rows, in one transaction. Operations of other nodes are applied by
/// the same code (``apply(_:in:)``).
public struct MetadataService: Sendable {
    public let store: any MetadataStore
    /// The node in whose name operations are written.
    public let node: NodeID
    /// Hears of every project that a command changed, once that is durable.
    public let changes: ProjectChanges
    private let clock: @Sendable () -> Timestamp

    /// - Parameter clock: the present, asked once per command.
    public init(
        store: any MetadataStore, node: NodeID, changes: ProjectChanges = ProjectChanges(),
        clock: @escaping @Sendable () -> Timestamp
    ) {
        self.store = store
        self.node = node
        self.changes = changes
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
        let now = self.clock()
        let (result, scopes) = try await self.store.write { transaction in
            try authorize(transaction)
            let context = CommandContext(rows: transaction, node: self.node, now: now, actor: actor)
            return (try command.execute(in: context), context.changed.scopes)
        }
        for case .project(let project) in scopes { self.changes.announce(project) }
        return result
    }

    /// Applies operations of other nodes within an open transaction. Repeating one is a no-op, a gap is an error, and
    /// one that this release does not know is kept in the log and skipped.
    public static func apply(_ operations: [Operation], in transaction: any MetadataWriting) throws {
        for operation in operations {
            let last = try transaction.lastSequence(of: operation.origin, in: operation.scope)
            guard operation.sequence > last else { continue }
            guard operation.sequence == last + 1 else {
                throw StorageError.corrupt(
                    "operation \(operation.sequence) of \(operation.origin) follows \(last): some are missing")
            }
            try transaction.append(operation)
            try OperationBody(decoding: operation.body)?.apply(operation, to: transaction)
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
    public let node: NodeID
    /// The moment of the command: one for all that it does.
    public let now: Timestamp
    public let actor: UserID?
    let changed = ChangedScopes()

    /// Appends an operation to its log and applies it.
    func record(_ body: OperationBody, in scope: LogScope) throws {
        if case .project(let project) = scope, try self.rows.mirror(of: project) != nil {
            throw DomainError(
                .forbidden, "This project is a copy of another node's. Write to it on the node that it comes from.")
        }
        let encoded = try body.encoded()
        guard !Self.hasNUL(encoded) else {
            throw DomainError(.userInput, "Texts must not contain the character U+0000.")
        }
        let operation = Operation(
            scope: scope, origin: self.node,
            sequence: try self.rows.lastSequence(of: self.node, in: scope) + 1,
            timestamp: self.now, actor: self.actor, body: encoded)
        try self.rows.append(operation)
        try body.apply(operation, to: self.rows)
        self.changed.scopes.insert(scope)
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
        while true {
            let id = ID.random()
            if try !isTaken(id) { return id }
        }
    }
}

/// The logs that one command wrote to.
final class ChangedScopes {
    var scopes: Set<LogScope> = []
}
