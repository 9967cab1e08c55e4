import GRDB
import Storage

/// Invitations to the server, and the secrets of those to projects. Times are milliseconds since 1970.
enum ServerInviteTables {
    static func create(in database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE server_invites (
                    id TEXT PRIMARY KEY,
                    email TEXT NOT NULL,
                    role TEXT NOT NULL,
                    inviter TEXT NOT NULL,
                    message TEXT,
                    -- SHA-256, in hexadecimal.
                    token_hash TEXT NOT NULL,
                    created_at INTEGER NOT NULL
                ) STRICT;
                CREATE INDEX server_invites_by_email ON server_invites (email);
                CREATE INDEX server_invites_by_token ON server_invites (token_hash);
                ALTER TABLE invites ADD COLUMN token_hash TEXT;
                CREATE INDEX invites_by_token ON invites (token_hash) WHERE token_hash IS NOT NULL;
                """)
    }

    /// Derives what logs say that were kept and not understood.
    static func fill(in database: Database) throws {
        let rows = SQLiteTransaction(database) { _, _ in true }
        try MetadataService.noteAdministration(in: rows)
        try MetadataService.noteSecurity(in: rows)
        try MetadataService.noteServerInvites(in: rows)
        for scope in try rows.scopes() { try MetadataService.noteInvites(scope, in: rows) }
    }
}
