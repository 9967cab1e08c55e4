public import ObjectModel

/// Webhooks of projects, and what is on its way to them. Ids of webhooks are unique within their project only.
public protocol WebhookReading {
    func webhook(_ id: WebhookID, in project: ProjectID) throws -> Webhook?
    /// Oldest first.
    func webhooks(of project: ProjectID) throws -> [Webhook]
    /// As ``webhooks(of:)``, where there are any.
    func webhooks(ofEach projects: Set<ProjectID>) throws -> [ProjectID: [Webhook]]

    func delivery(_ id: WebhookDeliveryID) throws -> WebhookDelivery?
    /// At most `limit` to each, newest first; where there are any.
    func deliveries(toEach endpoints: Set<WebhookDelivery.Endpoint>, limit: Int) throws
        -> [WebhookDelivery.Endpoint: [WebhookDelivery]]
    func deliveryCounts(toEach endpoints: Set<WebhookDelivery.Endpoint>) throws -> [WebhookDelivery.Endpoint: Int]
    /// Oldest first.
    func unfinishedDeliveries(to endpoint: WebhookDelivery.Endpoint) throws -> [WebhookDelivery]
}

extension WebhookReading {
    /// Newest first.
    public func deliveries(to endpoint: WebhookDelivery.Endpoint, limit: Int) throws -> [WebhookDelivery] {
        try self.deliveries(toEach: [endpoint], limit: limit)[endpoint] ?? []
    }

    public func deliveryCount(to endpoint: WebhookDelivery.Endpoint) throws -> Int {
        try self.deliveryCounts(toEach: [endpoint])[endpoint] ?? 0
    }
}

/// A webhook of an absent project is an error. Deliveries stay when their webhook or its project is deleted.
/// They go where a region removes all that it has of the project.
public protocol WebhookWriting {
    /// Inserts or replaces by id.
    func put(_ webhook: Webhook) throws
    func deleteWebhook(_ id: WebhookID, in project: ProjectID) throws

    /// Inserts, or replaces by id; the place in the order of its webhook stays.
    func put(_ delivery: WebhookDelivery) throws
    func deleteDeliveries(to endpoint: WebhookDelivery.Endpoint) throws
}

/// What whoever sends deliveries asks of the store.
public protocol WebhookQueueReading {
    /// The webhooks that something may be sent to now, each with the first of what waits for it, in order.
    ///
    /// What is aside counts when it is due. Of the rest only an unbroken run from the oldest unfinished one counts, up to one
    /// that is not due or that somebody else is sending: nothing overtakes it.
    ///
    /// - Parameters:
    ///   - busy: webhooks that are left out.
    ///   - count: of deliveries for one webhook.
    ///   - limit: of webhooks; those whose oldest is oldest come first.
    func dueDeliveries(
        at now: Timestamp, besides busy: Set<WebhookDelivery.Endpoint>, count: Int, limit: Int
    ) throws -> [[WebhookDelivery]]

    /// When something unfinished is due next, or a lease ends, `busy` aside; `nil` when nothing waits.
    func nextDueTime(besides busy: Set<WebhookDelivery.Endpoint>) throws -> Timestamp?
}

public protocol WebhookQueueWriting {
    /// Deletes what was finished before `time`.
    ///
    /// - Parameter limit: at most so many.
    /// - Returns: how many.
    func deleteFinishedDeliveries(before time: Timestamp, limit: Int) throws -> Int

    /// Gives back what is being sent: whoever did so is gone.
    func endDeliveryLeases() throws
}
