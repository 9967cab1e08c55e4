import ObjectModel
import Synchronization

/// Roots that were found to be complete. Nothing of a project is ever removed, so they stay complete.
final class CompleteRoots: Sendable {
    /// All are forgotten when there would be more.
    private static let countMax = 16_384

    private struct Root: Hashable {
        var project: ProjectID
        var id: ObjectID
    }

    private let roots = Mutex<Set<Root>>([])

    func contains(_ id: ObjectID, in project: ProjectID) -> Bool {
        self.roots.withLock { $0.contains(Root(project: project, id: id)) }
    }

    func insert(_ id: ObjectID, in project: ProjectID) {
        self.roots.withLock { roots in
            if roots.count >= Self.countMax { roots.removeAll() }
            roots.insert(Root(project: project, id: id))
        }
    }
}
