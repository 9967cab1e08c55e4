import GRDB
import Storage

/// Webhooks of projects, and what is on its way to them. Times are milliseconds since 1970.
enum WebhookTables {
    /// Schema 23.
    static func create(in database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE webhooks (
                    id TEXT NOT NULL,
                    project TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
                    url TEXT NOT NULL,
                    description TEXT,
                    -- JSON, both.
                    triggers TEXT NOT NULL,
                    secret TEXT NOT NULL,
                    is_enabled INTEGER NOT NULL,
                    created_at INTEGER NOT NULL,
                    updated_at INTEGER NOT NULL,
                    PRIMARY KEY (project, id)
                ) STRICT, WITHOUT ROWID;

                -- Outlive their webhook and its project.
                CREATE TABLE webhook_deliveries (
                    -- The order of each webhook.
                    number INTEGER PRIMARY KEY,
                    id TEXT NOT NULL UNIQUE,
                    project TEXT NOT NULL,
                    webhook TEXT NOT NULL,
                    -- JSON.
                    event TEXT NOT NULL,
                    status INTEGER NOT NULL,
                    status_info TEXT NOT NULL,
                    attempt_count INTEGER NOT NULL,
                    is_aside INTEGER NOT NULL,
                    created_at INTEGER NOT NULL,
                    updated_at INTEGER NOT NULL,
                    next_attempt_at INTEGER NOT NULL,
                    lease_end INTEGER,
                    -- When somebody may send it: the next attempt, or the end of the lease.
                    due_at INTEGER NOT NULL
                ) STRICT;
                CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (project, webhook, number);
                -- What waits in its webhook's order, and what does not. Few rows, however many are finished.
                CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (project, webhook, number, due_at)
                    WHERE status < 2 AND is_aside = 0;
                CREATE INDEX webhook_deliveries_aside ON webhook_deliveries (project, webhook, due_at)
                    WHERE status < 2 AND is_aside = 1;
                CREATE INDEX webhook_deliveries_finished ON webhook_deliveries (updated_at) WHERE status >= 2;
                """)
    }

    /// Derives what logs say that was kept and not understood.
    static func fill(in database: Database) throws {
        try SQLiteTransaction.deriveNew(in: database) { body in
            switch body {
            case .webhookCreated, .webhookChanged, .webhookDeleted: true
            default: false
            }
        }
    }
}
