import ObjectModel
import Synchronization

/// Roots that were found to be complete. What a journal has stays for as long as the journal does, so they stay complete.
final class CompleteRoots: Sendable {
    /// All are forgotten when there would be more.
    private static let countMax = 16_384

    private struct Root: Hashable {
        var project: ProjectID
        /// Of the project's journal.
        var epoch: UInt64
        var id: ObjectID
    }

    private let roots = Mutex<Set<Root>>([])

    func contains(_ id: ObjectID, in project: ProjectID, epoch: UInt64) -> Bool {
        self.roots.withLock { $0.contains(Root(project: project, epoch: epoch, id: id)) }
    }

    func insert(_ id: ObjectID, in project: ProjectID, epoch: UInt64) {
        self.roots.withLock { roots in
            if roots.count >= Self.countMax { roots.removeAll() }
            roots.insert(Root(project: project, epoch: epoch, id: id))
        }
    }
}
