import GRDB
import Storage

/// Comments and who has seen them. Times are milliseconds since 1970.
enum CommentTables {
    /// Schema 15.
    static func create(in database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE comments (
                    id TEXT NOT NULL,
                    project TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
                    -- NULL for a comment that begins one.
                    thread TEXT,
                    author TEXT NOT NULL,
                    -- JSON, all three.
                    content TEXT NOT NULL,
                    resources TEXT NOT NULL,
                    scene TEXT NOT NULL,
                    is_archived INTEGER NOT NULL,
                    created_at INTEGER NOT NULL,
                    updated_at INTEGER NOT NULL,
                    PRIMARY KEY (project, id)
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX comments_by_thread ON comments (project, thread, created_at);

                CREATE TABLE comment_resources (
                    project TEXT NOT NULL,
                    kind TEXT NOT NULL,
                    resource TEXT NOT NULL,
                    comment TEXT NOT NULL,
                    PRIMARY KEY (project, kind, resource, comment),
                    FOREIGN KEY (project, comment) REFERENCES comments (project, id) ON DELETE CASCADE
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX comment_resources_by_comment ON comment_resources (project, comment);

                CREATE TABLE comment_views (
                    project TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
                    comment TEXT NOT NULL,
                    user TEXT NOT NULL,
                    viewed_at INTEGER NOT NULL,
                    PRIMARY KEY (project, comment, user)
                ) STRICT, WITHOUT ROWID;
                """)
    }

    /// Derives what logs say that were kept and not understood.
    static func fill(in database: Database) throws {
        try SQLiteTransaction.deriveNew(in: database) { body in
            switch body {
            case .commentCreated, .commentChanged, .commentViewed: true
            default: false
            }
        }
    }
}
