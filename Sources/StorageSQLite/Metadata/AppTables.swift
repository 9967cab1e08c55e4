import GRDB
import ObjectModel
import Storage

/// Apps that people registered, and what is known of tokens. Times are milliseconds since 1970.
enum AppTables {
    /// Schema 19.
    static func create(in database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE apps (
                    id TEXT PRIMARY KEY,
                    -- No reference: rows of people come and go with their accounts, apps by operations.
                    author TEXT NOT NULL,
                    -- SHA-256 of the secret, in hexadecimal.
                    secret_hash TEXT NOT NULL,
                    -- JSON.
                    registration TEXT NOT NULL,
                    is_public INTEGER NOT NULL,
                    created_at INTEGER NOT NULL
                ) STRICT;
                CREATE INDEX apps_by_author ON apps (author, created_at DESC, id DESC);
                CREATE INDEX apps_public ON apps (created_at DESC, id DESC) WHERE is_public;
                -- Of apps that were registered at this node: their authors may read them here.
                CREATE TABLE app_secrets (
                    app TEXT PRIMARY KEY REFERENCES apps (id) ON DELETE CASCADE,
                    secret TEXT NOT NULL
                ) STRICT;
                ALTER TABLE tokens ADD COLUMN family TEXT;
                ALTER TABLE tokens ADD COLUMN resources TEXT;
                CREATE INDEX tokens_by_app ON tokens (app) WHERE app IS NOT NULL;
                CREATE INDEX embed_tokens ON tokens (projects, created_at DESC, id DESC) WHERE kind = 'embed';
                ALTER TABLE authorization_codes ADD COLUMN code_challenge TEXT;
                CREATE INDEX authorization_codes_by_age ON authorization_codes (created_at);
                -- When a token was last used at this node.
                CREATE TABLE token_uses (
                    token TEXT PRIMARY KEY REFERENCES tokens (id) ON DELETE CASCADE,
                    last_used INTEGER NOT NULL
                ) STRICT;
                """)
    }

    /// Derives what the server's log says that was kept and not understood.
    static func fill(in database: Database) throws {
        try SQLiteTransaction.deriveNew(in: database, only: [.server]) { body in
            switch body {
            case .appRegistered, .appChanged, .appDeleted, .grantRevoked: true
            default: false
            }
        }
    }
}
