public import ObjectModel

/// What an attempt means for its delivery, and for those behind it.
public struct DeliveryOutcome: Equatable, Sendable {
    public enum Lane: Sendable {
        /// The next one may go.
        case goesOn
        /// Nothing goes to this webhook before the delivery is tried again.
        case waits
    }

    /// As it is now. Its lease is still the one that it was tried under: by that its queue knows that it counts.
    public var delivery: WebhookDelivery
    public var lane: Lane

    public init(
        of attempt: Attempt, at delivery: WebhookDelivery, schedule: DeliverySchedule = .standard, at now: Timestamp,
        jitter: Double
    ) {
        guard attempt != .interrupted else {
            self.init(delivery.released, lane: .waits)
            return
        }
        var tried = delivery
        tried.attemptCount += 1
        tried.updatedAt = now
        tried.statusInfo = Self.text(attempt)
        if case .answered(200..<300, _) = attempt {
            tried.status = .delivered
            self.init(tried, lane: .goesOn)
            return
        }
        let holdsUp = Self.holdsUp(attempt)
        let age = Duration.milliseconds(now.millisecondsSinceEpoch - delivery.createdAt.millisecondsSinceEpoch)
        let asked = Self.retryAfter(attempt).flatMap { RetryAfter.duration($0, at: now) }
        if let pause = schedule.pause(after: tried.attemptCount, age: age, asked: asked, jitter: jitter) {
            tried.status = .pending
            tried.nextAttemptAt = now + pause
            // What was refused once stays aside: those behind it have overtaken it.
            tried.isAside = tried.isAside || !holdsUp
        } else {
            tried.status = .failed
        }
        // The receiver is in trouble, so that the next one would meet the same now.
        self.init(tried, lane: holdsUp ? .waits : .goesOn)
    }

    private init(_ delivery: WebhookDelivery, lane: Lane) {
        self.delivery = delivery
        self.lane = lane
    }

    /// Nobody is there to be told.
    ///
    /// - Parameter reason: one sentence for people.
    init(givingUp delivery: WebhookDelivery, _ reason: String, at now: Timestamp) {
        var failed = delivery
        failed.status = .failed
        failed.statusInfo = reason
        failed.updatedAt = now
        self.init(failed, lane: .goesOn)
    }

    /// Whether the receiver is in trouble, rather than unwilling to take this delivery.
    private static func holdsUp(_ attempt: Attempt) -> Bool {
        switch attempt {
        case .answered(let status, _): (500..<600).contains(status) || [408, 425, 429].contains(status)
        case .unreachable: true
        case .refused, .interrupted: false
        }
    }

    private static func retryAfter(_ attempt: Attempt) -> String? {
        guard case .answered(_, let text) = attempt else { return nil }
        return text
    }

    /// For people who have to do with the project: nothing of this node's inside, and nothing that the receiver wrote.
    private static func text(_ attempt: Attempt) -> String {
        switch attempt {
        case .answered(200..<300, _): "Delivered"
        case .answered(300..<400, _): "The receiver redirects in a way that deliveries do not follow"
        case .answered(410, _): "The receiver takes no more deliveries (410)"
        case .answered(let status, _): "The receiver answered with status \(status)"
        case .unreachable(.unknownName): "The receiver's name is unknown"
        case .unreachable(.noConnection): "The receiver cannot be reached"
        case .unreachable(.noTrust): "The receiver's certificate is not trusted"
        case .unreachable(.noAnswer): "The receiver did not answer in time"
        case .unreachable(.connectionLost): "The connection ended without an answer"
        case .refused(.invalidAddress): "The webhook's address is not valid"
        case .refused(.forbiddenAddress): "The receiver's address is not allowed here"
        case .refused(.tooManyRedirects): "The receiver redirects too often"
        case .refused(.invalidRedirect): "The receiver redirects to an address that is not valid"
        case .refused(.unsafeRedirect): "The receiver redirects to an address without encryption"
        case .interrupted: ""
        }
    }
}

extension WebhookDelivery {
    /// As it was before it was claimed.
    var released: Self {
        var released = self
        released.status = .pending
        return released
    }
}
