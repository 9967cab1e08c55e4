/// Spreads bytes over time. Pure: the driver waits as long as it is told.
public struct TokenBucket: Equatable, Sendable {
    /// What may be sent at once after a pause, as time at the full rate.
    private static let burst = Duration.milliseconds(100)

    /// When everything that was taken so far will have passed at its rate.
    private var emptyAt = Duration.zero

    public init() {}

    /// Takes bytes that are about to be sent.
    ///
    /// - Parameters:
    ///   - rate: in bytes a second, at least 1.
    ///   - now: on a clock that never goes back.
    /// - Returns: how long to wait before sending them.
    public mutating func take(_ byteCount: Int, rate: Int, now: Duration) -> Duration {
        let start = max(self.emptyAt, now - Self.burst)
        self.emptyAt = start + .nanoseconds(Int64(Double(byteCount) / Double(max(rate, 1)) * 1e9))
        return max(start - now, .zero)
    }
}
