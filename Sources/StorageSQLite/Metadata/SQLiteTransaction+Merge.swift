import GRDB
import ObjectModel
import Storage

extension SQLiteTransaction {
    func liveWrites(of entity: Entity, in scope: LogScope) throws -> [LiveWrite] {
        try self.all(
            "SELECT field, origin, sequence, key FROM live_writes WHERE scope = ? AND entity = ?",
            [scope.key, entity.key]
        ) { row in
            let field: String = row["field"]
            guard let known = MergeField(rawValue: field) else { throw StorageError.corrupt("field is \(field)") }
            return LiveWrite(entity, known, Self.dot(row), key: row["key"])
        }
    }

    private static func dot(_ row: Row) -> Dot {
        Dot(origin: NodeID(rawValue: row["origin"]), sequence: UInt64(row["sequence"] as Int64))
    }

    private static func entity(_ row: Row) throws -> Entity {
        let key: String = row["entity"]
        guard let entity = Entity(key: key) else { throw StorageError.corrupt("entity is \(key)") }
        return entity
    }

    func entities(in scope: LogScope, where field: MergeField, is key: String) throws -> [Entity] {
        try self.all(
            "SELECT DISTINCT entity FROM live_writes WHERE scope = ? AND field = ? AND key = ?",
            [scope.key, field.rawValue, key], Self.entity)
    }

    func operation(_ dot: Dot, in scope: LogScope) throws -> Operation? {
        try self.one(
            "SELECT * FROM operations WHERE scope = ? AND origin = ? AND sequence = ?",
            [scope.key, dot.origin.rawValue, Int64(clamping: dot.sequence)]
        ) { Self.operation($0, of: dot.origin, in: scope) }
    }

    func lastTouch(of entity: Entity, in scope: LogScope) throws -> Timestamp? {
        try self.one("SELECT time FROM touches WHERE scope = ? AND entity = ?", [scope.key, entity.key]) {
            Timestamp(millisecondsSinceEpoch: $0["time"])
        }
    }

    func conflicts(in scope: LogScope) throws -> [Conflict] {
        try self.all("SELECT * FROM conflicts WHERE scope = ?", [scope.key], Self.conflict)
            .sorted { ($0.openedAt, $0.id) > ($1.openedAt, $1.id) }
    }

    func conflicts(of entity: Entity, in scope: LogScope) throws -> [Conflict] {
        try self.all(
            "SELECT * FROM conflicts WHERE scope = ? AND entity = ?", [scope.key, entity.key], Self.conflict)
    }

    private static func conflict(_ row: Row) throws -> Conflict {
        let (kind, field): (String, String) = (row["kind"], row["field"])
        guard let known = Conflict.Kind(rawValue: kind), field.isEmpty || MergeField(rawValue: field) != nil else {
            throw StorageError.corrupt("a conflict is \(kind) of \(field)")
        }
        let dots: [DotPair] = try Self.json(row["dots"])
        return Conflict(
            kind: known, entity: try Self.entity(row), field: MergeField(rawValue: field),
            dots: dots.map { Dot(origin: NodeID(rawValue: $0.origin), sequence: $0.sequence) },
            openedAt: Timestamp(millisecondsSinceEpoch: row["opened_at"]))
    }

    func put(_ write: LiveWrite, in scope: LogScope) throws {
        try self.run(
            "INSERT OR REPLACE INTO live_writes VALUES (?, ?, ?, ?, ?, ?)",
            [
                scope.key, write.entity.key, write.field.rawValue, write.dot.origin.rawValue,
                Int64(write.dot.sequence), write.key,
            ])
    }

    func delete(_ write: LiveWrite, in scope: LogScope) throws {
        try self.run(
            "DELETE FROM live_writes WHERE scope = ? AND entity = ? AND field = ? AND origin = ? AND sequence = ?",
            [
                scope.key, write.entity.key, write.field.rawValue, write.dot.origin.rawValue,
                Int64(write.dot.sequence),
            ])
    }

    func touch(_ entity: Entity, in scope: LogScope, at time: Timestamp) throws {
        try self.run(
            """
            INSERT INTO touches VALUES (?, ?, ?)
            ON CONFLICT (scope, entity) DO UPDATE SET time = max(time, excluded.time)
            """, [scope.key, entity.key, time.millisecondsSinceEpoch])
    }

    func replaceConflicts(of entity: Entity, in scope: LogScope, with conflicts: [Conflict]) throws {
        try self.run("DELETE FROM conflicts WHERE scope = ? AND entity = ?", [scope.key, entity.key])
        for conflict in conflicts {
            let dots = conflict.dots.map { DotPair(origin: $0.origin.rawValue, sequence: $0.sequence) }
            try self.run(
                "INSERT INTO conflicts VALUES (?, ?, ?, ?, ?, ?)",
                [
                    scope.key, entity.key, conflict.kind.rawValue, conflict.field?.rawValue ?? "",
                    try Self.text(dots), conflict.openedAt.millisecondsSinceEpoch,
                ])
        }
    }

    func deleteConflicts(in scope: LogScope) throws {
        try self.run("DELETE FROM conflicts WHERE scope = ?", [scope.key])
    }
}

/// A dot as it stands in the database.
private struct DotPair: Codable {
    var origin: String
    var sequence: UInt64
}
