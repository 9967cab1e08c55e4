package import ObjectModel
package import Storage
import Synchronization

/// A block manifest that lives as long as the process.
package final class MemoryBlockManifest: BlockManifest {
    private struct State {
        var blocks: [BlockRecord] = []
        var heads: [ProjectID: JournalHead] = [:]
        var extents: [ProjectID: [Extent]] = [:]
        var waiting: [ProjectID: Set<WaitingObject>] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    package func blocks(after last: BlockID?) throws -> [BlockRecord] {
        self.state.withLock { $0.blocks.filter { block in last.map { block.id > $0 } ?? true } }
    }

    package func journal(of project: ProjectID) throws -> JournalHead? {
        self.state.withLock { $0.heads[project] }
    }

    package func extents(of project: ProjectID) throws -> [Extent] {
        self.state.withLock { $0.extents[project] ?? [] }
    }

    package func waiting(in project: ProjectID) throws -> [WaitingObject] {
        self.state.withLock { Array($0.waiting[project] ?? []) }
    }

    package func commit(_ batch: ManifestBatch, joining: (@Sendable (any MetadataWriting) throws -> Void)?) throws {
        precondition(joining == nil, "this manifest stands alone")
        try self.state.withLock { state in
            try Self.check(batch, against: state)
            state.blocks += batch.blocks
            for (project, change) in batch.projects {
                state.heads[project] = change.head
                state.extents[project, default: []] += change.extents
                let gone = Set(change.completed)
                var rows = state.waiting[project, default: []].filter { !gone.contains($0.missing) }
                rows.formUnion(change.startedWaiting)
                state.waiting[project] = rows
            }
        }
    }

    /// What a database states as constraints.
    private static func check(_ batch: ManifestBatch, against state: State) throws {
        let present = state.blocks.map(\.id) + batch.blocks.map(\.id)
        guard Set(present).count == present.count else { throw StorageError.io("constraint failed: blocks.id") }
        for (project, change) in batch.projects {
            let ordinals = (state.extents[project, default: []] + change.extents).map(\.firstOrdinal)
            guard Set(ordinals).count == ordinals.count else {
                throw StorageError.io("constraint failed: extents.first_ordinal")
            }
            guard change.extents.allSatisfy({ present.contains($0.block) }) else {
                throw StorageError.io("constraint failed: extents.block")
            }
        }
    }
}
