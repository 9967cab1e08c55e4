import GRDB
import ObjectModel
import Storage

/// Tables that are derived from the logs: which operations count, and where they disagree.
enum MergeTables {
    /// Schema 6.
    static func create(in database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE live_writes (
                    scope TEXT NOT NULL,
                    -- model/0123456789 and the like.
                    entity TEXT NOT NULL,
                    field TEXT NOT NULL,
                    origin TEXT NOT NULL,
                    sequence INTEGER NOT NULL,
                    -- The name of a model, the model of a version, the e-mail of a person.
                    key TEXT,
                    PRIMARY KEY (scope, entity, field, origin, sequence)
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX live_writes_key ON live_writes (scope, field, key) WHERE key IS NOT NULL;

                CREATE TABLE touches (
                    scope TEXT NOT NULL,
                    entity TEXT NOT NULL,
                    time INTEGER NOT NULL,
                    PRIMARY KEY (scope, entity)
                ) STRICT, WITHOUT ROWID;

                CREATE TABLE conflicts (
                    scope TEXT NOT NULL,
                    entity TEXT NOT NULL,
                    kind TEXT NOT NULL,
                    -- Empty when it is about the entity as a whole.
                    field TEXT NOT NULL,
                    -- JSON: a list of origins and sequences.
                    dots TEXT NOT NULL,
                    opened_at INTEGER NOT NULL,
                    PRIMARY KEY (scope, entity, kind, field)
                ) STRICT, WITHOUT ROWID;
                """)
    }

    /// Schema 8: who made versions, and whose right to was given or taken.
    static func noteAuthors(in database: Database) throws {
        let rows = SQLiteTransaction(migrating: database)
        for scope in try rows.scopes() where scope != .server { try MetadataService.noteRights(scope, in: rows) }
    }

    /// Derives what the logs say. Rows stay: whoever wrote them was alone until then.
    static func fill(in database: Database) throws {
        let rows = SQLiteTransaction(migrating: database)
        for scope in try rows.scopes() { try MetadataService.note(scope, in: rows) }
    }
}
