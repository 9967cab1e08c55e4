import Synchronization

/// Counts within this process.
public final class MemoryRateLimiter: RateLimiter {
    private struct Key: Hashable {
        var action: RateLimitedAction
        var source: String
    }

    private struct Counter {
        var windowStart: ContinuousClock.Instant
        var used = 0

        /// Begins a new window when the last one has ended.
        mutating func moveOn(to now: ContinuousClock.Instant, _ window: RateLimit.Window) {
            guard now >= self.end(window) else { return }
            self = Counter(windowStart: now)
        }

        func end(_ window: RateLimit.Window) -> ContinuousClock.Instant { self.windowStart + .seconds(window.seconds) }
    }

    private struct Entry {
        var regular: Counter
        var burst: Counter

        func hasEnded(at now: ContinuousClock.Instant, _ limit: RateLimit) -> Bool {
            now >= self.regular.end(limit.regular) && now >= self.burst.end(limit.burst)
        }
    }

    private let entries = Mutex<[Key: Entry]>([:])
    private let entryCountMax: Int
    private let now: @Sendable () -> ContinuousClock.Instant

    /// - Parameter entryCountMax: sources that are told apart; those beyond share their counters.
    init(entryCountMax: Int, now: @escaping @Sendable () -> ContinuousClock.Instant) {
        self.entryCountMax = entryCountMax
        self.now = now
    }

    public convenience init() { self.init(entryCountMax: Limits.rateSourceCountMax, now: { .now }) }

    public func take(_ cost: Int, of action: RateLimitedAction, by source: String) async throws -> Int {
        let (now, limit) = (self.now(), action.limit)
        return try self.entries.withLock { entries in
            let key = self.key(action, source, &entries, now)
            var entry =
                entries[key] ?? Entry(regular: Counter(windowStart: now), burst: Counter(windowStart: now))
            entry.regular.moveOn(to: now, limit.regular)
            entry.burst.moveOn(to: now, limit.burst)
            if entry.regular.used + cost <= limit.regular.count {
                entry.regular.used += cost
            } else if entry.burst.used + cost <= limit.burst.count {
                entry.burst.used += cost
            } else {
                throw RateLimitExceeded(retryAfter: now.duration(to: entry.regular.end(limit.regular)))
            }
            entries[key] = entry
            return max(limit.regular.count - entry.regular.used, limit.burst.count - entry.burst.used)
        }
    }

    /// Whom a source is counted as. When too many are told apart, those whose windows have ended are forgotten.
    private func key(
        _ action: RateLimitedAction, _ source: String, _ entries: inout [Key: Entry],
        _ now: ContinuousClock.Instant
    ) -> Key {
        let key = Key(action: action, source: source)
        guard entries[key] == nil, entries.count >= self.entryCountMax else { return key }
        entries = entries.filter { !$0.value.hasEnded(at: now, $0.key.action.limit) }
        return entries.count < self.entryCountMax ? key : Key(action: action, source: "")
    }
}
