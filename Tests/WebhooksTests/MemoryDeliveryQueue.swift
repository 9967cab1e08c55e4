import ObjectModel

@testable import Webhooks

/// What a database does, in memory.
actor MemoryDeliveryQueue: DeliveryQueue {
    struct Busy: Error {}

    private(set) var webhooks: [WebhookDelivery.Endpoint: Webhook] = [:]
    /// In the order in which they were added.
    private(set) var deliveries: [WebhookDelivery] = []
    private(set) var claimCount = 0
    private(set) var settleCount = 0
    private(set) var purges: [Timestamp] = []
    /// Calls that fail before others succeed.
    private var failureCount = 0

    func put(_ webhook: Webhook) { self.webhooks[webhook.endpoint] = webhook }
    func remove(_ endpoint: WebhookDelivery.Endpoint) { self.webhooks[endpoint] = nil }
    func add(_ deliveries: [WebhookDelivery]) { self.deliveries += deliveries }
    func fail(_ count: Int) { self.failureCount = count }

    func put(_ delivery: WebhookDelivery) {
        guard let index = self.deliveries.firstIndex(where: { $0.id == delivery.id }) else { return }
        self.deliveries[index] = delivery
    }

    func delivery(_ id: String) -> WebhookDelivery? { self.deliveries.first { $0.id.rawValue == id } }

    func count(_ status: WebhookDelivery.Status) -> Int { self.deliveries.count { $0.status == status } }

    func claim(
        at now: Timestamp, besides busy: Set<WebhookDelivery.Endpoint>, count: Int, limit: Int,
        until leaseEnd: Timestamp
    ) throws -> [DeliveryClaim] {
        try self.failIfAsked()
        self.claimCount += 1
        var claims: [DeliveryClaim] = []
        var order: [WebhookDelivery.Endpoint] = []
        var waiting: [WebhookDelivery.Endpoint: [Int]] = [:]
        for (index, delivery) in self.deliveries.enumerated()
        where [.pending, .sending].contains(delivery.status) && !busy.contains(delivery.endpoint) {
            if waiting[delivery.endpoint] == nil { order.append(delivery.endpoint) }
            waiting[delivery.endpoint, default: []].append(index)
        }
        for endpoint in order where claims.count < limit {
            var due: [Int] = []
            var isHeldUp = false
            for index in waiting[endpoint]! where due.count < count {
                let delivery = self.deliveries[index]
                let isDue = self.isDue(delivery, at: now)
                if isDue, delivery.isAside || !isHeldUp { due.append(index) }
                if !isDue, !delivery.isAside { isHeldUp = true }
            }
            guard !due.isEmpty else { continue }
            for index in due {
                self.deliveries[index].status = .sending
                self.deliveries[index].leaseEnd = leaseEnd
            }
            claims.append(
                DeliveryClaim(due.map { self.deliveries[$0] }, to: endpoint, webhook: self.webhooks[endpoint]))
        }
        return claims
    }

    func settle(_ outcomes: [WebhookDelivery]) throws {
        try self.failIfAsked()
        self.settleCount += 1
        for outcome in outcomes {
            guard let index = self.deliveries.firstIndex(where: { $0.id == outcome.id }),
                self.deliveries[index].status == .sending, self.deliveries[index].leaseEnd == outcome.leaseEnd
            else { continue }
            self.deliveries[index] = outcome
            self.deliveries[index].leaseEnd = nil
        }
    }

    func nextDueTime(besides busy: Set<WebhookDelivery.Endpoint>) throws -> Timestamp? {
        try self.failIfAsked()
        var heldUp: Set<WebhookDelivery.Endpoint> = []
        return self.deliveries.compactMap { delivery in
            guard [.pending, .sending].contains(delivery.status), !busy.contains(delivery.endpoint),
                delivery.isAside || heldUp.insert(delivery.endpoint).inserted
            else { return nil }
            return delivery.status == .sending ? delivery.leaseEnd : delivery.nextAttemptAt
        }.min()
    }

    func purge(finishedBefore time: Timestamp, limit: Int) throws -> Int {
        self.purges.append(time)
        var left = limit
        self.deliveries.removeAll { delivery in
            guard left > 0, [.delivered, .failed].contains(delivery.status), delivery.updatedAt < time else {
                return false
            }
            left -= 1
            return true
        }
        return limit - left
    }

    private func isDue(_ delivery: WebhookDelivery, at now: Timestamp) -> Bool {
        delivery.status == .sending ? delivery.leaseEnd! <= now : delivery.nextAttemptAt <= now
    }

    private func failIfAsked() throws {
        guard self.failureCount > 0 else { return }
        self.failureCount -= 1
        throw Busy()
    }
}
