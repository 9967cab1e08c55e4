import GRDB

/// The settings of the server, in one row.
enum AdministrationTables {
    /// Schema 20.
    static func create(in database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE server_settings (
                    number INTEGER PRIMARY KEY CHECK (number = 1),
                    name TEXT,
                    company TEXT,
                    description TEXT,
                    admin_contact TEXT,
                    terms_of_service TEXT,
                    is_invite_only INTEGER NOT NULL,
                    allows_guests INTEGER NOT NULL
                ) STRICT;
                CREATE INDEX users_by_time ON users (created_at DESC, id DESC);
                """)
    }
}
