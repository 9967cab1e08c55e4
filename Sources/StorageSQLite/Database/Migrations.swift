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
        let found = try Self.schema(of: try DatabaseQueue(path: file.path, configuration: configuration))
        guard found <= self.newestSchema else {
            throw StorageError.newerSchema(found: found, known: self.newestSchema)
        }
    }

    /// Runs what is missing, in one transaction: a start that is cut short leaves the file as it was.
    func run(on file: some DatabaseWriter) throws {
        let present = try Self.schema(of: file)
        guard present < self.newestSchema else { return }
        try file.write { database in
            for migration in self.all.dropFirst(present) { try migration(database) }
            try database.execute(sql: "PRAGMA user_version = \(self.newestSchema)")
        }
    }

    private static func schema(of file: some DatabaseReader) throws -> Int {
        try file.read { try Int.fetchOne($0, sql: "PRAGMA user_version") ?? 0 }
    }
}
