import ObjectModel
import Synchronization

/// Lets whoever waits before another attempt at a region go on at once, when that region was heard of.
final class Wakeups: Sendable {
    private let waiting = Mutex<[NodeID: AsyncStream<Void>.Continuation]>([:])

    /// Ends the pause of that region, if there is one.
    func wake(_ node: NodeID) { self.waiting.withLock { $0.removeValue(forKey: node) }?.finish() }

    /// Waits until `body` is done, somebody wakes the region, or the task is cancelled.
    ///
    /// - Returns: whether somebody did.
    func pause(_ node: NodeID, _ body: @escaping @Sendable () async -> Void) async -> Bool {
        let (signal, continuation) = AsyncStream.makeStream(of: Void.self)
        self.waiting.withLock { $0[node] = continuation }
        defer { self.wake(node) }
        return await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await body()
                return false
            }
            group.addTask {
                for await _ in signal {}
                return !Task.isCancelled
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
    }
}
