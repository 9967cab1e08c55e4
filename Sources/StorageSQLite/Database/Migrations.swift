import GRDB

/// The numbered changes of the schema. Append-only: a released one is never edited.
enum Migrations {
    private static let all: [@Sendable (Database) throws -> Void] = [
        { database in
            try MetadataTables.create(in: database)
            try ObjectTables.create(in: database)
        },
        { try BlobTables.create(in: $0) },
        { try MetadataTables.makeSourcesOptional(in: $0) },
        { try MetadataTables.createPushMarks(in: $0) },
        { try MetadataTables.addMirrorSources(in: $0) },
        { database in
            try MergeTables.create(in: database)
            try MergeTables.fill(in: database)
        },
        { try MetadataTables.createPeerCursors(in: $0) },
        { database in
            // What sets versions aside reads policies; there are none yet.
            try PolicyTables.create(in: database)
            try MergeTables.noteAuthors(in: database)
        },
        { database in
            try PolicyTables.create(in: database)
            try PolicyTables.fill(in: database)
        },
        { try CompactionTables.create(in: $0) },
    ]

    /// Number of the newest schema, kept in `PRAGMA user_version`.
    static var newestSchema: Int { self.all.count }

    /// Runs what is missing, in one transaction: a start that is cut short leaves the file as it was.
    static func run(on pool: DatabasePool) throws {
        let present = try pool.read { try Int.fetchOne($0, sql: "PRAGMA user_version") ?? 0 }
        guard present < self.newestSchema else { return }
        try pool.write { database in
            for migration in self.all.dropFirst(present) { try migration(database) }
            try database.execute(sql: "PRAGMA user_version = \(self.newestSchema)")
        }
    }
}
