package import ObjectModel
package import Storage
import Synchronization

/// A manifest whose commits fail on demand, as they do on a full disk.
package final class FaultyManifest: BlockManifest {
    private let base: any BlockManifest
    private let failure = Mutex<StorageError?>(nil)

    package init(_ base: any BlockManifest) {
        self.base = base
    }

    /// Makes every further commit fail; `nil` ends it.
    package func failCommits(with error: StorageError?) {
        self.failure.withLock { $0 = error }
    }

    package func blocks(after last: BlockID?) throws -> [BlockRecord] { try self.base.blocks(after: last) }
    package func lastBlockNumber() throws -> UInt32 { try self.base.lastBlockNumber() }
    package func unusedBlocks() throws -> [BlockID] { try self.base.unusedBlocks() }
    package func journal(of project: ProjectID) throws -> JournalHead? { try self.base.journal(of: project) }
    package func projects() throws -> [ProjectID] { try self.base.projects() }
    package func extents(of project: ProjectID) throws -> [Extent] { try self.base.extents(of: project) }
    package func waiting(in project: ProjectID) throws -> [WaitingObject] { try self.base.waiting(in: project) }

    package func commit(_ batch: ManifestBatch, joining: (@Sendable (any MetadataWriting) throws -> Void)?) throws {
        if let failure = self.failure.withLock({ $0 }) { throw failure }
        try self.base.commit(batch, joining: joining)
    }
}
