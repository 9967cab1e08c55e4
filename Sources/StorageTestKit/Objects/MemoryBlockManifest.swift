package import ObjectModel
package import Storage
import Synchronization

/// A block manifest that lives as long as the process.
package final class MemoryBlockManifest: BlockManifest {
    private struct State {
        var blocks: [BlockRecord] = []
        var lastRemoved: UInt32 = 0
        var heads: [ProjectID: JournalHead] = [:]
        var extents: [ProjectID: [Extent]] = [:]
        var waiting: [ProjectID: Set<WaitingObject>] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    package func blocks(after last: BlockID?) throws -> [BlockRecord] {
        self.state.withLock { $0.blocks.filter { block in last.map { block.id > $0 } ?? true } }
    }

    package func lastBlockNumber() throws -> UInt32 {
        self.state.withLock { max($0.blocks.last?.id.rawValue ?? 0, $0.lastRemoved) }
    }

    package func unusedBlocks() throws -> [BlockID] {
        self.state.withLock { state in
            let used = Set(state.extents.values.joined().map(\.block))
            return state.blocks.map(\.id).filter { !used.contains($0) }
        }
    }

    package func journal(of project: ProjectID) throws -> JournalHead? {
        self.state.withLock { $0.heads[project] }
    }

    package func projects() throws -> [ProjectID] {
        self.state.withLock { $0.extents.filter { !$0.value.isEmpty }.keys.sorted() }
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
            for (project, emptying) in batch.emptied {
                (state.extents[project], state.waiting[project]) = (nil, nil)
                if emptying == .journalEnds { state.heads[project] = nil }
            }
            for block in batch.moved {
                guard let place = state.blocks.firstIndex(where: { $0.id == block.id }) else { continue }
                state.blocks[place].location = block.location
            }
            state.blocks.removeAll { batch.removed.contains($0.id) }
            state.lastRemoved = max(state.lastRemoved, batch.removed.max()?.rawValue ?? 0)
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
        let used =
            (state.extents.filter { batch.emptied[$0.key] == nil }.values.joined().map(\.block))
            + batch.projects.values.flatMap(\.extents).map(\.block)
        guard Set(used).isDisjoint(with: batch.removed) else {
            throw StorageError.io("constraint failed: extents.block")
        }
    }
}
