import ObjectModel
import Synchronization

/// What other regions said that they hold, and which of them were heard, until it is written down. What is lost before that
/// only keeps logs longer.
final class Acknowledgements: Sendable {
    /// What one region said of one scope.
    struct Marks {
        var region: NodeID
        var scope: LogScope
        /// Of each origin, up to where it holds the log durably.
        var sequences: [NodeID: UInt64]
    }

    private struct Key: Hashable {
        var region: NodeID
        var scope: LogScope
    }

    private struct State {
        var marks: [Key: [NodeID: UInt64]] = [:]
        var heard: Set<NodeID> = []
        /// Regions that wait for news, and how many times.
        var waitingCounts: [NodeID: Int] = [:]
    }

    private let state = Mutex(State())

    /// A FETCH of `region` said so.
    func note(_ sequences: [NodeID: UInt64], of region: NodeID, in scope: LogScope) {
        self.state.withLock { state in
            state.marks[Key(region: region, scope: scope)] = sequences
            state.heard.insert(region)
        }
    }

    /// While `body` runs, `region` is there.
    func hearing(_ region: NodeID, _ body: () async throws -> Void) async rethrows {
        self.state.withLock { state in
            state.heard.insert(region)
            state.waitingCounts[region, default: 0] += 1
        }
        defer {
            self.state.withLock { state in
                let count = state.waitingCounts[region, default: 0] - 1
                state.waitingCounts[region] = count > 0 ? count : nil
            }
        }
        try await body()
    }

    /// What was said since the last call, and who was heard.
    func take() -> (marks: [Marks], heard: Set<NodeID>) {
        self.state.withLock { state in
            let marks = state.marks.map { Marks(region: $0.key.region, scope: $0.key.scope, sequences: $0.value) }
            let heard = state.heard.union(state.waitingCounts.keys)
            (state.marks, state.heard) = ([:], [])
            return (marks, heard)
        }
    }
}
