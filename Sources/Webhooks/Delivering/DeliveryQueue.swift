public import ObjectModel

/// What was claimed for one webhook: some of what waits for it, in the order in which it must be sent.
public struct DeliveryClaim: Equatable, Sendable {
    public var endpoint: WebhookDelivery.Endpoint
    /// As it is now; `nil` when it is gone.
    public var webhook: Webhook?
    /// Each of them being sent, with the same lease.
    public var deliveries: [WebhookDelivery]

    public init(_ deliveries: [WebhookDelivery], to endpoint: WebhookDelivery.Endpoint, webhook: Webhook?) {
        self.endpoint = endpoint
        self.webhook = webhook
        self.deliveries = deliveries
    }
}

/// Where deliveries wait. Each call is one transaction.
public protocol DeliveryQueue: Sendable {
    /// Marks what is due as being sent, until `leaseEnd`, and gives it out. Whoever is not back by then is taken for dead: what it
    /// claimed is due again.
    ///
    /// - Parameters:
    ///   - busy: webhooks that are left out.
    ///   - count: of deliveries for one webhook.
    ///   - limit: of webhooks; those whose oldest is oldest come first.
    func claim(
        at now: Timestamp, besides busy: Set<WebhookDelivery.Endpoint>, count: Int, limit: Int,
        until leaseEnd: Timestamp
    ) async throws -> [DeliveryClaim]

    /// Keeps what became of deliveries: `delivered`, `failed`, or `pending` when they are to be tried again or were not tried.
    ///
    /// Each has the lease still that it was claimed under. It counts only while that delivery is there, is being sent, and has
    /// that lease; else somebody else has it by now, and it is left out. No delivery keeps a lease.
    func settle(_ outcomes: [WebhookDelivery]) async throws

    /// When ``claim`` finds something next, or a lease ends, `busy` aside; `nil` when nothing waits.
    func nextDueTime(besides busy: Set<WebhookDelivery.Endpoint>) async throws -> Timestamp?

    /// Deletes what was finished before `time`.
    ///
    /// - Parameter limit: at most so many.
    /// - Returns: how many.
    func purge(finishedBefore time: Timestamp, limit: Int) async throws -> Int
}
