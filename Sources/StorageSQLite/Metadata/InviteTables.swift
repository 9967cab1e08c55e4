import GRDB

/// Invitations to projects. Times are milliseconds since 1970.
enum InviteTables {
    /// Schema 11.
    static func create(in database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE invites (
                    id TEXT NOT NULL,
                    project TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
                    -- One of the two: somebody who may have no account here yet, or an e-mail.
                    user TEXT,
                    email TEXT,
                    role TEXT NOT NULL,
                    inviter TEXT NOT NULL,
                    message TEXT,
                    created_at INTEGER NOT NULL,
                    PRIMARY KEY (project, id)
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX invites_by_user ON invites (user) WHERE user IS NOT NULL;
                CREATE INDEX invites_by_email ON invites (email) WHERE email IS NOT NULL;
                """)
    }
}
