/// Every number that bounds what deliveries hold or do.
enum Limits {
    // One attempt.

    /// From the look-up of the name to the head of the answer, redirects and all.
    static let attemptTime = Duration.seconds(10)
    static let connectTime = Duration.seconds(5)
    static let lookUpTime = Duration.seconds(5)
    /// How long the rest of an answer is read, which nobody needs, so that the connection can be used again.
    static let answerBodyTime = Duration.seconds(1)
    static let answerBodyByteCountMax = 64 << 10
    /// Of one answer on the wire, head and all.
    static let answerByteCountMax = 256 << 10
    static let redirectCountMax = 2
    /// Addresses of one name that are tried one after the other.
    static let connectCountMax = 2
    /// Addresses of one name. With more, nobody checks and nobody connects.
    static let addressCountMax = 64
    /// Look-ups at a time. They are blocking calls, and each may take long.
    static let lookUpCountMax = 32
    /// Of `Retry-After`.
    static let retryAfterMax = Duration.seconds(3600)

    // Lanes.

    static let laneCountMax = 256
    static let hostLaneCountMax = 8
    static let projectLaneCountMax = 16
    /// Deliveries of one lane that are claimed together.
    static let runCountMax = 16
    /// Lanes that are claimed together.
    static let claimCountMax = 64
    /// Lanes that are remembered to wait for their turn.
    static let deferredCountMax = 4096
    /// Outcomes that are written in one transaction.
    static let settledCountMax = 512
    /// Finished deliveries that are deleted in one transaction.
    static let purgedCountMax = 500
}
