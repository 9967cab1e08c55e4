import GRDB
import ObjectModel
import Storage

extension SQLiteTransaction {
    func ingestion(_ id: IngestionID, in project: ProjectID) throws -> Ingestion? {
        try self.one(
            "SELECT content FROM ingestions WHERE project = ? AND id = ?", [project.rawValue, id.rawValue]
        ) { try Self.json($0["content"]) }
    }

    func ingestions(dueAt time: Timestamp, limit: Int) throws -> [Ingestion] {
        try self.all(
            "SELECT content FROM ingestions WHERE deadline <= ? ORDER BY deadline, id LIMIT ?",
            [time.millisecondsSinceEpoch, limit]
        ) { try Self.json($0["content"]) }
    }

    func openIngestionCount(in project: ProjectID) throws -> Int {
        try self.count(
            "SELECT count(*) FROM ingestions WHERE project = ? AND deadline IS NOT NULL", [project.rawValue])
    }

    func put(_ ingestion: Ingestion) throws {
        try self.run(
            "INSERT OR REPLACE INTO ingestions VALUES (?, ?, ?, ?, ?)",
            [
                ingestion.id.rawValue, ingestion.project.rawValue, ingestion.deadline?.millisecondsSinceEpoch,
                ingestion.updatedAt.millisecondsSinceEpoch, try Self.text(ingestion),
            ])
    }

    func deleteIngestions(overBefore time: Timestamp) throws {
        try self.run(
            "DELETE FROM ingestions WHERE deadline IS NULL AND updated_at < ?", [time.millisecondsSinceEpoch])
    }
}
