import GRDB

/// Versions in the making. Times are milliseconds since 1970.
enum IngestionTables {
    /// Schema 12.
    static func create(in database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE ingestions (
                    id TEXT NOT NULL,
                    project TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
                    -- NULL when it is over.
                    deadline INTEGER,
                    updated_at INTEGER NOT NULL,
                    -- All of it, as JSON.
                    content TEXT NOT NULL,
                    PRIMARY KEY (project, id)
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX ingestions_by_deadline ON ingestions (deadline) WHERE deadline IS NOT NULL;
                CREATE INDEX ingestions_over ON ingestions (updated_at) WHERE deadline IS NULL;
                """)
    }

    /// Schema 14.
    static func createFiles(in database: Database) throws {
        try database.execute(
            sql: """
                ALTER TABLE ingestions ADD COLUMN model TEXT;
                ALTER TABLE ingestions ADD COLUMN created_at INTEGER;
                -- NULL when it is made of no file of the project.
                ALTER TABLE ingestions ADD COLUMN file TEXT;
                CREATE UNIQUE INDEX ingestions_by_file ON ingestions (project, file) WHERE file IS NOT NULL;
                CREATE INDEX ingestions_of_files ON ingestions (project, created_at DESC, id DESC) WHERE file IS NOT NULL;
                CREATE TABLE ingestion_files (
                    project TEXT NOT NULL,
                    ingestion TEXT NOT NULL,
                    name TEXT NOT NULL,
                    -- Where its bytes are put aside.
                    place TEXT NOT NULL,
                    byte_count INTEGER NOT NULL,
                    digest TEXT NOT NULL,
                    content_hash TEXT NOT NULL,
                    PRIMARY KEY (project, ingestion, name),
                    FOREIGN KEY (project, ingestion) REFERENCES ingestions (project, id) ON DELETE CASCADE
                ) STRICT, WITHOUT ROWID;
                """)
    }
}
