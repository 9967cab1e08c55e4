import Logging
import ObjectModel
import Synchronization

/// Writes what became of deliveries: what comes at about the same time in one transaction, in the order in which it came.
final class Settlements: Sendable {
    private struct State {
        var waiting: [WebhookDelivery] = []
        var addedCount = 0
        var settledCount = 0
        /// Who waits until so many are settled.
        var waiters: [(count: Int, waiter: CheckedContinuation<Void, Never>)] = []
        var isGivenUp = false

        mutating func takeWaiters() -> [CheckedContinuation<Void, Never>] {
            let isGivenUp = self.isGivenUp
            let settledCount = self.settledCount
            let over = self.waiters.filter { isGivenUp || $0.count <= settledCount }
            self.waiters.removeAll { isGivenUp || $0.count <= settledCount }
            return over.map(\.waiter)
        }
    }

    private let queue: any DeliveryQueue
    private let times: DeliveryTimes
    private let logger: Logger
    private let state = Mutex(State())
    private let wakeup = Wakeup()
    private let onSettled: @Sendable () -> Void

    init(
        _ queue: any DeliveryQueue, times: DeliveryTimes, logger: Logger, onSettled: @escaping @Sendable () -> Void
    ) {
        self.queue = queue
        self.times = times
        self.logger = logger
        self.onSettled = onSettled
    }

    func add(_ outcomes: [WebhookDelivery]) {
        guard !outcomes.isEmpty else { return }
        self.state.withLock { state in
            state.waiting += outcomes
            state.addedCount += outcomes.count
        }
        self.wakeup.signal()
    }

    /// Returns when everything that was added before is settled, or never will be.
    func settled() async {
        await withCheckedContinuation { waiter in
            let waiters = self.state.withLock { state in
                state.waiters.append((state.addedCount, waiter))
                return state.takeWaiters()
            }
            for waiter in waiters { waiter.resume() }
        }
    }

    /// What is not settled by now is left to its lease.
    func giveUp() {
        let waiters = self.state.withLock { state in
            state.isGivenUp = true
            return state.takeWaiters()
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Returns when the task is cancelled, after one more attempt at what waits.
    func run() async {
        while true {
            let batch = self.state.withLock { Array($0.waiting.prefix(Limits.settledCountMax)) }
            if batch.isEmpty {
                if Task.isCancelled { break }
                await self.wakeup.wait()
                try? await Task.sleep(for: self.times.gathering)
                continue
            }
            do {
                try await self.queue.settle(batch)
                self.ended(batch)
            } catch {
                self.logger.warning("outcomes of webhooks are not written", metadata: ["error": "\(error)"])
                if Task.isCancelled { break }
                try? await Task.sleep(for: self.times.errorPause)
            }
        }
        self.giveUp()
    }

    private func ended(_ batch: [WebhookDelivery]) {
        let waiters = self.state.withLock { state in
            state.waiting.removeFirst(batch.count)
            state.settledCount += batch.count
            return state.takeWaiters()
        }
        for waiter in waiters { waiter.resume() }
        self.onSettled()
    }
}
