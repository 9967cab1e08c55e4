import struct Foundation.Data
import GRDB
import ObjectModel
import Storage

/// Metadata in SQLite. Reads run beside the one writer, each on its own snapshot.
struct SQLiteMetadataStore: MetadataStore {
    let pool: DatabasePool
    let events: EventBus
    let isComplete: @Sendable (ObjectID, ProjectID) throws -> Bool

    func read<Result: Sendable>(
        _ body: @Sendable (any MetadataReading) throws -> Result
    ) async throws -> Result {
        try self.readInPlace(body)
    }

    /// Blocks the calling thread for the read alone: there are more readers than tasks run at a time, and they wait for no
    /// writer. Two more threads, which would wake each other, cost more than most reads.
    private func readInPlace<Result>(_ body: (any MetadataReading) throws -> Result) throws -> Result {
        try SQLiteFailure.translated {
            try self.pool.read { try body(SQLiteTransaction($0, isComplete: self.isComplete)) }
        }
    }

    func write<Result: Sendable>(
        _ body: @Sendable (any MetadataWriting) throws -> Result
    ) async throws -> Result {
        try await SQLiteFailure.translated {
            try await withoutActuallyEscaping(body) { body in
                try await self.pool.write { database in
                    let transaction = SQLiteTransaction(database, isComplete: self.isComplete)
                    let result = try body(transaction)
                    // Runs while no other transaction does.
                    database.afterNextTransaction { [events = self.events, told = transaction.events] _ in
                        for event in told { events.publish(event) }
                    }
                    return result
                }
            }
        }
    }
}

/// One transaction.
final class SQLiteTransaction: MetadataWriting {
    let database: Database
    private let completeness: (ObjectID, ProjectID) throws -> Bool
    private(set) var events: [DomainEvent] = []

    init(_ database: Database, isComplete: @escaping (ObjectID, ProjectID) throws -> Bool) {
        self.database = database
        self.completeness = isComplete
    }

    func isComplete(_ root: ObjectID, in project: ProjectID) throws -> Bool { try self.completeness(root, project) }

    func tell(_ event: DomainEvent) { self.events.append(event) }

    // MARK: Statements

    /// `make` reads the row where SQLite has it, and runs no statement: columns of a copy are found by name one by one.
    func one<Value>(
        _ sql: String, _ arguments: StatementArguments, _ make: (Row) throws -> Value
    ) throws -> Value? {
        let rows = try Row.fetchCursor(self.database.cachedStatement(sql: sql), arguments: arguments)
        // A row stands as long as its cursor.
        return try withExtendedLifetime(rows) { try rows.next().map(make) }
    }

    /// As ``one(_:_:_:)``, for all rows.
    func all<Value>(_ sql: String, _ arguments: StatementArguments, _ make: (Row) throws -> Value) throws -> [Value] {
        let rows = try Row.fetchCursor(self.database.cachedStatement(sql: sql), arguments: arguments)
        var values: [Value] = []
        while let row = try rows.next() { values.append(try make(row)) }
        return values
    }

    func count(_ sql: String, _ arguments: StatementArguments) throws -> Int {
        try Int.fetchOne(self.database.cachedStatement(sql: sql), arguments: arguments) ?? 0
    }

    func run(_ sql: String, _ arguments: StatementArguments) throws {
        try self.database.cachedStatement(sql: sql).execute(arguments: arguments)
    }

    // MARK: Logs

    func lastSequence(of origin: NodeID, in scope: LogScope) throws -> UInt64 {
        UInt64(
            try self.count(
                "SELECT max(sequence) FROM operations WHERE scope = ? AND origin = ?", [scope.key, origin.rawValue]))
    }

    func operations(of origin: NodeID, in scope: LogScope, after sequence: UInt64, limit: Int) throws -> [Operation] {
        try self.all(
            "SELECT * FROM operations WHERE scope = ? AND origin = ? AND sequence > ? ORDER BY sequence LIMIT ?",
            [scope.key, origin.rawValue, Int64(clamping: sequence), max(0, limit)]
        ) { Self.operation($0, of: origin, in: scope) }
    }

    static func operation(_ row: Row, of origin: NodeID, in scope: LogScope) -> Operation {
        Operation(
            scope: scope, origin: origin, sequence: UInt64(row["sequence"] as Int64),
            timestamp: Timestamp(millisecondsSinceEpoch: row["timestamp"]),
            actor: (row["actor"] as String?).map(UserID.init(rawValue:)), body: Array(row["body"] as Data))
    }

    func origins(in scope: LogScope) throws -> [NodeID] {
        // Each origin is looked up after the one before: DISTINCT would read the whole log, with every write.
        try self.all(
            """
            WITH RECURSIVE found (origin) AS (
                SELECT min(origin) FROM operations WHERE scope = ?1
                UNION ALL
                SELECT (SELECT min(origin) FROM operations WHERE scope = ?1 AND origin > found.origin)
                FROM found WHERE found.origin IS NOT NULL)
            SELECT origin FROM found WHERE origin IS NOT NULL
            """, [scope.key]
        ) { NodeID(rawValue: $0["origin"]) }
    }

    func scopes() throws -> [LogScope] {
        try self.all(
            """
            WITH RECURSIVE found (scope) AS (
                SELECT min(scope) FROM operations
                UNION ALL
                SELECT (SELECT min(scope) FROM operations WHERE scope > found.scope)
                FROM found WHERE found.scope IS NOT NULL)
            SELECT scope FROM found WHERE scope IS NOT NULL
            """, []
        ) { LogScope(key: $0["scope"]) }.compactMap(\.self)
    }

    func append(_ operation: Operation) throws {
        let last = try self.lastSequence(of: operation.origin, in: operation.scope)
        guard operation.sequence == last + 1 else {
            throw StorageError.corrupt("operation \(operation.sequence) of \(operation.origin) follows \(last)")
        }
        try self.insert(operation)
    }

    func insert(_ operation: Operation) throws {
        try self.run(
            "INSERT INTO operations VALUES (?, ?, ?, ?, ?, ?)",
            [
                operation.scope.key, operation.origin.rawValue, Int64(operation.sequence),
                operation.timestamp.millisecondsSinceEpoch, operation.actor?.rawValue, Data(operation.body),
            ])
    }
}

extension LogScope {
    /// The form in which a scope stands in the database.
    var key: String {
        switch self {
        case .server: "server"
        case .project(let project): "project:\(project)"
        }
    }

    init?(key: String) {
        if key == "server" {
            self = .server
        } else if key.hasPrefix("project:") {
            self = .project(ProjectID(rawValue: String(key.dropFirst("project:".count))))
        } else {
            return nil
        }
    }
}
