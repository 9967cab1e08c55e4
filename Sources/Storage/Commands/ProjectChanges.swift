public import ObjectModel
import Synchronization

/// Tells within one process that something of a project changed: its metadata, or which objects it has.
///
/// A listener that is slow misses no change: several become one.
public final class ProjectChanges: Sendable {
    private struct State {
        /// To one project, or to all of them.
        var listeners = Listeners<ProjectID?, AsyncStream<Void>.Continuation>()
        var count: UInt64 = 0
        /// Of each project, the number of its last change, by where it came from.
        var lastChanges: [ProjectID: [NodeID?: UInt64]] = [:]
    }

    /// Names the numbering of changes, which lives as long as the process.
    public let epoch = UInt64.random(in: 1 ... .max)

    private let state = Mutex(State())

    public init() {}

    /// - Parameter source: the node that it was brought from; `nil` when it began here.
    public func announce(_ project: ProjectID, from source: NodeID? = nil) {
        let listeners = self.state.withLock { state in
            state.count += 1
            state.lastChanges[project, default: [:]][source] = state.count
            return state.listeners[project] + state.listeners[nil]
        }
        for listener in listeners { listener.yield() }
    }

    /// What changed after the change with this number, oldest change first.
    ///
    /// - Parameter source: changes that came from there are left out.
    /// - Returns: at most `limit` projects, and the number of the last change among these.
    public func news(
        after number: UInt64, limit: Int, butFrom source: NodeID? = nil
    ) -> (number: UInt64, projects: [ProjectID]) {
        let changes = self.state.withLock { state in
            state.lastChanges.compactMapValues { changes in
                changes.filter { $0.value > number && ($0.key == nil || $0.key != source) }.values.max()
            }
        }
        let first = changes.sorted { $0.value < $1.value }.prefix(limit)
        return (first.last?.value ?? number, first.map(\.key))
    }

    /// One element for each change of any project from now on, or for several at once.
    public func allChanges() -> AsyncStream<Void> { self.listen(to: nil) }

    /// One element for each change from now on, or for several at once.
    public func changes(of project: ProjectID) -> AsyncStream<Void> { self.listen(to: project) }

    private func listen(to project: ProjectID?) -> AsyncStream<Void> {
        let (changes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = self.state.withLock { $0.listeners.add(continuation, to: project) }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { $0.listeners.remove(number, from: project) }
        }
        return changes
    }
}
