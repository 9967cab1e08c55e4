import Synchronization

/// Bounds how many streams of one connection are served at a time, those included that the peer gave up already.
final class ServingSlots: Sendable {
    private struct State {
        var freeCount: Int
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state: Mutex<State>

    init(count: Int) {
        self.state = Mutex(State(freeCount: count))
    }

    /// Waits until one is free, or the task is cancelled. For one caller at a time.
    func take() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isFree = self.state.withLock { state in
                    guard state.freeCount == 0 else {
                        state.freeCount -= 1
                        return true
                    }
                    state.waiter = continuation
                    return false
                }
                if isFree { continuation.resume() }
            }
        } onCancel: {
            self.give()
        }
    }

    func give() {
        let waiter = self.state.withLock { state in
            guard let waiter = state.waiter else {
                state.freeCount += 1
                return CheckedContinuation<Void, Never>?.none
            }
            state.waiter = nil
            return waiter
        }
        waiter?.resume()
    }
}
