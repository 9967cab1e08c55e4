import ObjectModel
import Storage

extension MemoryTransaction {
    func webhook(_ id: WebhookID, in project: ProjectID) throws -> Webhook? {
        self.rows.webhooks[.init(project: project, id: id)]
    }

    func webhooks(of project: ProjectID) throws -> [Webhook] {
        self.rows.webhooks.values.filter { $0.project == project }
            .sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
    }

    func webhooks(ofEach projects: Set<ProjectID>) throws -> [ProjectID: [Webhook]] {
        let found = try projects.map { ($0, try self.webhooks(of: $0)) }
        return Dictionary(uniqueKeysWithValues: found.filter { !$0.1.isEmpty })
    }

    func put(_ webhook: Webhook) throws {
        try Self.require(self.rows.projects[webhook.project] != nil, "webhooks.project")
        self.rows.webhooks[.init(project: webhook.project, id: webhook.id)] = webhook
    }

    func deleteWebhook(_ id: WebhookID, in project: ProjectID) throws {
        self.rows.webhooks[.init(project: project, id: id)] = nil
    }

    // MARK: Deliveries

    func delivery(_ id: WebhookDeliveryID) throws -> WebhookDelivery? {
        self.rows.deliveries.first { $0.id == id }
    }

    private func deliveries(to endpoint: WebhookDelivery.Endpoint) -> [WebhookDelivery] {
        self.rows.deliveries.filter { $0.endpoint == endpoint }
    }

    func deliveries(
        toEach endpoints: Set<WebhookDelivery.Endpoint>, limit: Int
    ) throws -> [WebhookDelivery.Endpoint: [WebhookDelivery]] {
        let found = endpoints.map { ($0, Array(self.deliveries(to: $0).reversed().prefix(max(0, limit)))) }
        return Dictionary(uniqueKeysWithValues: found.filter { !$0.1.isEmpty })
    }

    func deliveryCounts(
        toEach endpoints: Set<WebhookDelivery.Endpoint>
    ) throws -> [WebhookDelivery.Endpoint: Int] {
        let found = endpoints.map { ($0, self.deliveries(to: $0).count) }
        return Dictionary(uniqueKeysWithValues: found.filter { $0.1 > 0 })
    }

    func unfinishedDeliveries(to endpoint: WebhookDelivery.Endpoint) throws -> [WebhookDelivery] {
        self.deliveries(to: endpoint).filter { !$0.status.isFinished }
    }

    func put(_ delivery: WebhookDelivery) throws {
        if let place = self.rows.deliveries.firstIndex(where: { $0.id == delivery.id }) {
            self.rows.deliveries[place] = delivery
        } else {
            self.rows.deliveries.append(delivery)
        }
    }

    func deleteDeliveries(to endpoint: WebhookDelivery.Endpoint) throws {
        self.rows.deliveries.removeAll { $0.endpoint == endpoint }
    }

    func deleteFinishedDeliveries(before time: Timestamp, limit: Int) throws -> Int {
        let old = self.rows.deliveries.filter { $0.status.isFinished && $0.updatedAt < time }
            .sorted { $0.updatedAt < $1.updatedAt }.prefix(max(0, limit))
        let ids = Set(old.map(\.id))
        self.rows.deliveries.removeAll { ids.contains($0.id) }
        return ids.count
    }

    func endDeliveryLeases() throws {
        for place in self.rows.deliveries.indices where self.rows.deliveries[place].status == .sending {
            (self.rows.deliveries[place].status, self.rows.deliveries[place].leaseEnd) = (.pending, nil)
        }
    }

    // MARK: What is due

    /// Of each webhook that is not busy, what waits, in the order of each.
    private func waiting(besides busy: Set<WebhookDelivery.Endpoint>) -> [[WebhookDelivery]] {
        let unfinished = self.rows.deliveries.filter { !$0.status.isFinished && !busy.contains($0.endpoint) }
        return Array(Dictionary(grouping: unfinished, by: \.endpoint).values)
    }

    func dueDeliveries(
        at now: Timestamp, besides busy: Set<WebhookDelivery.Endpoint>, count: Int, limit: Int
    ) throws -> [[WebhookDelivery]] {
        let due = self.waiting(besides: busy).map { lane in
            let run = lane.filter { !$0.isAside }.prefix { $0.dueAt <= now }
            let ids = Set(run.map(\.id) + lane.filter { $0.isAside && $0.dueAt <= now }.map(\.id))
            return lane.filter { ids.contains($0.id) }.prefix(max(0, count))
        }.filter { !$0.isEmpty }
        func place(_ lane: ArraySlice<WebhookDelivery>) -> Int {
            self.rows.deliveries.firstIndex { $0.id == lane.first?.id } ?? 0
        }
        return due.sorted { place($0) < place($1) }.prefix(max(0, limit)).map(Array.init)
    }

    func nextDueTime(besides busy: Set<WebhookDelivery.Endpoint>) throws -> Timestamp? {
        self.waiting(besides: busy).flatMap { lane in
            (lane.first { !$0.isAside }.map { [$0] } ?? []) + lane.filter(\.isAside)
        }.map(\.dueAt).min()
    }
}
