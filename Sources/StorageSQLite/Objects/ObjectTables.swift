import GRDB

/// Tables of the block manifest.
enum ObjectTables {
    /// Schema 1.
    static func create(in database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE blocks (
                    id INTEGER PRIMARY KEY,
                    segment INTEGER NOT NULL,
                    offset INTEGER NOT NULL,
                    byte_count INTEGER NOT NULL,
                    object_count INTEGER NOT NULL,
                    raw_byte_count INTEGER NOT NULL
                ) STRICT;
                -- Epochs are random 64-bit numbers, kept as the signed number of the same bits.
                CREATE TABLE journals (
                    project TEXT PRIMARY KEY,
                    epoch INTEGER NOT NULL,
                    next_ordinal INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID;
                CREATE TABLE extents (
                    project TEXT NOT NULL,
                    first_ordinal INTEGER NOT NULL,
                    block INTEGER NOT NULL REFERENCES blocks (id),
                    object_count INTEGER NOT NULL,
                    -- One bit per object of the block; NULL when the project has them all.
                    slots BLOB,
                    PRIMARY KEY (project, first_ordinal)
                ) STRICT, WITHOUT ROWID;
                CREATE TABLE waiting (
                    project TEXT NOT NULL,
                    missing BLOB NOT NULL,
                    waiter BLOB NOT NULL,
                    PRIMARY KEY (project, missing, waiter)
                ) STRICT, WITHOUT ROWID;
                """)
    }

    /// Schema 13.
    static func prepareRemoval(in database: Database) throws {
        try database.execute(
            sql: """
                CREATE INDEX IF NOT EXISTS extents_by_block ON extents (block);
                -- The highest number of a block that was removed: what was derived from it may still be there.
                CREATE TABLE IF NOT EXISTS last_removed_block (
                    single INTEGER PRIMARY KEY CHECK (single = 1),
                    block INTEGER NOT NULL
                ) STRICT;
                """)
    }
}
