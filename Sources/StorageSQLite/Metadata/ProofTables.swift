import GRDB

/// What mails are answered with, on this node only. Times are milliseconds since 1970.
enum ProofTables {
    /// Schema 20.
    static func create(in database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE account_proofs (
                    user TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
                    -- verification or passwordReset.
                    purpose TEXT NOT NULL,
                    email TEXT NOT NULL,
                    -- Both: SHA-256, in hexadecimal.
                    token_hash TEXT NOT NULL UNIQUE,
                    code_hash TEXT,
                    attempt_count INTEGER NOT NULL,
                    created_at INTEGER NOT NULL,
                    PRIMARY KEY (user, purpose)
                ) STRICT;
                """)
    }
}
