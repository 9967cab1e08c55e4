public import ObjectModel

/// How far a mail is on its way.
public struct MailDelivery: Equatable, Sendable, Codable {
    public enum State: String, Sendable, Codable {
        case waiting
        case sent
        /// The server does not take it, or was asked often enough.
        case failed
        /// What it says holds no more: it is not sent late.
        case expired
    }

    public private(set) var state = State.waiting
    public private(set) var attemptCount = 0
    /// While it waits.
    public private(set) var nextAttemptAt: Timestamp?
    /// When the last attempt ended, or the mail was given up.
    public private(set) var changedAt: Timestamp?
    /// What came of the last attempt.
    public private(set) var answer: String?

    /// A mail that waits from now on.
    public init(waitingFrom now: Timestamp) {
        self.nextAttemptAt = now
    }

    /// The same mail after an attempt.
    public func settled(
        by outcome: MailOutcome, at now: Timestamp, schedule: MailSchedule, jitter: Double
    ) -> Self {
        // The next start tries again; nobody learned anything.
        guard outcome.kind != .interrupted else { return self }
        var settled = self
        settled.attemptCount += 1
        settled.answer = outcome.answer
        settled.changedAt = now
        settled.nextAttemptAt = nil
        switch outcome.kind {
        case .delivered: settled.state = .sent
        case .permanent: settled.state = .failed
        case .temporary, .interrupted:
            if let pause = schedule.pause(after: settled.attemptCount, jitter: jitter) {
                settled.nextAttemptAt = now + pause
            } else {
                settled.state = .failed
            }
        }
        return settled
    }

    /// The same mail once it holds no more.
    public func expired(at now: Timestamp) -> Self {
        var expired = self
        expired.state = .expired
        expired.changedAt = now
        expired.nextAttemptAt = nil
        return expired
    }
}
