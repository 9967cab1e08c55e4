import ObjectModel
import Synchronization

/// Keeps those who read a log with gaps, and who makes more of them, apart.
///
/// Somebody who reads would else get neither an operation that went meanwhile nor the one that it was written over by, which
/// came after the reading began.
final class LogAccess: Sendable {
    private struct State {
        var readerCounts: [LogScope: Int] = [:]
        /// The scopes that are compacted now, each with those who wait to read it.
        var compacted: [LogScope: [CheckedContinuation<Void, Never>]] = [:]
    }

    private let state = Mutex(State())

    /// Returns once nothing is left out of the logs of `scope`, until ``endReading(_:)``.
    func beginReading(_ scope: LogScope) async {
        await withCheckedContinuation { reader in
            let mustWait = self.state.withLock { state in
                guard state.compacted[scope] == nil else {
                    state.compacted[scope]?.append(reader)
                    return true
                }
                state.readerCounts[scope, default: 0] += 1
                return false
            }
            if !mustWait { reader.resume() }
        }
    }

    func endReading(_ scope: LogScope) {
        self.state.withLock { state in
            let count = state.readerCounts[scope, default: 0] - 1
            state.readerCounts[scope] = count > 0 ? count : nil
        }
    }

    /// Runs `body` while nobody reads.
    ///
    /// - Returns: `nil`, at once, when somebody does.
    func compacting<Result>(_ scope: LogScope, _ body: () async throws -> Result) async rethrows -> Result? {
        let mayBegin = self.state.withLock { state in
            guard state.readerCounts[scope] == nil, state.compacted[scope] == nil else { return false }
            state.compacted[scope] = []
            return true
        }
        guard mayBegin else { return nil }
        defer {
            let readers = self.state.withLock { state in
                let readers = state.compacted.removeValue(forKey: scope) ?? []
                if !readers.isEmpty { state.readerCounts[scope] = readers.count }
                return readers
            }
            for reader in readers { reader.resume() }
        }
        return try await body()
    }
}
