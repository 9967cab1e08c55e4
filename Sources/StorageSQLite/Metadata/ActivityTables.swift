import GRDB
import Storage

/// What was done in projects.
enum ActivityTables {
    /// Schema 18.
    static func create(in database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE IF NOT EXISTS activity (
                    project TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
                    -- Microseconds since 1970.
                    position INTEGER NOT NULL,
                    id TEXT NOT NULL,
                    action TEXT NOT NULL,
                    resource_type TEXT NOT NULL,
                    resource_id TEXT NOT NULL,
                    actor TEXT,
                    -- JSON.
                    info TEXT NOT NULL,
                    -- Whether it may be withdrawn.
                    is_provisional INTEGER NOT NULL,
                    PRIMARY KEY (project, position, id)
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX IF NOT EXISTS activity_by_resource ON activity (project, resource_type, resource_id, position);
                CREATE INDEX IF NOT EXISTS activity_by_action ON activity (project, action, position);
                CREATE INDEX IF NOT EXISTS activity_by_actor ON activity (actor, project, position) WHERE actor IS NOT NULL;
                """)
    }

    /// Derives what logs say. Of what was left out of them before nothing is known.
    static func fill(in database: Database) throws {
        let rows = SQLiteTransaction(migrating: database)
        for scope in try rows.scopes() { try MetadataService.noteActivity(scope, in: rows) }
    }
}
