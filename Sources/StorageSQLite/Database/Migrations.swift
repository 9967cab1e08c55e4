import Foundation
import GRDB
import Storage

/// The numbered changes of a file's schema. Append-only: a released one is never edited.
struct Migrations: Sendable {
    private let all: [@Sendable (Database) throws -> Void]

    init(_ all: [@Sendable (Database) throws -> Void]) {
        self.all = all
    }

    /// Number of the newest schema, kept in `PRAGMA user_version`.
    var newestSchema: Int { self.all.count }

    /// Refuses a file of a newer release, and leaves it as it is.
    ///
    /// - Throws: ``StorageError/newerSchema(found:known:)``.
    func refuseNewer(_ file: URL) throws {
        guard FileManager.default.fileExists(atPath: file.path) else { return }
        var configuration = Configuration()
        configuration.readonly = true
        let found = try DatabaseQueue(path: file.path, configuration: configuration).read { try Self.schema($0) }
        guard found <= self.newestSchema else {
            throw StorageError.newerSchema(found: found, known: self.newestSchema)
        }
    }

    /// Runs what is missing, in one transaction: a start that is cut short leaves the file as it was.
    func run(on file: some DatabaseWriter) throws {
        // Not on a reader: it would take the columns of its first statements from the schema that it saw here.
        let present = try file.writeWithoutTransaction { try Self.schema($0) }
        guard present < self.newestSchema else { return }
        try file.write { database in
            for migration in self.all.dropFirst(present) {
                try migration(database)
                // So would statements that the migration has run.
                database.clearSchemaCache()
            }
            try database.execute(sql: "PRAGMA user_version = \(self.newestSchema)")
        }
    }

    private static func schema(_ database: Database) throws -> Int {
        try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
    }
}
