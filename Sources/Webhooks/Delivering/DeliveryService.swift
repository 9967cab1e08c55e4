public import Logging
public import ObjectModel
public import ServiceLifecycle
import Synchronization

/// Sends what waits for webhooks: each webhook's deliveries one by one, many webhooks at a time.
///
/// Deliveries are claimed for as long as a lease, and what became of them is written before it ends. A program that dies leaves
/// its leases behind: when they are over, the same deliveries go out again under the same ids (`docs/adr/0015-webhooks.md`).
public final class DeliveryService: Service {
    private let queue: any DeliveryQueue
    private let sender: any DeliverySending
    private let body: @Sendable (WebhookDelivery, Webhook) async -> [UInt8]
    private let logger: Logger
    private let clock: @Sendable () -> Timestamp
    private let jitter: @Sendable () -> Double
    private let times: DeliveryTimes
    private let schedule = DeliverySchedule.standard

    private let lanes = Mutex(Lanes())
    private let wakeup = Wakeup()
    private let isStopping = Atomic(false)

    /// - Parameters:
    ///   - body: what is sent for a delivery.
    ///   - jitter: a number from 0 to 1, another one each time.
    public convenience init(
        queue: any DeliveryQueue, sender: any DeliverySending,
        body: @escaping @Sendable (WebhookDelivery, Webhook) async -> [UInt8], logger: Logger,
        clock: @escaping @Sendable () -> Timestamp,
        jitter: @escaping @Sendable () -> Double = { .random(in: 0...1) }
    ) {
        self.init(
            queue: queue, sender: sender, body: body, logger: logger, clock: clock, jitter: jitter,
            times: DeliveryTimes())
    }

    init(
        queue: any DeliveryQueue, sender: any DeliverySending,
        body: @escaping @Sendable (WebhookDelivery, Webhook) async -> [UInt8], logger: Logger,
        clock: @escaping @Sendable () -> Timestamp, jitter: @escaping @Sendable () -> Double, times: DeliveryTimes
    ) {
        self.queue = queue
        self.sender = sender
        self.body = body
        self.logger = logger
        self.clock = clock
        self.jitter = jitter
        self.times = times
    }

    /// Says that something may be due now. It may be called from anywhere, and often.
    public func deliveriesAdded() { self.wakeup.signal() }

    /// Returns within some seconds after a graceful shutdown began: attempts under way have time to end.
    public func run() async throws {
        let settlements = Settlements(self.queue, times: self.times, logger: self.logger) { self.wakeup.signal() }
        await withGracefulShutdownHandler {
            await withTaskGroup { group in
                group.addTask { await settlements.run() }
                group.addTask { await self.purge() }
                await self.dispatch(settlements)
                group.cancelAll()
            }
        } onGracefulShutdown: {
            self.isStopping.store(true, ordering: .sequentiallyConsistent)
            self.wakeup.signal()
        }
    }

    /// Whether nothing more is begun.
    var isOver: Bool { self.isStopping.load(ordering: .sequentiallyConsistent) || Task.isCancelled }

    // MARK: Lanes

    private func dispatch(_ settlements: Settlements) async {
        await withDiscardingTaskGroup { group in
            while !self.isOver {
                let pause = await self.look(settlements, beginningIn: &group)
                guard !self.isOver else { break }
                await self.wakeup.wait(atMost: pause)
            }
            await self.lanesEnd(within: self.times.stopping)
            group.cancelAll()
            await self.lanesEnd(within: self.times.settling)
            settlements.giveUp()
        }
    }

    /// Begins what is due and has room.
    ///
    /// - Returns: how long nothing is due then.
    private func look(_ settlements: Settlements, beginningIn group: inout DiscardingTaskGroup) async -> Duration {
        do {
            while !self.isOver {
                let (busy, room) = self.lanes.withLock { ($0.busy(), min($0.freeCount, Limits.claimCountMax)) }
                guard room > 0 else { return self.times.lookPause }
                let now = self.clock()
                let claims = try await self.queue.claim(
                    at: now, besides: busy, count: Limits.runCountMax, limit: room, until: now + self.times.lease)
                for claim in claims {
                    let lane = Lanes.Lane(claim)
                    if self.lanes.withLock({ $0.begin(lane) }) {
                        group.addTask { await self.run(lane, claim, settlements) }
                    } else {
                        settlements.add(claim.deliveries.map(\.released))
                    }
                }
                guard claims.count == room else { return try await self.pause(besides: busy) }
            }
        } catch {
            if !self.isOver { self.logger.warning("webhooks are not sent", metadata: ["error": "\(error)"]) }
        }
        return self.times.errorPause
    }

    private func pause(besides busy: Set<WebhookDelivery.Endpoint>) async throws -> Duration {
        // Whatever begins or ends from here on signals it.
        guard let due = try await self.queue.nextDueTime(besides: busy.union(self.lanes.withLock(\.endpoints))) else {
            return self.times.lookPause
        }
        return min(max(self.clock().duration(to: due), self.times.emptyPause), self.times.lookPause)
    }

    /// Each lane signals its end.
    private func lanesEnd(within duration: Duration) async {
        let end = ContinuousClock.now + duration
        while !Task.isCancelled, !self.lanes.withLock(\.isEmpty), ContinuousClock.now < end {
            await self.wakeup.wait(atMost: ContinuousClock.now.duration(to: end))
        }
    }

    private func run(_ lane: Lanes.Lane, _ claim: DeliveryClaim, _ settlements: Settlements) async {
        let connection = self.sender.open()
        var rest = claim.deliveries[...]
        while let delivery = rest.first, self.mayBegin(delivery) {
            let outcome = await self.outcome(of: delivery, to: claim.webhook, by: connection)
            rest.removeFirst()
            settlements.add([outcome.delivery])
            if outcome.lane == .waits { break }
        }
        settlements.add(rest.map(\.released))
        await connection.close()
        // Before, the queue would give the same out again when the lease is over.
        await settlements.settled()
        self.lanes.withLock { $0.end(lane) }
        self.wakeup.signal()
    }

    private func mayBegin(_ delivery: WebhookDelivery) -> Bool {
        guard !self.isOver, let leaseEnd = delivery.leaseEnd else { return false }
        return self.clock() + self.times.sparing <= leaseEnd
    }

    private func outcome(
        of delivery: WebhookDelivery, to current: Webhook?, by connection: any DeliveryConnection
    ) async -> DeliveryOutcome {
        guard let webhook = delivery.event.webhook ?? current else {
            return DeliveryOutcome(givingUp: delivery, "The webhook is gone", at: self.clock())
        }
        guard webhook.isEnabled else {
            return DeliveryOutcome(givingUp: delivery, "The webhook is switched off", at: self.clock())
        }
        let body = await self.body(delivery, webhook)
        let signatures = DeliverySignature.headers(
            of: body, id: delivery.id, secret: webhook.secret, at: self.clock())
        let attempt = await connection.send(DeliveryRequest(url: webhook.url, signatures: signatures, body: body))
        let outcome = DeliveryOutcome(
            of: attempt, at: delivery, schedule: self.schedule, at: self.clock(), jitter: self.jitter())
        self.logger.debug(
            "a webhook was called",
            metadata: [
                "project.id": "\(delivery.endpoint.project)", "webhook.id": "\(delivery.endpoint.webhook)",
                "delivery.id": "\(delivery.id)", "outcome": "\(outcome.delivery.statusInfo)",
            ])
        return outcome
    }

    // MARK: What is over

    private func purge() async {
        while !Task.isCancelled {
            do {
                let time = self.clock() + (.zero - self.times.retention)
                while try await self.queue.purge(finishedBefore: time, limit: Limits.purgedCountMax)
                    == Limits.purgedCountMax
                {
                    try await Task.sleep(for: self.times.purgeStepPause)
                }
            } catch {
                guard !Task.isCancelled else { return }
                self.logger.warning("old deliveries of webhooks are not deleted", metadata: ["error": "\(error)"])
            }
            try? await Task.sleep(for: self.times.purgePause)
        }
    }
}

extension Timestamp {
    fileprivate func duration(to later: Timestamp) -> Duration {
        .milliseconds(later.millisecondsSinceEpoch - self.millisecondsSinceEpoch)
    }
}
