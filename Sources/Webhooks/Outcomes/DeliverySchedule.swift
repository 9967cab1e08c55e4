import ObjectModel

/// When a delivery is tried again: soon at first, then at growing intervals over a day.
public struct DeliverySchedule: Equatable, Sendable {
    public static let standard = Self(
        intervals: [
            .seconds(5), .seconds(30), .seconds(120), .seconds(600), .seconds(1800), .seconds(3600), .seconds(7200),
            .seconds(14_400), .seconds(28_800), .seconds(28_800),
        ],
        ageMax: .seconds(7 * 86_400))

    /// Between two attempts each; there is one more attempt than intervals.
    public var intervals: [Duration]
    /// What is older is tried no more once an attempt came to nothing. Each delivery behind one that has failed has a day of its
    /// own, so that without this bound a receiver that never comes back would keep them for ever.
    public var ageMax: Duration

    public init(intervals: [Duration], ageMax: Duration) {
        self.intervals = intervals
        self.ageMax = ageMax
    }

    /// How long to wait for the next attempt; `nil` when that was the last one.
    ///
    /// - Parameters:
    ///   - attemptCount: that were made, at least one.
    ///   - age: of the delivery.
    ///   - asked: what the receiver asked for, which lengthens the wait by an hour at most.
    ///   - jitter: from 0 to 1: moves the time by a tenth each way, so that what failed together does not come back together.
    public func pause(after attemptCount: Int, age: Duration, asked: Duration?, jitter: Double) -> Duration? {
        guard attemptCount <= self.intervals.count, age <= self.ageMax else { return nil }
        let permille = 900 + Int(200 * min(max(jitter, 0), 1))
        let pause = self.intervals[max(attemptCount, 1) - 1] * permille / 1000
        return max(pause, min(asked ?? .zero, Limits.retryAfterMax))
    }
}
