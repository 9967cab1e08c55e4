import SyncProtocol
import Synchronization

/// Holds what is sent to one peer, over all of its connections, to a schedule.
public final class Pacer: Sendable {
    /// Tells the limit of this moment, in bytes a second; `nil` when there is none.
    public typealias Limit = @Sendable () -> Int?

    private let limit: Limit
    private let start = ContinuousClock.now
    private let bucket = Mutex(TokenBucket())

    public init(limit: @escaping Limit) {
        self.limit = limit
    }

    func wait(for byteCount: Int) async throws {
        guard let rate = self.limit() else { return }
        let now = self.start.duration(to: .now)
        let delay = self.bucket.withLock { $0.take(byteCount, rate: rate, now: now) }
        if delay > .zero { try await Task.sleep(for: delay) }
    }
}

/// One pacer for each peer.
final class PacerPool: Sendable {
    /// Peers that are remembered. Whoever is forgotten starts with a full bucket.
    private static let countMax = 4_096

    private let limit: Pacer.Limit
    private let pacers = Mutex<[String: Pacer]>([:])

    init(limit: @escaping Pacer.Limit) {
        self.limit = limit
    }

    func pacer(of peer: String) -> Pacer {
        self.pacers.withLock { pacers in
            if let pacer = pacers[peer] { return pacer }
            if pacers.count >= Self.countMax { pacers.removeAll() }
            let pacer = Pacer(limit: self.limit)
            pacers[peer] = pacer
            return pacer
        }
    }
}
