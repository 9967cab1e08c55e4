import struct Foundation.Data
import GRDB
import ObjectModel
import Storage

extension SQLiteTransaction {
    func compactedMarks(in scope: LogScope) throws -> [NodeID: UInt64] {
        try self.marks("SELECT origin, sequence FROM compacted_marks WHERE scope = ?", [scope.key])
    }

    private func marks(_ sql: String, _ arguments: StatementArguments) throws -> [NodeID: UInt64] {
        let marks = try self.all(sql, arguments) { row in
            (NodeID(rawValue: row["origin"]), UInt64(row["sequence"] as Int64))
        }
        return Dictionary(uniqueKeysWithValues: marks)
    }

    func operationCount(in scope: LogScope) throws -> Int {
        try self.count("SELECT count(*) FROM operations WHERE scope = ?", [scope.key])
    }

    func acknowledgedMarks(of region: NodeID, in scope: LogScope) throws -> [NodeID: UInt64] {
        try self.marks(
            "SELECT origin, sequence FROM acknowledged_marks WHERE scope = ? AND region = ?",
            [scope.key, region.rawValue])
    }

    func regionsHeard() throws -> [NodeID: Timestamp] {
        let times = try self.all("SELECT region, time FROM regions_heard", []) { row in
            (NodeID(rawValue: row["region"]), Timestamp(millisecondsSinceEpoch: row["time"]))
        }
        return Dictionary(uniqueKeysWithValues: times)
    }

    func arrivedOperations(
        in scope: LogScope, from source: NodeID, skipping count: Int, limit: Int
    ) throws -> [Operation] {
        try self.all(
            """
            SELECT origin, sequence, timestamp, actor, body FROM arrived_operations
            WHERE scope = ? AND source = ? AND number >= ? ORDER BY number LIMIT ?
            """, [scope.key, source.rawValue, count, limit]
        ) { Self.operation($0, of: NodeID(rawValue: $0["origin"]), in: scope) }
    }

    func putCompactedMark(_ sequence: UInt64, of origin: NodeID, in scope: LogScope) throws {
        try self.run(
            "INSERT OR REPLACE INTO compacted_marks VALUES (?, ?, ?)",
            [scope.key, origin.rawValue, Int64(clamping: sequence)])
    }

    func deleteOperation(_ dot: Dot, in scope: LogScope) throws {
        try self.run(
            "DELETE FROM operations WHERE scope = ? AND origin = ? AND sequence = ?",
            [scope.key, dot.origin.rawValue, Int64(clamping: dot.sequence)])
    }

    func replace(_ operation: Operation) throws {
        try self.run(
            "UPDATE operations SET body = ? WHERE scope = ? AND origin = ? AND sequence = ?",
            [
                Data(operation.body), operation.scope.key, operation.origin.rawValue,
                Int64(clamping: operation.sequence),
            ])
    }

    func appendAfterGap(_ operation: Operation) throws {
        let last = try self.lastSequence(of: operation.origin, in: operation.scope)
        guard operation.sequence > last else {
            throw StorageError.corrupt("operation \(operation.sequence) of \(operation.origin) comes after \(last)")
        }
        _ = try Self.number(operation.sequence)
        try self.insert(operation)
    }

    /// Numbers that come with gaps may be any.
    private static func number(_ sequence: UInt64) throws -> Int64 {
        guard let number = Int64(exactly: sequence) else {
            throw StorageError.corrupt("an operation has the number \(sequence)")
        }
        return number
    }

    func putAcknowledgedMarks(_ marks: [NodeID: UInt64], of region: NodeID, in scope: LogScope) throws {
        try self.run(
            "DELETE FROM acknowledged_marks WHERE scope = ? AND region = ?", [scope.key, region.rawValue])
        for (origin, sequence) in marks {
            try self.run(
                "INSERT INTO acknowledged_marks VALUES (?, ?, ?, ?)",
                [scope.key, region.rawValue, origin.rawValue, Int64(clamping: sequence)])
        }
    }

    func putRegionHeard(_ region: NodeID, at time: Timestamp) throws {
        try self.run(
            "INSERT OR REPLACE INTO regions_heard VALUES (?, ?)", [region.rawValue, time.millisecondsSinceEpoch])
    }

    func putArrived(_ operations: [Operation], from source: NodeID) throws {
        guard let scope = operations.first?.scope else { return }
        var number = try self.count(
            "SELECT max(number) + 1 FROM arrived_operations WHERE scope = ? AND source = ?",
            [scope.key, source.rawValue])
        for operation in operations {
            try self.run(
                "INSERT INTO arrived_operations VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    scope.key, source.rawValue, number, operation.origin.rawValue, try Self.number(operation.sequence),
                    operation.timestamp.millisecondsSinceEpoch, operation.actor?.rawValue, Data(operation.body),
                ])
            number += 1
        }
    }

    func deleteArrived(in scope: LogScope, from source: NodeID) throws {
        try self.run(
            "DELETE FROM arrived_operations WHERE scope = ? AND source = ?", [scope.key, source.rawValue])
    }
}
