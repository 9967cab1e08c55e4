import GRDB
import ObjectModel
import Storage

extension SQLiteTransaction {
    func blob(_ id: BlobID, in project: ProjectID) throws -> Blob? {
        try self.one(
            "SELECT * FROM blobs WHERE id = ? AND project = ? AND NOT is_deleted", [id.rawValue, project.rawValue],
            Self.blob)
    }

    static func blob(_ row: Row) throws -> Blob {
        Blob(
            id: BlobID(rawValue: row["id"]), project: ProjectID(rawValue: row["project"]), fileName: row["file_name"],
            content: try self.content(row), author: (row["author"] as String?).map(UserID.init(rawValue:)),
            createdAt: Timestamp(millisecondsSinceEpoch: row["created_at"]))
    }

    static func content(_ row: Row) throws -> BlobContent {
        BlobContent(
            byteCount: UInt64(row["byte_count"] as Int64), digest: try self.hash(row["digest"]),
            contentHash: try self.hash(row["content_hash"]))
    }

    static func hash(_ text: String) throws -> ContentHash {
        guard let hash = ContentHash(hex: text) else { throw StorageError.corrupt("\(text) is no hash") }
        return hash
    }

    private func condition(_ project: ProjectID, _ text: String?) -> SQLCondition {
        var condition = SQLCondition("FROM blobs WHERE project = ? AND NOT is_deleted", [project.rawValue])
        if let text { condition.and("file_name", contains: text) }
        return condition
    }

    func blobs(in project: ProjectID, named text: String?, after: PageKey?, limit: Int) throws -> [Blob] {
        var condition = self.condition(project, text)
        condition.page(after, time: "created_at", id: "id", limit: limit)
        return try self.all("SELECT * \(condition.sql)", condition.arguments, Self.blob)
    }

    func blobTotals(in project: ProjectID, named text: String?) throws -> BlobTotals {
        let condition = self.condition(project, text)
        let totals = try self.one(
            "SELECT count(*) AS count, coalesce(sum(byte_count), 0) AS bytes \(condition.sql)", condition.arguments
        ) { BlobTotals(count: $0["count"], byteCount: UInt64($0["bytes"] as Int64)) }
        return totals ?? BlobTotals(count: 0, byteCount: 0)
    }

    func content(_ digest: ContentHash, in project: ProjectID) throws -> BlobContent? {
        try self.one(
            """
            SELECT digest, byte_count, content_hash FROM blobs WHERE project = :project AND digest = :digest
            UNION
            SELECT digest, byte_count, content_hash FROM received_contents
            WHERE project = :project AND digest = :digest
            LIMIT 1
            """, ["project": project.rawValue, "digest": digest.description], Self.content)
    }

    func allContents() throws -> [ContentHash] {
        try self.all("SELECT digest FROM blobs UNION SELECT digest FROM received_contents ORDER BY digest", []) {
            try Self.hash($0["digest"])
        }
    }

    func put(_ blob: Blob) throws {
        try self.run(
            "INSERT OR REPLACE INTO blobs VALUES (?, ?, ?, ?, ?, ?, ?, ?, FALSE)",
            [
                blob.id.rawValue, blob.project.rawValue, blob.fileName, Int64(clamping: blob.byteCount),
                blob.digest.description, blob.contentHash.description, blob.author?.rawValue,
                blob.createdAt.millisecondsSinceEpoch,
            ])
    }

    func deleteBlob(_ id: BlobID, in project: ProjectID) throws {
        try self.run(
            "UPDATE blobs SET is_deleted = TRUE WHERE id = ? AND project = ?", [id.rawValue, project.rawValue])
    }

    func noteContent(_ content: BlobContent, in project: ProjectID) throws {
        try self.run(
            "INSERT OR IGNORE INTO received_contents VALUES (?, ?, ?, ?)",
            [
                project.rawValue, content.digest.description, Int64(clamping: content.byteCount),
                content.contentHash.description,
            ])
    }
}
