import GRDB
import ObjectModel
import Storage

/// Addresses of people. Times are milliseconds since 1970.
enum EmailTables {
    /// Schema 22, and before whatever makes rows of people anew.
    static func create(in database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE IF NOT EXISTS user_emails (
                    id TEXT PRIMARY KEY,
                    user TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
                    -- Lower-cased.
                    address TEXT NOT NULL UNIQUE,
                    is_verified INTEGER NOT NULL,
                    created_at INTEGER NOT NULL
                ) STRICT;
                CREATE INDEX IF NOT EXISTS user_emails_by_user ON user_emails (user, created_at, id);
                -- So far everybody had the one that the account was opened with.
                INSERT OR IGNORE INTO user_emails SELECT id, id, email, is_verified, created_at FROM users;
                """)
    }

    /// Derives what the server's log says that was kept and not understood.
    static func fill(in database: Database) throws {
        try SQLiteTransaction.deriveNew(in: database, only: [.server]) { body in
            switch body {
            case .emailAdded, .emailChanged, .emailDeleted: true
            default: false
            }
        }
        try SQLiteTransaction.deriveNew(in: database, only: [.server], fields: [.primaryEmail]) { body in
            if case .userChanged(let change) = body { change.primaryEmail != nil } else { false }
        }
    }
}
