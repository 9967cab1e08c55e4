import Synchronization

/// Bounds how many answers are made at a time that hold much of a project in memory.
final class ServingBudget: Sendable {
    private let freeCount: Mutex<Int>

    init(count: Int) {
        self.freeCount = Mutex(count)
    }

    /// Runs `body` if there is room for it now; `nil` when there is none.
    func spend<Result>(_ body: () async throws -> Result) async rethrows -> Result? {
        let isFree = self.freeCount.withLock { count in
            guard count > 0 else { return false }
            count -= 1
            return true
        }
        guard isFree else { return nil }
        defer { self.freeCount.withLock { $0 += 1 } }
        return try await body()
    }
}
