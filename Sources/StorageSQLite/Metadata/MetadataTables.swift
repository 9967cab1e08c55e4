import GRDB

/// Tables of people, projects and logs. Times are milliseconds since 1970.
enum MetadataTables {
    /// Schema 1.
    static func create(in database: Database) throws {
        try database.execute(sql: self.people + self.projects + self.logs)
    }

    /// Schema 3: the address of a copy's source may be the roster's, and its token none.
    static func makeSourcesOptional(in database: Database) throws {
        try database.execute(
            sql: """
                ALTER TABLE mirrors RENAME TO mirrors_1;
                CREATE TABLE mirrors (
                    project TEXT PRIMARY KEY,
                    -- NULL, all three, when the roster says where the source is.
                    source_host TEXT,
                    source_port INTEGER,
                    -- direct, http or https.
                    source_route TEXT,
                    source_node TEXT NOT NULL,
                    -- NULL when this node proves itself by its certificate.
                    source_token TEXT,
                    -- Both: the signed number of the same 64 bits.
                    epoch INTEGER NOT NULL,
                    next_ordinal INTEGER NOT NULL,
                    created_at INTEGER NOT NULL
                ) STRICT;
                INSERT INTO mirrors SELECT * FROM mirrors_1;
                DROP TABLE mirrors_1;
                """)
    }

    /// Schema 4.
    static func createPushMarks(in database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE push_marks (
                    source TEXT NOT NULL,
                    node TEXT NOT NULL,
                    target TEXT NOT NULL,
                    -- Both: the signed number of the same 64 bits.
                    epoch INTEGER NOT NULL,
                    next_ordinal INTEGER NOT NULL,
                    PRIMARY KEY (source, node, target)
                ) STRICT, WITHOUT ROWID;
                """)
    }

    /// Schema 7.
    static func createPeerCursors(in database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE peer_cursors (
                    project TEXT NOT NULL,
                    node TEXT NOT NULL,
                    -- Both: the signed number of the same 64 bits.
                    epoch INTEGER NOT NULL,
                    next_ordinal INTEGER NOT NULL,
                    PRIMARY KEY (project, node)
                ) STRICT, WITHOUT ROWID;
                """)
    }

    /// Schema 5.
    static func addMirrorSources(in database: Database) throws {
        try database.execute(sql: self.mirrorSources)
    }

    /// Schema 21.
    static func indexVersionsByAuthor(in database: Database) throws {
        try database.execute(
            sql: "CREATE INDEX IF NOT EXISTS versions_by_author ON versions (author, created_at DESC, id DESC)")
    }

    /// Schema 14: versions have a root object, or files instead. Changes that make such rows come after it, whatever their
    /// number.
    static func makeRootsOptional(in database: Database) throws {
        guard try !database.columns(in: "versions").contains(where: { $0.name == "bundle" }) else { return }
        try database.execute(
            sql: """
                CREATE TABLE versions_2 (
                    id TEXT NOT NULL,
                    project TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
                    model TEXT NOT NULL,
                    -- NULL where there is a bundle.
                    root_object TEXT,
                    -- JSON list of files; NULL where there are objects.
                    bundle TEXT,
                    message TEXT,
                    source_application TEXT,
                    total_children_count INTEGER,
                    -- JSON list.
                    parents TEXT NOT NULL,
                    author TEXT,
                    created_at INTEGER NOT NULL,
                    PRIMARY KEY (project, id),
                    FOREIGN KEY (project, model) REFERENCES models (project, id) ON DELETE CASCADE,
                    CHECK ((root_object IS NULL) <> (bundle IS NULL))
                ) STRICT;
                INSERT INTO versions_2
                SELECT id, project, model, root_object, NULL, message, source_application, total_children_count, parents,
                    author, created_at FROM versions;
                DROP TABLE versions;
                ALTER TABLE versions_2 RENAME TO versions;
                CREATE INDEX versions_by_model ON versions (project, model, created_at DESC, id DESC);
                CREATE INDEX versions_by_project ON versions (project, created_at, id);
                """)
    }

    private static let people = """
        CREATE TABLE users (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            email TEXT NOT NULL UNIQUE,
            bio TEXT,
            company TEXT,
            avatar TEXT,
            is_verified INTEGER NOT NULL,
            role TEXT NOT NULL,
            password_hash TEXT,
            created_at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE tokens (
            id TEXT PRIMARY KEY,
            owner TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            kind TEXT NOT NULL,
            app TEXT,
            -- SHA-256 of the secret, in hexadecimal.
            secret_hash TEXT NOT NULL,
            last_characters TEXT NOT NULL,
            -- JSON lists.
            scopes TEXT NOT NULL,
            projects TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            lifespan_milliseconds INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX tokens_by_owner ON tokens (owner, kind, created_at DESC, id DESC);
        CREATE TABLE authorization_codes (
            code TEXT PRIMARY KEY,
            app TEXT NOT NULL,
            user TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            challenge TEXT NOT NULL,
            created_at INTEGER NOT NULL
        ) STRICT;

        """

    private static let projects = """
        CREATE TABLE projects (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            description TEXT NOT NULL,
            visibility TEXT NOT NULL,
            allow_public_comments INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL
        ) STRICT;
        -- No reference to users: a copied project names people of other nodes.
        CREATE TABLE collaborators (
            project TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
            user TEXT NOT NULL,
            role TEXT NOT NULL,
            PRIMARY KEY (project, user)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX collaborators_by_user ON collaborators (user, project);
        -- Ids of other nodes are not ours to trust: they are unique within their project only.
        CREATE TABLE models (
            id TEXT NOT NULL,
            project TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            description TEXT,
            author TEXT,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            PRIMARY KEY (project, id),
            UNIQUE (project, name)
        ) STRICT;
        CREATE INDEX models_by_change ON models (project, updated_at DESC, id DESC);
        CREATE TABLE versions (
            id TEXT NOT NULL,
            project TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
            model TEXT NOT NULL,
            root_object TEXT NOT NULL,
            message TEXT,
            source_application TEXT,
            total_children_count INTEGER,
            -- JSON list.
            parents TEXT NOT NULL,
            author TEXT,
            created_at INTEGER NOT NULL,
            PRIMARY KEY (project, id),
            FOREIGN KEY (project, model) REFERENCES models (project, id) ON DELETE CASCADE
        ) STRICT;
        CREATE INDEX versions_by_model ON versions (project, model, created_at DESC, id DESC);
        CREATE INDEX versions_by_project ON versions (project, created_at, id);

        """

    private static let logs = """
        CREATE TABLE operations (
            -- 'server', or 'project:' and the project's id.
            scope TEXT NOT NULL,
            origin TEXT NOT NULL,
            sequence INTEGER NOT NULL,
            timestamp INTEGER NOT NULL,
            actor TEXT,
            body BLOB NOT NULL,
            PRIMARY KEY (scope, origin, sequence)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE mirrors (
            project TEXT PRIMARY KEY,
            source_host TEXT NOT NULL,
            source_port INTEGER NOT NULL,
            -- direct, http or https.
            source_route TEXT NOT NULL,
            source_node TEXT NOT NULL,
            source_token TEXT NOT NULL,
            -- Both: the signed number of the same 64 bits.
            epoch INTEGER NOT NULL,
            next_ordinal INTEGER NOT NULL,
            created_at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE local_readers (
            project TEXT NOT NULL,
            user TEXT NOT NULL,
            PRIMARY KEY (project, user)
        ) STRICT, WITHOUT ROWID;

        """

    private static let mirrorSources = """
        CREATE TABLE mirror_sources (
            -- The order in which they were added.
            number INTEGER PRIMARY KEY,
            project TEXT NOT NULL,
            node TEXT NOT NULL,
            -- NULL, all three, when the roster says where the node is.
            host TEXT,
            port INTEGER,
            -- direct, http or https.
            route TEXT,
            -- NULL when this node proves itself by its certificate.
            token TEXT,
            -- Both: the signed number of the same 64 bits.
            epoch INTEGER NOT NULL,
            next_ordinal INTEGER NOT NULL,
            UNIQUE (project, node)
        ) STRICT;
        -- The signed number of the same 64 bits.
        ALTER TABLE mirrors ADD COLUMN gathered_end INTEGER NOT NULL DEFAULT 0;

        """
}
