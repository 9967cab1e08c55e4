import GRDB
import Storage

/// Tables of where projects may be.
enum PolicyTables {
    /// Schema 9. An older file is given them as soon as something that came before reads them.
    static func create(in database: Database) throws {
        try database.execute(
            sql: """
                -- Derived from the logs. No reference to projects: it outlives them.
                CREATE TABLE IF NOT EXISTS project_policies (
                    project TEXT PRIMARY KEY,
                    -- JSON: "all", or a list of nodes.
                    regions TEXT NOT NULL,
                    -- NULL when every region may write.
                    home TEXT,
                    -- The signed number of the same 64 bits.
                    home_epoch INTEGER NOT NULL,
                    allows_edges INTEGER NOT NULL,
                    minimum_copies INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID;
                CREATE TABLE IF NOT EXISTS purges (
                    project TEXT PRIMARY KEY,
                    -- JSON: nodes with numbers of operations.
                    exclusion TEXT NOT NULL,
                    -- JSON: a list of nodes.
                    holders TEXT NOT NULL,
                    own_sequence INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID;
                """)
    }

    /// Reads what an older release kept in its logs and did not understand.
    static func fill(in database: Database) throws {
        let rows = SQLiteTransaction(migrating: database)
        for scope in try rows.scopes() { try MetadataService.notePolicy(scope, in: rows) }
    }
}
