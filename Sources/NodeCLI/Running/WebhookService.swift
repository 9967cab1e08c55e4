import Logging
import Node
import ObjectModel
import ServiceLifecycle
import Storage
import Webhooks

/// Sends what this node's rows hold for webhooks, as soon as something is written.
struct WebhookService: Service {
    private let deliveries: DeliveryService
    private let metadata: MetadataService

    init(
        _ metadata: MetadataService, _ configuration: NodeConfiguration, policy: AddressPolicy, logger: Logger,
        clock: @escaping @Sendable () -> Timestamp
    ) {
        self.metadata = metadata
        self.deliveries = DeliveryService(
            queue: StoredDeliveryQueue(metadata.store),
            sender: EndpointClient(policy: policy, version: configuration.version),
            body: { delivery, webhook in
                let settings = try? await metadata.store.read { try $0.serverSettings() }
                return WebhookPayload.encode(
                    delivery, webhook: webhook,
                    server: configuration.webhookServer.named(by: settings ?? ServerSettings()))
            },
            logger: logger, clock: clock)
    }

    func run() async throws {
        let changes = self.metadata.changes.allChanges()
        // One program at a time has the data directory: what was being sent, an earlier one was sending.
        try await self.metadata.store.write { try $0.endDeliveryLeases() }
        try await withThrowingTaskGroup { group in
            group.addTask {
                for await _ in changes { self.deliveries.deliveriesAdded() }
            }
            try await self.deliveries.run()
            group.cancelAll()
        }
    }
}
