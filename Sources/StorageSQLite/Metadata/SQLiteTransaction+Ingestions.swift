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
            """
            INSERT INTO ingestions VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (project, id) DO UPDATE SET
                deadline = excluded.deadline, updated_at = excluded.updated_at, content = excluded.content
            """,
            [
                ingestion.id.rawValue, ingestion.project.rawValue, ingestion.deadline?.millisecondsSinceEpoch,
                ingestion.updatedAt.millisecondsSinceEpoch, try Self.text(ingestion), ingestion.model.rawValue,
                ingestion.createdAt.millisecondsSinceEpoch, ingestion.file?.id.rawValue,
            ])
    }

    func deleteIngestions(overBefore time: Timestamp) throws {
        try self.run(
            "DELETE FROM ingestions WHERE deadline IS NULL AND file IS NULL AND updated_at < ?",
            [time.millisecondsSinceEpoch])
    }

    func ingestion(of file: BlobID, in project: ProjectID) throws -> Ingestion? {
        try self.one(
            "SELECT content FROM ingestions WHERE project = ? AND file = ?", [project.rawValue, file.rawValue]
        ) { try Self.json($0["content"]) }
    }

    private func condition(_ project: ProjectID, _ filter: FileIngestionFilter) -> SQLCondition {
        var condition = SQLCondition("FROM ingestions WHERE project = ? AND file IS NOT NULL", [project.rawValue])
        if let model = filter.model { condition.and("model = ?", [model.rawValue]) }
        if filter.onlyOpen { condition.and("deadline IS NOT NULL") }
        return condition
    }

    func ingestionsOfFiles(
        in project: ProjectID, filter: FileIngestionFilter, after: PageKey?, limit: Int
    ) throws -> [Ingestion] {
        var condition = self.condition(project, filter)
        condition.page(after, time: "created_at", id: "id", limit: limit)
        return try self.all("SELECT content \(condition.sql)", condition.arguments) { try Self.json($0["content"]) }
    }

    func countOfFileIngestions(in project: ProjectID, filter: FileIngestionFilter) throws -> Int {
        let condition = self.condition(project, filter)
        return try self.count("SELECT count(*) \(condition.sql)", condition.arguments)
    }

    // MARK: Files of bundles

    func files(of ingestion: IngestionID, in project: ProjectID) throws -> [IngestionFile] {
        try self.all(
            "SELECT * FROM ingestion_files WHERE project = ? AND ingestion = ? ORDER BY name",
            [project.rawValue, ingestion.rawValue], Self.file)
    }

    func filesOfOverIngestions(limit: Int) throws -> [IngestionFile] {
        try self.all(
            """
            SELECT ingestion_files.* FROM ingestion_files
            JOIN ingestions ON ingestions.project = ingestion_files.project AND ingestions.id = ingestion_files.ingestion
            WHERE ingestions.deadline IS NULL LIMIT ?
            """, [limit], Self.file)
    }

    func putAsidePlaces() throws -> Set<PutAsideID> {
        Set(try self.all("SELECT place FROM ingestion_files", []) { PutAsideID(rawValue: $0["place"]) })
    }

    func put(_ file: IngestionFile) throws {
        try self.run(
            "INSERT OR REPLACE INTO ingestion_files VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                file.project.rawValue, file.ingestion.rawValue, file.file.name, file.place.rawValue,
                Int64(clamping: file.file.content.byteCount), file.file.content.digest.description,
                file.file.content.contentHash.description,
            ])
    }

    func delete(_ file: IngestionFile) throws {
        try self.run(
            "DELETE FROM ingestion_files WHERE project = ? AND ingestion = ? AND name = ? AND place = ?",
            [file.project.rawValue, file.ingestion.rawValue, file.file.name, file.place.rawValue])
    }

    private static func file(_ row: Row) throws -> IngestionFile {
        guard let file = BundleFile(name: row["name"], content: try self.content(row)) else {
            throw StorageError.corrupt("ingestion_files has a name that is none")
        }
        return IngestionFile(
            project: ProjectID(rawValue: row["project"]), ingestion: IngestionID(rawValue: row["ingestion"]),
            file: file, place: PutAsideID(rawValue: row["place"]))
    }
}
