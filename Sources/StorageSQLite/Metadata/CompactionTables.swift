import GRDB

/// Tables of what may be left out of logs. Times are milliseconds since 1970.
enum CompactionTables {
    /// Schema 10.
    static func create(in database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE compacted_marks (
                    scope TEXT NOT NULL,
                    origin TEXT NOT NULL,
                    -- Behind it, every operation is there.
                    sequence INTEGER NOT NULL,
                    PRIMARY KEY (scope, origin)
                ) STRICT, WITHOUT ROWID;
                CREATE TABLE acknowledged_marks (
                    scope TEXT NOT NULL,
                    -- The region that holds them.
                    region TEXT NOT NULL,
                    origin TEXT NOT NULL,
                    sequence INTEGER NOT NULL,
                    PRIMARY KEY (scope, region, origin)
                ) STRICT, WITHOUT ROWID;
                CREATE TABLE regions_heard (
                    region TEXT PRIMARY KEY,
                    time INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID;
                -- Of snapshots that are on their way.
                CREATE TABLE arrived_operations (
                    scope TEXT NOT NULL,
                    source TEXT NOT NULL,
                    -- The order in which they came, from 0.
                    number INTEGER NOT NULL,
                    origin TEXT NOT NULL,
                    sequence INTEGER NOT NULL,
                    timestamp INTEGER NOT NULL,
                    actor TEXT,
                    body BLOB NOT NULL,
                    PRIMARY KEY (scope, source, number)
                ) STRICT, WITHOUT ROWID;
                """)
    }
}
