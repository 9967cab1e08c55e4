import Logging
import ObjectModel
import Storage
import StorageTestKit
import Testing

@testable import Webhooks

@Suite struct StoredDeliveryQueueTests {
    private let store = MemoryMetadataStore()
    private let webhook = Webhook.example()
    private let leaseEnd = Timestamp.start + .seconds(60)

    private func queue(_ ids: [String]) async throws -> StoredDeliveryQueue {
        try await self.store.write { [webhook] rows in
            try rows.put(webhook.delivery("none").event.project)
            try rows.put(webhook)
            for id in ids { try rows.put(webhook.delivery(id)) }
        }
        return StoredDeliveryQueue(self.store)
    }

    private func claim(_ queue: StoredDeliveryQueue, at now: Timestamp = .start) async throws -> [DeliveryClaim] {
        try await queue.claim(at: now, besides: [], count: 2, limit: 5, until: now + .seconds(60))
    }

    private func delivery(_ id: String) async throws -> WebhookDelivery? {
        try await self.store.read { try $0.delivery(WebhookDeliveryID(rawValue: id)) }
    }

    @Test("What is claimed is being sent until its lease is over")
    func claims() async throws {
        let queue = try await self.queue(["0", "1", "2"])
        #expect(try await queue.nextDueTime(besides: []) == .start)
        #expect(try await queue.nextDueTime(besides: [self.webhook.endpoint]) == nil)
        let claims = try await self.claim(queue)
        #expect(claims.count == 1 && claims.first?.webhook == self.webhook)
        #expect(claims.first?.deliveries.map(\.id.rawValue) == ["0", "1"])
        let first = try #require(await self.delivery("0"))
        #expect(first.status == .sending && first.leaseEnd == self.leaseEnd && claims.first?.deliveries.first == first)
        // Nothing overtakes what is being sent.
        #expect(try await self.claim(queue).isEmpty)
        #expect(try await queue.nextDueTime(besides: []) == self.leaseEnd)
        let again = try await self.claim(queue, at: self.leaseEnd)
        #expect(again.first?.deliveries.map(\.id.rawValue) == ["0", "1"])
    }

    @Test("Outcomes count under their lease only, and what is not there any more stays away")
    func outcomes() async throws {
        let queue = try await self.queue(["0", "1"])
        let claimed = try #require(try await self.claim(queue).first?.deliveries)
        var delivered = claimed[0]
        delivered.status = .delivered
        delivered.statusInfo = "Delivered"
        var late = claimed[1]
        late.status = .delivered
        late.leaseEnd = .start
        var gone = self.webhook.delivery("gone")
        gone.status = .delivered
        try await queue.settle([delivered, late, gone])
        let kept = try #require(await self.delivery("0"))
        #expect(kept.status == .delivered && kept.statusInfo == "Delivered" && kept.leaseEnd == nil)
        #expect(try await self.delivery("1") == claimed[1])
        #expect(try await self.delivery("gone") == nil)
        try await queue.settle([claimed[1].released])
        #expect(try await self.delivery("1") == self.webhook.delivery("1"))
        // Once settled, it is nobody's.
        try await queue.settle([claimed[0].released])
        #expect(try await self.delivery("0") == kept)
        #expect(try await queue.purge(finishedBefore: .start + .seconds(1), limit: 5) == 1)
        #expect(try await self.delivery("0") == nil)
    }

    @Test("The service empties it")
    func service() async throws {
        let ids = (0..<40).map { "\($0)" }
        let queue = try await self.queue(ids)
        let sender = ScriptedSender()
        let service = DeliveryService(
            queue: queue, sender: sender, body: { ScriptedSender.body($0, $1) }, logger: Logger(label: "test"),
            clock: { .start })
        let running = Task { try await service.run() }
        #expect(await eventually { (try? await queue.nextDueTime(besides: [])) == .some(nil) })
        running.cancel()
        try await running.value
        #expect(sender.sent.map(\.id) == ids)
        #expect(try await self.delivery("39")?.status == .delivered)
    }
}
