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
    ]

    /// Number of the newest schema, kept in `PRAGMA user_version`.
    static var newestSchema: Int { self.all.count }

    /// Runs what is missing, each in a transaction of its own.
    static func run(on pool: DatabasePool) throws {
        let present = try pool.read { try Int.fetchOne($0, sql: "PRAGMA user_version") ?? 0 }
        for (index, migration) in self.all.enumerated().dropFirst(present) {
            try pool.write { database in
                try migration(database)
                try database.execute(sql: "PRAGMA user_version = \(index + 1)")
            }
        }
    }
}
