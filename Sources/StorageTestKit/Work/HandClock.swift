package import ObjectModel
import Synchronization

/// A clock that moves only when it is told to.
package final class HandClock: Sendable {
    private let milliseconds: Mutex<Int64>

    package init(milliseconds: Int64 = 1_000_000) {
        self.milliseconds = Mutex(milliseconds)
    }

    package var now: Timestamp { Timestamp(millisecondsSinceEpoch: self.milliseconds.withLock { $0 }) }

    package func advance(by milliseconds: Int64) { self.milliseconds.withLock { $0 += milliseconds } }
    package func set(to time: Timestamp) { self.milliseconds.withLock { $0 = time.millisecondsSinceEpoch } }
}
