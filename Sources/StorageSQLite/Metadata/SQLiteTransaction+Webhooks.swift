import GRDB
import ObjectModel
import Storage

extension SQLiteTransaction {
    func webhook(_ id: WebhookID, in project: ProjectID) throws -> Webhook? {
        try self.one(
            "SELECT * FROM webhooks WHERE project = ? AND id = ?", [project.rawValue, id.rawValue], Self.webhook)
    }

    func webhooks(of project: ProjectID) throws -> [Webhook] {
        try self.all(
            "SELECT * FROM webhooks WHERE project = ? ORDER BY created_at, id", [project.rawValue], Self.webhook)
    }

    func webhooks(ofEach projects: Set<ProjectID>) throws -> [ProjectID: [Webhook]] {
        let found = try self.all(
            """
            SELECT * FROM webhooks WHERE project IN (SELECT value FROM json_each(?)) ORDER BY project, created_at, id
            """, [SQLCondition.list(projects)], Self.webhook)
        return Dictionary(grouping: found, by: \.project)
    }

    private static func webhook(_ row: Row) throws -> Webhook {
        var webhook = Webhook(
            id: WebhookID(rawValue: row["id"]), project: ProjectID(rawValue: row["project"]), url: row["url"],
            description: row["description"], triggers: try self.json(row["triggers"]),
            secret: try self.json(row["secret"]), isEnabled: row["is_enabled"],
            createdAt: Timestamp(millisecondsSinceEpoch: row["created_at"]))
        webhook.updatedAt = Timestamp(millisecondsSinceEpoch: row["updated_at"])
        return webhook
    }

    func put(_ webhook: Webhook) throws {
        try self.run(
            "INSERT OR REPLACE INTO webhooks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                webhook.id.rawValue, webhook.project.rawValue, webhook.url, webhook.description,
                try Self.text(webhook.triggers), try Self.text(webhook.secret), webhook.isEnabled,
                webhook.createdAt.millisecondsSinceEpoch, webhook.updatedAt.millisecondsSinceEpoch,
            ])
    }

    func deleteWebhook(_ id: WebhookID, in project: ProjectID) throws {
        try self.run("DELETE FROM webhooks WHERE project = ? AND id = ?", [project.rawValue, id.rawValue])
    }

    // MARK: Deliveries

    func delivery(_ id: WebhookDeliveryID) throws -> WebhookDelivery? {
        try self.one("SELECT * FROM webhook_deliveries WHERE id = ?", [id.rawValue], Self.delivery)
    }

    func deliveries(
        toEach endpoints: Set<WebhookDelivery.Endpoint>, limit: Int
    ) throws -> [WebhookDelivery.Endpoint: [WebhookDelivery]] {
        // Each webhook's are read on their own, so that no more than are asked for are.
        let found = try self.all(
            """
            SELECT delivery.* FROM json_each(?1) AS each CROSS JOIN webhook_deliveries AS delivery
            WHERE delivery.number IN (
                SELECT number FROM webhook_deliveries
                WHERE project = json_extract(each.value, '$[0]') AND webhook = json_extract(each.value, '$[1]')
                ORDER BY number DESC LIMIT ?2)
            ORDER BY delivery.number DESC
            """, [try Self.list(endpoints), max(0, limit)], Self.delivery)
        return Dictionary(grouping: found, by: \.endpoint)
    }

    func deliveryCounts(
        toEach endpoints: Set<WebhookDelivery.Endpoint>
    ) throws -> [WebhookDelivery.Endpoint: Int] {
        let found: [(WebhookDelivery.Endpoint, Int)] = try self.all(
            """
            SELECT project, webhook, count(*) AS number FROM webhook_deliveries WHERE (project, webhook) IN (
                SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?))
            GROUP BY project, webhook
            """, [try Self.list(endpoints)]
        ) { (Self.endpoint($0), $0["number"]) }
        return Dictionary(uniqueKeysWithValues: found)
    }

    private static func list(_ endpoints: Set<WebhookDelivery.Endpoint>) throws -> String {
        try self.text(endpoints.map { [$0.project.rawValue, $0.webhook.rawValue] })
    }

    func unfinishedDeliveries(to endpoint: WebhookDelivery.Endpoint) throws -> [WebhookDelivery] {
        // By two indexes, each for a part of them.
        try self.all(
            """
            SELECT * FROM webhook_deliveries WHERE status < 2 AND is_aside = 0 AND project = ?1 AND webhook = ?2
            UNION ALL
            SELECT * FROM webhook_deliveries WHERE status < 2 AND is_aside = 1 AND project = ?1 AND webhook = ?2
            ORDER BY number
            """, [endpoint.project.rawValue, endpoint.webhook.rawValue], Self.delivery)
    }

    private static func delivery(_ row: Row) throws -> WebhookDelivery {
        guard let status = WebhookDelivery.Status(rawValue: row["status"]) else {
            throw StorageError.corrupt("webhook_deliveries has an unknown status")
        }
        func time(_ column: String) -> Timestamp { Timestamp(millisecondsSinceEpoch: row[column]) }
        var delivery = WebhookDelivery(
            id: WebhookDeliveryID(rawValue: row["id"]), to: self.endpoint(row), try self.json(row["event"]),
            at: time("created_at"))
        delivery.status = status
        delivery.statusInfo = row["status_info"]
        delivery.attemptCount = row["attempt_count"]
        delivery.isAside = row["is_aside"]
        delivery.updatedAt = time("updated_at")
        delivery.nextAttemptAt = time("next_attempt_at")
        delivery.leaseEnd = (row["lease_end"] as Int64?).map(Timestamp.init(millisecondsSinceEpoch:))
        return delivery
    }

    fileprivate static func endpoint(_ row: Row) -> WebhookDelivery.Endpoint {
        WebhookDelivery.Endpoint(WebhookID(rawValue: row["webhook"]), in: ProjectID(rawValue: row["project"]))
    }

    func put(_ delivery: WebhookDelivery) throws {
        try self.run(
            """
            INSERT INTO webhook_deliveries
            (id, project, webhook, event, status, status_info, attempt_count, is_aside, created_at, updated_at,
                next_attempt_at, lease_end, due_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET project = excluded.project, webhook = excluded.webhook,
                event = excluded.event, status = excluded.status, status_info = excluded.status_info,
                attempt_count = excluded.attempt_count, is_aside = excluded.is_aside,
                created_at = excluded.created_at, updated_at = excluded.updated_at,
                next_attempt_at = excluded.next_attempt_at, lease_end = excluded.lease_end, due_at = excluded.due_at
            """,
            [
                delivery.id.rawValue, delivery.endpoint.project.rawValue, delivery.endpoint.webhook.rawValue,
                try Self.text(delivery.event), delivery.status.rawValue, delivery.statusInfo, delivery.attemptCount,
                delivery.isAside, delivery.createdAt.millisecondsSinceEpoch,
                delivery.updatedAt.millisecondsSinceEpoch, delivery.nextAttemptAt.millisecondsSinceEpoch,
                delivery.leaseEnd?.millisecondsSinceEpoch, delivery.dueAt.millisecondsSinceEpoch,
            ])
    }

    func endDeliveryLeases() throws {
        // Each by its index, which leaves out what is finished.
        for isAside in [0, 1] {
            try self.run(
                """
                UPDATE webhook_deliveries SET status = 0, lease_end = NULL, due_at = next_attempt_at
                WHERE status < 2 AND is_aside = \(isAside) AND status = 1
                """, [])
        }
    }

    func deleteDeliveries(to endpoint: WebhookDelivery.Endpoint) throws {
        try self.run(
            "DELETE FROM webhook_deliveries WHERE project = ? AND webhook = ?",
            [endpoint.project.rawValue, endpoint.webhook.rawValue])
    }

    func deleteFinishedDeliveries(before time: Timestamp, limit: Int) throws -> Int {
        try self.run(
            """
            DELETE FROM webhook_deliveries WHERE number IN (
                SELECT number FROM webhook_deliveries WHERE status >= 2 AND updated_at < ?
                ORDER BY updated_at LIMIT ?)
            """, [time.millisecondsSinceEpoch, max(0, limit)])
        return self.database.changesCount
    }
}

// MARK: What is due

extension SQLiteTransaction {
    /// Something that waits, of one webhook.
    private struct Waiting {
        var endpoint: WebhookDelivery.Endpoint
        var number: Int64
        var dueAt: Timestamp
    }

    /// Of each webhook the first that waits, by `order`. Each webhook is looked up after the one before: nothing else of what
    /// waits is read.
    private func first(where condition: String, by order: String) throws -> [Waiting] {
        try self.all(
            """
            WITH RECURSIVE found (number) AS (
                SELECT (SELECT number FROM webhook_deliveries WHERE \(condition)
                    ORDER BY project, webhook, \(order) LIMIT 1)
                UNION ALL
                SELECT coalesce(
                    (SELECT next.number FROM webhook_deliveries AS next
                        WHERE \(condition) AND next.project = here.project AND next.webhook > here.webhook
                        ORDER BY next.webhook, next.\(order) LIMIT 1),
                    (SELECT next.number FROM webhook_deliveries AS next
                        WHERE \(condition) AND next.project > here.project
                        ORDER BY next.project, next.webhook, next.\(order) LIMIT 1))
                FROM found JOIN webhook_deliveries AS here ON here.number = found.number)
            SELECT project, webhook, number, due_at FROM webhook_deliveries
            WHERE number IN (SELECT number FROM found)
            """, []
        ) { row in
            Waiting(
                endpoint: Self.endpoint(row), number: row["number"],
                dueAt: Timestamp(millisecondsSinceEpoch: row["due_at"]))
        }
    }

    private func firstInOrder() throws -> [Waiting] {
        try self.first(where: "status < 2 AND is_aside = 0", by: "number")
    }

    private func firstAside() throws -> [Waiting] { try self.first(where: "status < 2 AND is_aside = 1", by: "due_at") }

    func dueDeliveries(
        at now: Timestamp, besides busy: Set<WebhookDelivery.Endpoint>, count: Int, limit: Int
    ) throws -> [[WebhookDelivery]] {
        var oldest: [WebhookDelivery.Endpoint: Int64] = [:]
        for first in try self.firstInOrder() where first.dueAt <= now && !busy.contains(first.endpoint) {
            oldest[first.endpoint] = first.number
        }
        for first in try self.firstAside() where first.dueAt <= now && !busy.contains(first.endpoint) {
            let number = try self.oldestAside(of: first.endpoint, at: now) ?? first.number
            oldest[first.endpoint] = min(oldest[first.endpoint] ?? number, number)
        }
        guard count > 0 else { return [] }
        return try oldest.sorted { $0.value < $1.value }.prefix(max(0, limit)).map { endpoint, _ in
            try self.due(for: endpoint, at: now, count: count)
        }
    }

    private func oldestAside(of endpoint: WebhookDelivery.Endpoint, at now: Timestamp) throws -> Int64? {
        try self.one(
            """
            SELECT min(number) AS number FROM webhook_deliveries
            WHERE status < 2 AND is_aside = 1 AND project = ? AND webhook = ? AND due_at <= ?
            """, [endpoint.project.rawValue, endpoint.webhook.rawValue, now.millisecondsSinceEpoch]
        ) { $0["number"] }
    }

    private func due(
        for endpoint: WebhookDelivery.Endpoint, at now: Timestamp, count: Int
    ) throws -> [WebhookDelivery] {
        try self.all(
            """
            WITH run AS (
                SELECT number, due_at FROM webhook_deliveries
                WHERE status < 2 AND is_aside = 0 AND project = ?1 AND webhook = ?2 ORDER BY number LIMIT ?4),
            ends AS (SELECT min(number) AS number FROM run WHERE due_at > ?3),
            aside AS (
                SELECT number FROM webhook_deliveries
                WHERE status < 2 AND is_aside = 1 AND project = ?1 AND webhook = ?2 AND due_at <= ?3
                ORDER BY number LIMIT ?4)
            SELECT * FROM webhook_deliveries WHERE number IN (
                SELECT run.number FROM run, ends WHERE ends.number IS NULL OR run.number < ends.number
                UNION ALL SELECT number FROM aside)
            ORDER BY number LIMIT ?4
            """,
            [endpoint.project.rawValue, endpoint.webhook.rawValue, now.millisecondsSinceEpoch, count], Self.delivery)
    }

    func nextDueTime(besides busy: Set<WebhookDelivery.Endpoint>) throws -> Timestamp? {
        try (self.firstInOrder() + self.firstAside()).filter { !busy.contains($0.endpoint) }.map(\.dueAt).min()
    }
}
