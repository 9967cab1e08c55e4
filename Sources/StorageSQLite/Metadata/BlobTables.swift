import GRDB

/// Tables of files. Times are milliseconds since 1970, hashes hexadecimal.
enum BlobTables {
    /// Schema 2.
    static func create(in database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE blobs (
                    id TEXT NOT NULL,
                    project TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
                    file_name TEXT NOT NULL,
                    byte_count INTEGER NOT NULL,
                    digest TEXT NOT NULL,
                    content_hash TEXT NOT NULL,
                    author TEXT,
                    created_at INTEGER NOT NULL,
                    is_deleted INTEGER NOT NULL,
                    PRIMARY KEY (project, id)
                ) STRICT;
                CREATE INDEX blobs_by_time ON blobs (project, created_at DESC, id DESC);
                CREATE INDEX blobs_by_digest ON blobs (project, digest);
                -- Bytes that came in for a file that is to come; the project may be to come as well.
                CREATE TABLE received_contents (
                    project TEXT NOT NULL,
                    digest TEXT NOT NULL,
                    byte_count INTEGER NOT NULL,
                    content_hash TEXT NOT NULL,
                    PRIMARY KEY (project, digest)
                ) STRICT, WITHOUT ROWID;
                """)
    }
}
