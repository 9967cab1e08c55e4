/// When a mail is tried again: soon at first, then at growing intervals over a day.
public struct MailSchedule: Equatable, Sendable {
    public static let standard = Self(intervals: [
        .seconds(30), .seconds(120), .seconds(600), .seconds(1800), .seconds(3600), .seconds(7200), .seconds(14_400),
        .seconds(28_800), .seconds(28_800),
    ])

    /// Between two attempts each; there is one more attempt than intervals.
    public var intervals: [Duration]

    public init(intervals: [Duration]) {
        self.intervals = intervals
    }

    /// How long to wait for the next attempt; `nil` when that was the last one.
    ///
    /// - Parameters:
    ///   - attemptCount: that were made, at least one.
    ///   - jitter: from 0 to 1: moves the time by a tenth each way, so that what failed together does not come back together.
    public func pause(after attemptCount: Int, jitter: Double) -> Duration? {
        guard attemptCount <= self.intervals.count else { return nil }
        let permille = 900 + Int(200 * min(max(jitter, 0), 1))
        return self.intervals[max(attemptCount, 1) - 1] * permille / 1000
    }
}
