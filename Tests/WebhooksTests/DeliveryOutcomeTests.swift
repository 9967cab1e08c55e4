import ObjectModel
import Testing

@testable import Webhooks

@Suite struct DeliveryOutcomeTests {
    @Test("Attempts go on for a day, at growing intervals, and then end")
    func schedule() {
        let schedule = DeliverySchedule.standard
        let pauses = (1...10).map { schedule.pause(after: $0, age: .zero, asked: nil, jitter: 0.5) }
        #expect(pauses == [5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 28_800].map { .seconds($0) })
        #expect(pauses.compactMap { $0 }.reduce(.zero, +) == .seconds(85_355))
        #expect(schedule.pause(after: 11, age: .zero, asked: .seconds(1), jitter: 0.5) == nil)
        #expect(schedule.pause(after: 3, age: .zero, asked: nil, jitter: 0) == .seconds(108))
        #expect(schedule.pause(after: 3, age: .zero, asked: nil, jitter: 1) == .seconds(132))
        #expect(schedule.pause(after: 1, age: .seconds(7 * 86_400), asked: nil, jitter: 0.5) == .seconds(5))
        #expect(schedule.pause(after: 1, age: .seconds(7 * 86_400 + 1), asked: nil, jitter: 0.5) == nil)
    }

    @Test("What a receiver asks for lengthens a wait, up to an hour, and never shortens one")
    func asked() {
        func pause(_ count: Int, _ asked: Int64) -> Duration? {
            DeliverySchedule.standard.pause(after: count, age: .zero, asked: .seconds(asked), jitter: 0.5)
        }
        #expect(pause(1, 0) == .seconds(5) && pause(1, 60) == .seconds(60) && pause(1, 3600) == .seconds(3600))
        #expect(pause(1, 3601) == .seconds(3600) && pause(1, 1 << 40) == .seconds(3600))
        #expect(pause(9, 3600) == .seconds(28_800))
    }

    @Test("Retry-After has two forms, and anything else counts for nothing")
    func retryAfter() {
        // 1994-11-06 08:49:37 is 784111777 (date -d … +%s).
        let now = Timestamp(millisecondsSinceEpoch: 784_111_700_500)
        func duration(_ text: String) -> Duration? { RetryAfter.duration(text, at: now) }
        #expect(duration("0") == .zero && duration("120") == .seconds(120) && duration(" 7 ") == .seconds(7))
        #expect(duration("99999999999999999999") == .seconds(1 << 32))
        #expect(duration("Sun, 06 Nov 1994 08:49:37 GMT") == .milliseconds(76_500))
        #expect(duration("Sun, 06 Nov 1994 08:40:00 GMT") == .zero)
        // date -u -d '2028-02-29 23:59:59' +%s, and the day after.
        let leap = Timestamp(millisecondsSinceEpoch: 1_835_481_599_000)
        #expect(RetryAfter.duration("Tue, 29 Feb 2028 23:59:59 GMT", at: leap) == .zero)
        #expect(RetryAfter.duration("Wed, 01 Mar 2028 00:00:00 GMT", at: leap) == .seconds(1))
        for text in [
            "", " ", "-1", "1.5", "0x10", "soon", "١٢", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
            "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
            "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nox 1994 08:49:37 GMT", "Sun, 32 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1960 08:49:37 GMT", String(repeating: "1", count: 41),
        ] {
            #expect(duration(text) == nil, "\(text)")
        }
    }

    @Test("Every status delivers, holds up, or goes aside", arguments: 100..<600)
    func statuses(_ status: Int) {
        let outcome = self.outcome(.answered(status: status, retryAfter: nil))
        #expect(outcome.delivery.attemptCount == 1 && outcome.delivery.updatedAt == self.now)
        #expect(!outcome.delivery.statusInfo.isEmpty && outcome.delivery.statusInfo.utf8.count < 100)
        switch status {
        case 200..<300:
            #expect(outcome.delivery.status == .delivered && outcome.lane == .goesOn && !outcome.delivery.isAside)
        case 408, 425, 429, 500...:
            #expect(outcome.delivery.status == .pending && outcome.lane == .waits && !outcome.delivery.isAside)
            #expect(outcome.delivery.nextAttemptAt == self.now + .seconds(5))
        default:
            #expect(outcome.delivery.status == .pending && outcome.lane == .goesOn && outcome.delivery.isAside)
            #expect(outcome.delivery.nextAttemptAt == self.now + .seconds(5))
        }
    }

    @Test("Whoever cannot be reached holds up; what may not be sent goes aside; both say why")
    func withoutAnswer() {
        var texts: Set<String> = []
        for trouble in Attempt.Trouble.allCases {
            let outcome = self.outcome(.unreachable(trouble))
            #expect(outcome.lane == .waits && outcome.delivery.status == .pending && !outcome.delivery.isAside)
            texts.insert(outcome.delivery.statusInfo)
        }
        for refusal in Attempt.Refusal.allCases {
            let outcome = self.outcome(.refused(refusal))
            #expect(outcome.lane == .goesOn && outcome.delivery.status == .pending && outcome.delivery.isAside)
            texts.insert(outcome.delivery.statusInfo)
        }
        #expect(texts.count == Attempt.Trouble.allCases.count + Attempt.Refusal.allCases.count)
    }

    @Test("What is aside stays there, and what goes out at last is delivered")
    func aside() {
        var delivery = self.delivery
        delivery = self.outcome(.answered(status: 400, retryAfter: nil), delivery).delivery
        delivery = self.outcome(.answered(status: 503, retryAfter: "60"), delivery).delivery
        #expect(delivery.isAside && delivery.attemptCount == 2)
        #expect(delivery.nextAttemptAt == self.now + .seconds(60))
        #expect(self.outcome(.answered(status: 204, retryAfter: nil), delivery).delivery.status == .delivered)
    }

    @Test("After the last attempt a delivery has failed", arguments: [400, 503])
    func last(_ status: Int) {
        var delivery = self.delivery
        for _ in 0..<10 {
            delivery = self.outcome(.answered(status: status, retryAfter: nil), delivery).delivery
            #expect(delivery.status == .pending)
        }
        let outcome = self.outcome(.answered(status: status, retryAfter: nil), delivery)
        #expect(outcome.delivery.status == .failed && outcome.delivery.attemptCount == 11)
        #expect(outcome.lane == (status == 503 ? .waits : .goesOn))
    }

    @Test("What was interrupted is as before, and its lease says whose it was")
    func interrupted() {
        var delivery = self.delivery
        delivery.statusInfo = "before"
        let outcome = self.outcome(.interrupted, delivery)
        delivery.status = .pending
        #expect(outcome.delivery == delivery && outcome.lane == .waits && outcome.delivery.leaseEnd != nil)
    }

    private let now = Timestamp.start + .seconds(1)

    private var delivery: WebhookDelivery {
        var delivery = Webhook.example().delivery("1")
        delivery.status = .sending
        delivery.leaseEnd = self.now + .seconds(60)
        return delivery
    }

    private func outcome(_ attempt: Attempt, _ delivery: WebhookDelivery? = nil) -> DeliveryOutcome {
        DeliveryOutcome(of: attempt, at: delivery ?? self.delivery, at: self.now, jitter: 0.5)
    }
}
