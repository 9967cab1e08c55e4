package import Storage
import ObjectModel
import Synchronization

/// What every block manifest must do, in memory or in a database.
package enum ManifestConformance {
    package typealias Check = ConformanceCheck<any BlockManifest>
    package typealias JoinedCheck = ConformanceCheck<(any BlockManifest, any MetadataStore)>

    private static let first: ProjectID = Fixture.id(1)
    private static let second: ProjectID = Fixture.id(2)

    private static func block(_ id: UInt32, offset: UInt64 = 0) -> BlockRecord {
        BlockRecord(
            id: BlockID(rawValue: id), location: SegmentLocation(segment: 1, offset: offset, byteCount: 100 + id),
            objectCount: 9, rawByteCount: 1000)
    }

    private static func extent(_ ordinal: UInt64, _ block: UInt32, slots: SlotSet = .all, count: UInt32 = 9) -> Extent {
        Extent(firstOrdinal: ordinal, block: BlockID(rawValue: block), slots: slots, objectCount: count)
    }

    private static func change(
        _ next: UInt64, epoch: UInt64 = 7, _ extents: [Extent] = [], waiting: [WaitingObject] = [],
        completed: [ObjectID] = []
    ) -> ManifestBatch.ProjectChange {
        ManifestBatch.ProjectChange(
            head: JournalHead(epoch: epoch, nextOrdinal: next), extents: extents, startedWaiting: waiting,
            completed: completed)
    }

    private static func wait(_ waiter: UInt64, for missing: UInt64) -> WaitingObject {
        WaitingObject(waiter: Fixture.object(waiter), missing: Fixture.object(missing))
    }

    private static func commit(_ batch: ManifestBatch, to manifest: any BlockManifest) throws {
        try manifest.commit(batch, joining: nil)
    }

    package static let all: [Check] = [
        Check("MANIFEST-1: a fresh manifest is empty") { manifest in
            try expect(manifest.blocks(after: nil), equals: [])
            try expect(manifest.blocks(after: BlockID(rawValue: .max)), equals: [])
            try expect(manifest.journal(of: Self.first), equals: nil)
            try expect(manifest.extents(of: Self.first), equals: [])
            try expect(manifest.waiting(in: Self.first), equals: [])
            try Self.commit(ManifestBatch(), to: manifest)
            try expect(manifest.journal(of: Self.first), equals: nil)
        },
        Check("MANIFEST-2: blocks come back field by field, by id, after the one that is named") { manifest in
            let large = BlockRecord(
                id: BlockID(rawValue: 3),
                location: SegmentLocation(segment: .max, offset: UInt64(Int64.max), byteCount: .max),
                objectCount: .max, rawByteCount: .max)
            try Self.commit(ManifestBatch(blocks: [Self.block(1), Self.block(2, offset: 200)]), to: manifest)
            try Self.commit(ManifestBatch(blocks: [large]), to: manifest)
            let all = [Self.block(1), Self.block(2, offset: 200), large]
            try expect(manifest.blocks(after: nil), equals: all)
            try expect(manifest.blocks(after: BlockID(rawValue: 1)), equals: Array(all[1...]))
            try expect(manifest.blocks(after: BlockID(rawValue: 3)), equals: [])
        },
        Check("MANIFEST-3: extents come back field by field, by first ordinal, each project's own") { manifest in
            let part = Self.extent(9, 1, slots: .some([0b1010_0001, 1]), count: 4)
            try Self.commit(
                ManifestBatch(
                    blocks: [Self.block(1), Self.block(2)],
                    projects: [
                        Self.first: Self.change(9, [Self.extent(0, 2)]), Self.second: Self.change(4, [part]),
                    ]), to: manifest)
            try Self.commit(
                ManifestBatch(projects: [Self.first: Self.change(13, [part, Self.extent(11, 1)])]), to: manifest)
            let extents = [Self.extent(0, 2), part, Self.extent(11, 1)]
            try expect(manifest.extents(of: Self.first), equals: extents)
            try expect(manifest.extents(of: Self.second), equals: [part])
        },
        Check("MANIFEST-4: a journal stands where its last commit left it, whatever its epoch") { manifest in
            try Self.commit(
                ManifestBatch(projects: [Self.first: Self.change(5, epoch: .max), Self.second: Self.change(1)]),
                to: manifest)
            try expect(manifest.journal(of: Self.first), equals: JournalHead(epoch: .max, nextOrdinal: 5))
            try Self.commit(
                ManifestBatch(projects: [Self.first: Self.change(UInt64(Int64.max), epoch: 1 << 63)]), to: manifest)
            let head = JournalHead(epoch: 1 << 63, nextOrdinal: UInt64(Int64.max))
            try expect(manifest.journal(of: Self.first), equals: head)
            try expect(manifest.journal(of: Self.second), equals: JournalHead(epoch: 7, nextOrdinal: 1))
        },
        Check("MANIFEST-5: who waits is listed until what it waits for is complete, in its project only") { manifest in
            let rows = [Self.wait(1, for: 9), Self.wait(2, for: 9), Self.wait(1, for: 8)]
            try Self.commit(
                ManifestBatch(projects: [
                    Self.first: Self.change(2, waiting: rows), Self.second: Self.change(1, waiting: [rows[0]]),
                ]), to: manifest)
            try expect(Set(manifest.waiting(in: Self.first)), equals: Set(rows))
            try Self.commit(
                ManifestBatch(projects: [
                    Self.first: Self.change(3, waiting: [Self.wait(5, for: 4)], completed: [Fixture.object(9)])
                ]), to: manifest)
            try expect(Set(manifest.waiting(in: Self.first)), equals: [rows[2], Self.wait(5, for: 4)])
            try expect(manifest.waiting(in: Self.second), equals: [rows[0]])
        },
        Check("MANIFEST-6: what is completed and started in one batch: the old rows go, the new ones stay") {
            manifest in
            let batch = ManifestBatch(projects: [Self.first: Self.change(1, waiting: [Self.wait(1, for: 9)])])
            try Self.commit(batch, to: manifest)
            let both = Self.change(2, waiting: [Self.wait(2, for: 9)], completed: [Fixture.object(9)])
            try Self.commit(ManifestBatch(projects: [Self.first: both]), to: manifest)
            try expect(manifest.waiting(in: Self.first), equals: [Self.wait(2, for: 9)])
        },
        Check("MANIFEST-7: a batch that breaks a rule changes nothing") { manifest in
            try Self.commit(
                ManifestBatch(blocks: [Self.block(1)], projects: [Self.first: Self.change(9, [Self.extent(0, 1)])]),
                to: manifest)
            let broken = [
                // The block is there already; the ordinal is taken; the block of an extent is nowhere.
                ManifestBatch(blocks: [Self.block(2), Self.block(1)], projects: [Self.first: Self.change(18)]),
                ManifestBatch(
                    blocks: [Self.block(2)], projects: [Self.first: Self.change(18, [Self.extent(0, 2)])]),
                ManifestBatch(
                    blocks: [Self.block(2)], projects: [Self.first: Self.change(18, [Self.extent(9, 3)])]),
            ]
            for batch in broken {
                try expectError("\(batch)") { try Self.commit(batch, to: manifest) }
                try expect(manifest.blocks(after: nil), equals: [Self.block(1)])
                try expect(manifest.journal(of: Self.first), equals: JournalHead(epoch: 7, nextOrdinal: 9))
                try expect(manifest.extents(of: Self.first), equals: [Self.extent(0, 1)])
            }
        },
        Check("MANIFEST-10: a project that is emptied has nothing, others have what they had") { manifest in
            try Self.commit(Self.twoProjects, to: manifest)
            try Self.commit(ManifestBatch(emptied: [Self.first: .journalEnds]), to: manifest)
            try expect(manifest.journal(of: Self.first), equals: nil)
            try expect(manifest.extents(of: Self.first), equals: [])
            try expect(manifest.waiting(in: Self.first), equals: [])
            try expect(manifest.journal(of: Self.second), equals: JournalHead(epoch: 7, nextOrdinal: 9))
            try expect(manifest.extents(of: Self.second), equals: [Self.extent(0, 2)])
            try expect(manifest.waiting(in: Self.second), equals: [Self.wait(1, for: 9)])
            try Self.commit(ManifestBatch(emptied: [Self.second: .journalGoesOn]), to: manifest)
            try expect(manifest.journal(of: Self.second), equals: JournalHead(epoch: 7, nextOrdinal: 9))
            try expect(manifest.extents(of: Self.second), equals: [])
            try expect(manifest.waiting(in: Self.second), equals: [])
        },
        Check("MANIFEST-11: blocks are unused when no project has anything of them, and can be removed then only") {
            manifest in
            try Self.commit(Self.twoProjects, to: manifest)
            try expect(manifest.unusedBlocks(), equals: [BlockID(rawValue: 3)])
            try expect(manifest.projects(), equals: [Self.first, Self.second])
            try Self.commit(ManifestBatch(emptied: [Self.first: .journalEnds]), to: manifest)
            try expect(manifest.projects(), equals: [Self.second])
            try expect(manifest.unusedBlocks(), equals: [BlockID(rawValue: 1), BlockID(rawValue: 3)])
            try expectError("block 2 is used") {
                try Self.commit(
                    ManifestBatch(removed: [BlockID(rawValue: 1), BlockID(rawValue: 2)]), to: manifest)
            }
            try expect(manifest.blocks(after: nil).count, equals: 3)
            try Self.commit(ManifestBatch(removed: [BlockID(rawValue: 3), BlockID(rawValue: 1)]), to: manifest)
            try expect(manifest.blocks(after: nil), equals: [Self.block(2)])
            try expect(manifest.unusedBlocks(), equals: [])
        },
        Check("MANIFEST-12: the last number of a block is remembered when the block is gone") { manifest in
            try expect(manifest.lastBlockNumber(), equals: 0)
            try Self.commit(ManifestBatch(blocks: [Self.block(1), Self.block(5)]), to: manifest)
            try expect(manifest.lastBlockNumber(), equals: 5)
            try Self.commit(ManifestBatch(removed: [BlockID(rawValue: 5)]), to: manifest)
            try Self.commit(ManifestBatch(removed: [BlockID(rawValue: 1)]), to: manifest)
            try expect(manifest.lastBlockNumber(), equals: 5)
            try Self.commit(ManifestBatch(blocks: [Self.block(6)]), to: manifest)
            try expect(manifest.lastBlockNumber(), equals: 6)
        },
        Check("MANIFEST-13: a block that is moved is at its new place, and nothing else of it changes") { manifest in
            try Self.commit(Self.twoProjects, to: manifest)
            var moved = Self.block(2)
            moved.location = SegmentLocation(segment: 4, offset: 77, byteCount: moved.location.byteCount)
            try Self.commit(ManifestBatch(moved: [moved]), to: manifest)
            try expect(manifest.blocks(after: nil), equals: [Self.block(1), moved, Self.block(3)])
            try expect(manifest.extents(of: Self.second), equals: [Self.extent(0, 2)])
        },
    ]

    /// The first has block 1, the second block 2, and nobody has block 3.
    private static let twoProjects = ManifestBatch(
        blocks: [Self.block(1), Self.block(2), Self.block(3)],
        projects: [
            Self.first: Self.change(9, [Self.extent(0, 1)], waiting: [Self.wait(1, for: 9)]),
            Self.second: Self.change(9, [Self.extent(0, 2)], waiting: [Self.wait(1, for: 9)]),
        ])

    /// For manifests that share their transactions with a metadata store.
    package static let joined: [JoinedCheck] = [
        JoinedCheck("MANIFEST-8: metadata that joins a commit is written with it") { manifest, metadata in
            let seen = Mutex<Int?>(nil)
            try manifest.commit(ManifestBatch(blocks: [Self.block(1)])) { rows in
                try rows.put(Fixture.project(1))
                try rows.append(Fixture.operation(1))
                seen.withLock { $0 = 1 }
            }
            try expect(seen.withLock { $0 }, equals: 1)
            try expect(try await metadata.read { try $0.project(Self.first) }, equals: Fixture.project(1))
            try expect(manifest.blocks(after: nil), equals: [Self.block(1)])
        },
        JoinedCheck("MANIFEST-9: metadata that fails takes the whole commit with it, and its error is told") {
            manifest, metadata in
            struct Stop: Error {}
            do {
                let change = Self.change(9, [Self.extent(0, 1)])
                try manifest.commit(ManifestBatch(blocks: [Self.block(1)], projects: [Self.first: change])) { rows in
                    try rows.put(Fixture.project(1))
                    throw Stop()
                }
                try expect(false, "the error was lost")
            } catch is Stop {}
            try expect(try await metadata.read { try $0.project(Self.first) }, equals: nil)
            try expect(manifest.blocks(after: nil), equals: [])
            try expect(manifest.journal(of: Self.first), equals: nil)
        },
    ]
}
