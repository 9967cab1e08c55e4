import Synchronization

/// Numbers drawn from a seed, for ids that repeat themselves.
package final class SeededNumbers: Sendable {
    private let random: Mutex<SeededRandom>

    package init(seed: UInt64) {
        self.random = Mutex(SeededRandom(seed: seed))
    }

    package func next() -> UInt64 { self.random.withLock { $0.next() } }
}
