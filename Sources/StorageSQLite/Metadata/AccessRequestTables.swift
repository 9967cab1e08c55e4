import GRDB
import Storage

/// Requests for a role in a project. Times are milliseconds since 1970.
enum AccessRequestTables {
    /// Schema 17.
    static func create(in database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE access_requests (
                    project TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
                    -- Somebody who may have no account here yet.
                    requester TEXT NOT NULL,
                    -- Follows from both.
                    id TEXT NOT NULL UNIQUE,
                    created_at INTEGER NOT NULL,
                    PRIMARY KEY (project, requester)
                ) STRICT, WITHOUT ROWID;
                """)
    }

    /// Derives what logs say that were kept and not understood.
    static func fill(in database: Database) throws {
        try SQLiteTransaction.deriveNew(in: database) { body in
            switch body {
            case .accessRequested, .accessAnswered: true
            default: false
            }
        }
    }
}
