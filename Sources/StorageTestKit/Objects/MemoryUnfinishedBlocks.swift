package import ObjectModel
import Storage
import Synchronization

/// Beginnings of blocks that live as long as the process.
package final class MemoryUnfinishedBlocks: UnfinishedBlocks {
    private struct Key: Hashable {
        var project: ProjectID
        var peer: String
    }

    private let beginnings = Mutex<[Key: [UInt8]]>([:])

    package init() {}

    package func take(of project: ProjectID, from peer: String) async throws -> [UInt8]? {
        self.beginnings.withLock { $0.removeValue(forKey: Key(project: project, peer: peer)) }
    }

    package func keep(_ beginning: [UInt8], of project: ProjectID, from peer: String) async throws {
        self.beginnings.withLock { $0[Key(project: project, peer: peer)] = beginning }
    }
}
