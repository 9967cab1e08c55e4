import GRDB
import ObjectModel
import Storage

/// Invitations to the server, and the secrets of those to projects. Times are milliseconds since 1970.
enum ServerInviteTables {
    /// Schema 20.
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

    /// Derives what logs say that were kept and not understood, of people, the server and invitations.
    static func fill(in database: Database) throws {
        try SQLiteTransaction.deriveNew(in: database) { body in
            switch body {
            case .serverChanged, .userDeleted, .sessionsEnded, .serverInviteCreated, .serverInviteDeleted,
                .inviteCreated, .inviteDeleted:
                true
            default: false
            }
        }
        try SQLiteTransaction.deriveNew(in: database, only: [.server], fields: [.verified, .password]) { body in
            guard case .userChanged(let change) = body else { return false }
            return change.isVerified != nil || change.passwordHash != nil
        }
    }
}
