import ObjectModel
import Synchronization

/// Which projects somebody reads or brings now, and when each was used last.
///
/// A project is not given up while it is used, and whoever wants to use it then waits until it is gone.
final class ProjectUses: Sendable {
    /// Keeps a project until it is let go of.
    final class Use: Sendable {
        private let uses: ProjectUses
        private let project: ProjectID

        fileprivate init(_ uses: ProjectUses, _ project: ProjectID) {
            self.uses = uses
            self.project = project
        }

        deinit { self.uses.end(self.project) }
    }

    private struct State {
        var counts: [ProjectID: Int] = [:]
        /// Those that are being given up, and who waits for that.
        var leaving: [ProjectID: [CheckedContinuation<Void, Never>]] = [:]
        var times: [ProjectID: Timestamp] = [:]
        /// Those whose times were not noted yet.
        var changed: Set<ProjectID> = []
    }

    private let state: Mutex<State>

    init(times: [ProjectID: Timestamp]) {
        self.state = Mutex(State(times: times))
    }

    func begin(_ project: ProjectID) async -> Use {
        while true {
            let isFree = self.state.withLock { state in
                guard state.leaving[project] == nil else { return false }
                state.counts[project, default: 0] += 1
                return true
            }
            if isFree { return Use(self, project) }
            await self.untilLeft(project)
        }
    }

    private func untilLeft(_ project: ProjectID) async {
        await withCheckedContinuation { continuation in
            let isLeaving = self.state.withLock { state in
                guard state.leaving[project] != nil else { return false }
                state.leaving[project]?.append(continuation)
                return true
            }
            if !isLeaving { continuation.resume() }
        }
    }

    private func end(_ project: ProjectID) {
        self.state.withLock { state in
            let count = state.counts[project, default: 0]
            state.counts[project] = count > 1 ? count - 1 : nil
        }
    }

    /// Runs `body`, which gives the project up, unless somebody uses it.
    ///
    /// - Returns: whether `body` ran.
    func giveUp(_ project: ProjectID, _ body: () async throws -> Void) async rethrows -> Bool {
        let isFree = self.state.withLock { state in
            guard state.counts[project] == nil, state.leaving[project] == nil else { return false }
            state.leaving[project] = []
            return true
        }
        guard isFree else { return false }
        defer {
            let waiting = self.state.withLock { $0.leaving.removeValue(forKey: project) }
            for continuation in waiting ?? [] { continuation.resume() }
        }
        try await body()
        self.state.withLock { state in
            state.times[project] = nil
            state.changed.remove(project)
        }
        return true
    }

    /// Somebody asked for objects of the project, or gave some.
    func note(_ project: ProjectID, at time: Timestamp) {
        self.state.withLock { state in
            state.times[project] = time
            state.changed.insert(project)
        }
    }

    /// `nil` when it is not known.
    func lastUse(of project: ProjectID) -> Timestamp? { self.state.withLock { $0.times[project] } }

    /// Uses that were not taken before.
    func takeChanges() -> [ProjectID: Timestamp] {
        self.state.withLock { state in
            defer { state.changed = [] }
            return state.times.filter { state.changed.contains($0.key) }
        }
    }
}
