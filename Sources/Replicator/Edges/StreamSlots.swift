import Synchronization

/// Bounds how many streams are open at a time; whoever comes later waits for his turn.
final class StreamSlots: Sendable {
    /// The right to one stream, until it is let go of.
    final class Slot: Sendable {
        private let slots: StreamSlots
        fileprivate init(_ slots: StreamSlots) { self.slots = slots }
        deinit { self.slots.give() }
    }

    private let state: Mutex<(freeCount: Int, waiting: [CheckedContinuation<Void, Never>])>

    init(count: Int) {
        self.state = Mutex((count, []))
    }

    func take() async -> Slot {
        await withCheckedContinuation { continuation in
            let isFree = self.state.withLock { state in
                guard state.freeCount == 0 else {
                    state.freeCount -= 1
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
        return Slot(self)
    }

    private func give() {
        let next: CheckedContinuation<Void, Never>? = self.state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.freeCount += 1
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }
}
