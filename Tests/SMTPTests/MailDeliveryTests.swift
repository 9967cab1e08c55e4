import ObjectModel
import Testing

@testable import SMTP

@Suite struct MailDeliveryTests {
    private let start = Timestamp(millisecondsSinceEpoch: 1_000_000)

    private func settled(_ delivery: MailDelivery, _ kind: MailOutcome.Kind, at now: Timestamp) -> MailDelivery {
        delivery.settled(by: MailOutcome(kind, answer: "so"), at: now, schedule: .standard, jitter: 0.5)
    }

    @Test("a mail is tried ten times over a day")
    func retries() {
        var delivery = MailDelivery(waitingFrom: self.start)
        var now = self.start
        var pauses: [Int64] = []
        while let next = delivery.nextAttemptAt {
            if next != self.start { pauses.append((next.millisecondsSinceEpoch - now.millisecondsSinceEpoch) / 1000) }
            now = next
            delivery = self.settled(delivery, .temporary, at: now)
        }
        #expect(pauses == [30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 28_800])
        #expect(delivery.attemptCount == 10)
        #expect(delivery.state == .failed)
    }

    @Test("what a server takes or refuses is tried no more")
    func ends() {
        let delivery = MailDelivery(waitingFrom: self.start)
        for (kind, state) in [(MailOutcome.Kind.delivered, MailDelivery.State.sent), (.permanent, .failed)] {
            let ended = self.settled(delivery, kind, at: self.start)
            #expect(ended.state == state)
            #expect(ended.nextAttemptAt == nil)
            #expect(ended.answer == "so")
        }
    }

    @Test("an attempt that the program ended counts for nothing")
    func interrupted() {
        let delivery = MailDelivery(waitingFrom: self.start)
        #expect(self.settled(delivery, .interrupted, at: self.start) == delivery)
    }

    @Test("jitter moves an attempt by a tenth at most")
    func jitter() {
        let pauses = [-1, 0, 0.5, 1, 2].map { MailSchedule.standard.pause(after: 1, jitter: $0) }
        #expect(pauses == [.seconds(27), .seconds(27), .seconds(30), .seconds(33), .seconds(33)])
    }
}
