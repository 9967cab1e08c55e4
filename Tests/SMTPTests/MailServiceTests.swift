import Logging
import ObjectModel
import Synchronization
import Testing

@testable import SMTP

/// Mails in memory.
private final class MemoryQueue: MailQueue {
    private let mails = Mutex<[String: QueuedMail]>([:])
    private let addition: AsyncStream<Void>.Continuation
    let additions: AsyncStream<Void>

    init() {
        (self.additions, self.addition) = AsyncStream.makeStream()
    }

    func add(_ id: String, to recipient: String = "ada@example.org", expiresAt: Timestamp? = nil) {
        let delivery = MailDelivery(waitingFrom: Timestamp(millisecondsSinceEpoch: 0))
        let mail = QueuedMail(
            id: id, createdAt: Timestamp(millisecondsSinceEpoch: 0), recipient: recipient, subject: id, text: id,
            html: nil, expiresAt: expiresAt, delivery: delivery)
        self.mails.withLock { $0[id] = mail }
        self.addition.yield()
    }

    func delivery(_ id: String) -> MailDelivery? { self.mails.withLock { $0[id]?.delivery } }

    func due(at now: Timestamp, besides busy: Set<String>, limit: Int) async throws -> [QueuedMail] {
        let due = self.mails.withLock { mails in
            mails.values.filter { !busy.contains($0.id) && $0.delivery.nextAttemptAt.map { $0 <= now } == true }
        }
        return Array(due.sorted { $0.id < $1.id }.prefix(limit))
    }

    func settle(_ id: String, _ delivery: MailDelivery) async throws {
        self.mails.withLock { $0[id]?.delivery = delivery }
    }
}

/// Answers as it is told, and holds mails to `held@example.org` until its task is cancelled.
private final class ScriptedTransport: MailTransport {
    struct State {
        var outcomes: [MailOutcome.Kind] = []
        var sent: [String] = []
        var count = 0
        var countMax = 0
    }
    let state = Mutex(State())

    func send(_ message: MailMessage) async -> MailOutcome {
        self.state.withLock { state in
            state.sent.append(message.id)
            state.count += 1
            state.countMax = max(state.countMax, state.count)
        }
        defer { self.state.withLock { $0.count -= 1 } }
        if message.to.address == "held@example.org" {
            try? await Task.sleep(for: .seconds(600))
            return MailOutcome(.interrupted, answer: "")
        }
        await Task.yield()
        return self.state.withLock { state in
            MailOutcome(state.outcomes.isEmpty ? .delivered : state.outcomes.removeFirst(), answer: "so")
        }
    }
}

/// Stands until it is set.
private final class ManualClock: Sendable {
    let now = Mutex(Timestamp(millisecondsSinceEpoch: 1000))
}

@Suite(.timeLimit(.minutes(1))) struct MailServiceTests {
    private let queue = MemoryQueue()
    private let transport = ScriptedTransport()
    private let clock = ManualClock()

    /// Runs the service while `body` runs.
    private func running(_ body: () async throws -> Void) async throws {
        var times = MailTimes()
        times.lookPause = .milliseconds(10)
        let service = MailService(
            queue: self.queue, transport: self.transport, sender: try #require(Mailbox("bim@example.com")),
            times: times, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            clock: { [clock] in clock.now.withLock { $0 } }, jitter: { 0.5 })
        let running = Task { await service.run() }
        try await body()
        running.cancel()
        await running.value
    }

    private func wait(until isTrue: () -> Bool) async throws {
        while !isTrue() { try await Task.sleep(for: .milliseconds(5)) }
    }

    @Test("what waits before and during the run is sent once, a few at a time")
    func all() async throws {
        for number in 0..<20 { self.queue.add("a\(number)") }
        try await self.running {
            for number in 0..<20 { self.queue.add("b\(number)") }
            try await self.wait {
                (0..<20).allSatisfy {
                    self.queue.delivery("a\($0)")?.state == .sent && self.queue.delivery("b\($0)")?.state == .sent
                }
            }
        }
        let state = self.transport.state.withLock { $0 }
        #expect(state.sent.count == 40 && Set(state.sent).count == 40)
        #expect(state.countMax <= 4)
    }

    @Test("a mail that was put off is sent when its time has come, not before")
    func later() async throws {
        self.transport.state.withLock { $0.outcomes = [.temporary] }
        self.queue.add("a")
        try await self.running {
            try await self.wait { self.queue.delivery("a")?.attemptCount == 1 }
            try await Task.sleep(for: .milliseconds(50))
            #expect(self.transport.state.withLock { $0.sent } == ["a"])
            self.clock.now.withLock { $0 = Timestamp(millisecondsSinceEpoch: 31_000) }
            try await self.wait { self.queue.delivery("a")?.state == .sent }
        }
        #expect(self.transport.state.withLock { $0.sent } == ["a", "a"])
    }

    @Test("what holds no more, or has no address that is taken, is not sent")
    func notSent() async throws {
        self.queue.add("late", expiresAt: Timestamp(millisecondsSinceEpoch: 1000))
        self.queue.add("odd", to: "ädä@example.org")
        try await self.running {
            try await self.wait {
                self.queue.delivery("late")?.state == .expired && self.queue.delivery("odd")?.state == .failed
            }
        }
        #expect(self.transport.state.withLock { $0.sent }.isEmpty)
    }

    @Test("the end interrupts an attempt, which leaves its mail waiting")
    func end() async throws {
        self.queue.add("held", to: "held@example.org")
        try await self.running {
            try await self.wait { self.transport.state.withLock { $0.count } == 1 }
            self.queue.add("next")
            try await self.wait { self.queue.delivery("next")?.state == .sent }
        }
        #expect(self.queue.delivery("held")?.state == .waiting)
        #expect(self.queue.delivery("held")?.attemptCount == 0)
    }
}
