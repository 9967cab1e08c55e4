import ObjectModel
import Storage

/// What webhooks are told, by all regions together. Nobody sends anything here: all of it waits.
enum WebhookJudge {
    /// HOOK-1, HOOK-3: nothing is told by two regions.
    ///
    /// - Returns: how many deliveries there are.
    static func settle(_ regions: [SimulatedRegion]) async throws -> Int {
        var tellers: [WebhookDeliveryID: NodeID] = [:]
        for region in regions {
            let waiting = try await region.store.read { rows in
                try rows.dueDeliveries(
                    at: Timestamp(millisecondsSinceEpoch: .max), besides: [], count: .max, limit: .max)
            }
            for delivery in waiting.joined() {
                guard tellers.updateValue(region.node, forKey: delivery.id) == nil else {
                    throw SimulationFailure("\(delivery.event.name) is told by two regions")
                }
                guard WebhookTrigger.all.contains(delivery.event.name) else {
                    throw SimulationFailure("\(delivery.event.name) is told, which nobody can ask for")
                }
            }
        }
        return tellers.count
    }
}
