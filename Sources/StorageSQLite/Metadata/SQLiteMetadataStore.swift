import struct Foundation.Data
import GRDB
import ObjectModel
import Storage

/// Metadata in SQLite. Reads run beside the one writer, each on its own snapshot.
struct SQLiteMetadataStore: MetadataStore {
    let pool: DatabasePool
    let isComplete: @Sendable (ObjectID, ProjectID) throws -> Bool

    func read<Result: Sendable>(
        _ body: @Sendable (any MetadataReading) throws -> Result
    ) async throws -> Result {
        try await SQLiteFailure.translated {
            try await withoutActuallyEscaping(body) { body in
                try await self.pool.read { try body(SQLiteTransaction($0, isComplete: self.isComplete)) }
            }
        }
    }

    func write<Result: Sendable>(
        _ body: @Sendable (any MetadataWriting) throws -> Result
    ) async throws -> Result {
        try await SQLiteFailure.translated {
            try await withoutActuallyEscaping(body) { body in
                try await self.pool.write { try body(SQLiteTransaction($0, isComplete: self.isComplete)) }
            }
        }
    }
}

/// One transaction.
final class SQLiteTransaction: MetadataWriting {
    let database: Database
    private let completeness: (ObjectID, ProjectID) throws -> Bool

    init(_ database: Database, isComplete: @escaping (ObjectID, ProjectID) throws -> Bool) {
        self.database = database
        self.completeness = isComplete
    }

    func isComplete(_ root: ObjectID, in project: ProjectID) throws -> Bool { try self.completeness(root, project) }

    // MARK: Statements

    func one<Value>(
        _ sql: String, _ arguments: StatementArguments, _ make: (Row) throws -> Value
    ) throws -> Value? {
        try Row.fetchOne(self.database.cachedStatement(sql: sql), arguments: arguments).map(make)
    }

    func all<Value>(_ sql: String, _ arguments: StatementArguments, _ make: (Row) throws -> Value) throws -> [Value] {
        try Row.fetchAll(self.database.cachedStatement(sql: sql), arguments: arguments).map(make)
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
        ) { row in
            Operation(
                scope: scope, origin: origin, sequence: UInt64(row["sequence"] as Int64),
                timestamp: Timestamp(millisecondsSinceEpoch: row["timestamp"]),
                actor: (row["actor"] as String?).map(UserID.init(rawValue:)), body: Array(row["body"] as Data))
        }
    }

    func origins(in scope: LogScope) throws -> [NodeID] {
        try self.all("SELECT DISTINCT origin FROM operations WHERE scope = ? ORDER BY origin", [scope.key]) {
            NodeID(rawValue: $0["origin"])
        }
    }

    func append(_ operation: Operation) throws {
        let last = try self.lastSequence(of: operation.origin, in: operation.scope)
        guard operation.sequence == last + 1 else {
            throw StorageError.corrupt("operation \(operation.sequence) of \(operation.origin) follows \(last)")
        }
        try self.run(
            "INSERT INTO operations VALUES (?, ?, ?, ?, ?, ?)",
            [
                operation.scope.key, operation.origin.rawValue, Int64(operation.sequence),
                operation.timestamp.millisecondsSinceEpoch, operation.actor?.rawValue, Data(operation.body),
            ])
    }

    // MARK: Mirrors

    func mirror(of project: ProjectID) throws -> Mirror? {
        try self.one("SELECT * FROM mirrors WHERE project = ?", [project.rawValue], Self.mirror)
    }

    func mirrors() throws -> [Mirror] { try self.all("SELECT * FROM mirrors ORDER BY project", [], Self.mirror) }

    private static func mirror(_ row: Row) throws -> Mirror {
        Mirror(
            project: ProjectID(rawValue: row["project"]), sourceAddress: try Self.sourceAddress(row),
            sourceNode: NodeID(rawValue: row["source_node"]), sourceToken: row["source_token"],
            epoch: UInt64(bitPattern: row["epoch"] as Int64),
            nextOrdinal: UInt64(bitPattern: row["next_ordinal"] as Int64),
            createdAt: Timestamp(millisecondsSinceEpoch: row["created_at"]))
    }

    private static func sourceAddress(_ row: Row) throws -> NodeAddress? {
        guard let host = row["source_host"] as String? else { return nil }
        guard let port = (row["source_port"] as Int?).flatMap(UInt16.init(exactly:)),
            let route = (row["source_route"] as String?).flatMap(SyncRoute.init(rawValue:))
        else { throw StorageError.corrupt("the address of a copy's source is none") }
        return NodeAddress(host: host, port: port, route: route)
    }

    func put(_ mirror: Mirror) throws {
        try self.run(
            "INSERT OR REPLACE INTO mirrors VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                mirror.project.rawValue, mirror.sourceAddress?.host, mirror.sourceAddress.map { Int($0.port) },
                mirror.sourceAddress?.route.rawValue, mirror.sourceNode.rawValue, mirror.sourceToken,
                Int64(bitPattern: mirror.epoch), Int64(bitPattern: mirror.nextOrdinal),
                mirror.createdAt.millisecondsSinceEpoch,
            ])
    }

    func deleteMirror(of project: ProjectID) throws {
        try self.run("DELETE FROM mirrors WHERE project = ?", [project.rawValue])
        try self.run("DELETE FROM local_readers WHERE project = ?", [project.rawValue])
    }

    func pushMark(of source: ProjectID, to target: ProjectID, at node: NodeID) throws -> PushMark? {
        try self.one(
            "SELECT epoch, next_ordinal FROM push_marks WHERE source = ? AND node = ? AND target = ?",
            [source.rawValue, node.rawValue, target.rawValue]
        ) { row in
            PushMark(
                source: source, node: node, target: target, epoch: UInt64(bitPattern: row["epoch"] as Int64),
                nextOrdinal: UInt64(bitPattern: row["next_ordinal"] as Int64))
        }
    }

    func put(_ mark: PushMark) throws {
        try self.run(
            "INSERT OR REPLACE INTO push_marks VALUES (?, ?, ?, ?, ?)",
            [
                mark.source.rawValue, mark.node.rawValue, mark.target.rawValue, Int64(bitPattern: mark.epoch),
                Int64(bitPattern: mark.nextOrdinal),
            ])
    }

    func grantReading(of project: ProjectID, to user: UserID) throws {
        try self.run("INSERT OR IGNORE INTO local_readers VALUES (?, ?)", [project.rawValue, user.rawValue])
    }
}

extension LogScope {
    /// The form in which a scope stands in the database.
    fileprivate var key: String {
        switch self {
        case .server: "server"
        case .project(let project): "project:\(project)"
        }
    }
}
