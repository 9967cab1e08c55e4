public import ObjectModel
import Synchronization

/// Tells within one process that something of a project changed: its metadata, or which objects it has.
///
/// A listener that is slow misses no change: several become one.
public final class ProjectChanges: Sendable {
    private struct State {
        var nextListener = 0
        var listeners: [ProjectID: [Int: AsyncStream<Void>.Continuation]] = [:]
    }

    private let state = Mutex(State())

    public init() {}

    public func announce(_ project: ProjectID) {
        let listeners = self.state.withLock { Array($0.listeners[project, default: [:]].values) }
        for listener in listeners { listener.yield() }
    }

    /// One element for each change from now on, or for several at once.
    public func changes(of project: ProjectID) -> AsyncStream<Void> {
        let (changes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = self.state.withLock { state in
            state.nextListener += 1
            state.listeners[project, default: [:]][state.nextListener] = continuation
            return state.nextListener
        }
        continuation.onTermination = { [weak self] _ in self?.remove(number, project) }
        return changes
    }

    private func remove(_ number: Int, _ project: ProjectID) {
        self.state.withLock { state in
            state.listeners[project]?[number] = nil
            if state.listeners[project]?.isEmpty ?? false { state.listeners[project] = nil }
        }
    }
}
