public import ObjectModel
public import Storage

/// Deliveries that wait in this node's rows.
public struct StoredDeliveryQueue: DeliveryQueue {
    private let store: any MetadataStore

    public init(_ store: any MetadataStore) {
        self.store = store
    }

    public func claim(
        at now: Timestamp, besides busy: Set<WebhookDelivery.Endpoint>, count: Int, limit: Int,
        until leaseEnd: Timestamp
    ) async throws -> [DeliveryClaim] {
        // Most looks find nothing, and should keep nobody from writing.
        let isDue = try await self.store.read { rows in
            try !rows.dueDeliveries(at: now, besides: busy, count: 1, limit: 1).isEmpty
        }
        guard isDue else { return [] }
        return try await self.store.write { rows in
            let due = try rows.dueDeliveries(at: now, besides: busy, count: count, limit: limit)
            return try due.compactMap { lane in
                guard let endpoint = lane.first?.endpoint else { return nil }
                let claimed = lane.map { $0.claimed(until: leaseEnd) }
                for delivery in claimed { try rows.put(delivery) }
                let webhook = try rows.webhook(endpoint.webhook, in: endpoint.project)
                return DeliveryClaim(claimed, to: endpoint, webhook: webhook)
            }
        }
    }

    public func settle(_ outcomes: [WebhookDelivery]) async throws {
        try await self.store.write { rows in
            for outcome in outcomes {
                guard let present = try rows.delivery(outcome.id), present.status == .sending,
                    present.leaseEnd == outcome.leaseEnd
                else { continue }
                var settled = outcome
                settled.leaseEnd = nil
                try rows.put(settled)
            }
        }
    }

    public func nextDueTime(besides busy: Set<WebhookDelivery.Endpoint>) async throws -> Timestamp? {
        try await self.store.read { try $0.nextDueTime(besides: busy) }
    }

    public func purge(finishedBefore time: Timestamp, limit: Int) async throws -> Int {
        try await self.store.write { try $0.deleteFinishedDeliveries(before: time, limit: limit) }
    }
}

extension WebhookDelivery {
    fileprivate func claimed(until leaseEnd: Timestamp) -> Self {
        var claimed = self
        claimed.status = .sending
        claimed.leaseEnd = leaseEnd
        return claimed
    }
}
