import GRDB
import ObjectModel
import Storage

/// What people keep for themselves. Times are milliseconds since 1970.
enum PreferenceTables {
    /// Schema 16.
    static func create(in database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE favorites (
                    user TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
                    -- One that may not be here.
                    project TEXT NOT NULL,
                    since INTEGER NOT NULL,
                    PRIMARY KEY (user, project)
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX favorites_by_project ON favorites (project);

                CREATE TABLE preferences (
                    user TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
                    key TEXT NOT NULL,
                    is_on INTEGER NOT NULL,
                    PRIMARY KEY (user, key)
                ) STRICT, WITHOUT ROWID;
                """)
    }

    /// Derives what logs say that were kept and not understood.
    static func fill(in database: Database) throws {
        try SQLiteTransaction.deriveNew(in: database, only: [.server]) { body in
            switch body {
            case .favoriteChanged, .preferenceChanged: true
            default: false
            }
        }
    }
}
