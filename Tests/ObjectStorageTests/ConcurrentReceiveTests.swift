import ObjectModel
import ObjectStorage
import Storage
import StorageTestKit
import Testing

private let project = ProjectID(rawValue: "0000000001")

/// Several deliveries into one project at the same time, as a copy from several nodes makes them.
@Suite struct ConcurrentReceiveTests {
    /// Many small blocks of a tree, as another node has them.
    private static func delivery(leafCount: Int) async throws -> (tree: [Sample], blocks: [VerifiedBlock]) {
        let world = try World(.memory)
        world.settings.rawByteCountTarget = 2 << 10
        let source = try world.open()
        let tree = Sample.tree(leafCount: leafCount, round: 1)
        try await source.ingest(tree, into: project)
        var blocks: [VerifiedBlock] = []
        for extent in try #require(try await source.journal(of: project, from: 0)).extents {
            let encoded = try await source.encodedBlock(of: JournalPart(extent).selection)
            blocks.append(try await source.verify(encoded, policy: .fromNode))
        }
        return (tree, blocks)
    }

    /// The project has each object of `tree` once, in a journal without gaps.
    private static func expectWhole(_ store: BlockStore, _ tree: [Sample]) async throws {
        let slice = try #require(try await store.journal(of: project, from: 0))
        var ids: [ObjectID] = []
        var next: UInt64 = 0
        for extent in slice.extents {
            #expect(extent.firstOrdinal == next)
            next += UInt64(extent.objectCount)
            ids += try await store.ids(of: JournalPart(extent).selection)
        }
        #expect(slice.head.nextOrdinal == next && ids.count == tree.count)
        #expect(Set(ids) == Set(tree.map(\.id)))
        #expect(try await store.texts(of: tree.map(\.id), in: project) == tree.map(\.text))
        #expect(try await store.isComplete(tree.last!.id, in: project))
    }

    @Test("STORE-17: receivers whose steps interleave store each object once", arguments: 0..<40 as Range<UInt64>)
    func schedules(seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        func below(_ count: Int) -> Int { Int(random.next() % UInt64(count)) }
        let (tree, blocks) = try await Self.delivery(leafCount: 60 + below(100))
        let world = try World(.memory)
        var store = try world.open()
        var receivers = (0..<(2 + below(4))).map { _ in store.receive(into: project) }
        // Each gets a part of its own and some of what others get.
        var work = receivers.indices.map { index in
            blocks.indices.filter { $0 % receivers.count == index || below(3) == 0 }[...]
        }
        var batches: [(receiver: Int, batch: any BlockBatch)] = []
        while !work.allSatisfy(\.isEmpty) || !batches.isEmpty {
            let index = below(receivers.count)
            switch below(4) {
            case 0 where !batches.contains { $0.receiver == index }:
                batches.append((index, receivers[index].takeBatch()))
            case 1 where !batches.isEmpty:
                _ = try await batches.remove(at: below(batches.count)).batch.commit(joining: nil)
            default:
                guard let block = work[index].popFirst() else { continue }
                try await receivers[index].append(blocks[block])
            }
        }
        for index in receivers.indices { _ = try await receivers[index].takeBatch().commit(joining: nil) }
        try await Self.expectWhole(store, tree)
        store = try world.open()
        try await Self.expectWhole(store, tree)
    }

    @Test("STORE-17: receivers that run at the same time store each object once", arguments: World.Kind.allCases)
    func concurrent(_ kind: World.Kind) async throws {
        let (tree, blocks) = try await Self.delivery(leafCount: 400)
        let world = try World(kind)
        var store = try world.open()
        try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<6 {
                group.addTask { [store] in
                    var receiver = store.receive(into: project)
                    var addedCount = 0
                    for (index, block) in blocks.enumerated() where (index + number) % 3 > 0 {
                        try await receiver.append(block)
                        guard index % 4 == number % 4 else { continue }
                        addedCount += try await receiver.takeBatch().commit(joining: nil).addedCount
                    }
                    return addedCount + (try await receiver.takeBatch().commit(joining: nil).addedCount)
                }
            }
            var addedCount = 0
            for try await count in group { addedCount += count }
            #expect(addedCount == tree.count, "each object is new to one receiver")
        }
        try await Self.expectWhole(store, tree)
        store = try world.open()
        try await Self.expectWhole(store, tree)
    }

    @Test("STORE-17: batches are in the journal in the order of their commits, whatever was appended first")
    func order() async throws {
        let (_, blocks) = try await Self.delivery(leafCount: 100)
        let store = try World(.memory).open()
        var batches: [any BlockBatch] = []
        for block in blocks.reversed() {
            var receiver = store.receive(into: project)
            try await receiver.append(block)
            batches.append(receiver.takeBatch())
        }
        for batch in batches.reversed() { _ = try await batch.commit(joining: nil) }
        let extents = try #require(try await store.journal(of: project, from: 0)).extents
        var ids: [ObjectID] = []
        for extent in extents { ids += try await store.ids(of: JournalPart(extent).selection) }
        #expect(ids == blocks.flatMap(\.ids))
    }

    @Test("STORE-18: ranges of a journal part its extents", arguments: World.Kind.allCases)
    func ranges(_ kind: World.Kind) async throws {
        let store = try World(kind).open()
        for first in stride(from: 0, to: 900, by: 90) {
            try await store.ingest((first..<(first + 90)).map { Sample.leaf($0) }, into: project)
        }
        let whole = try #require(try await store.journal(of: project, from: 0))
        var random = SeededRandom(seed: 3)
        for _ in 0..<50 {
            var extents: [Extent] = []
            var objectCount = 0
            var first: UInt64 = 0
            while first < 900 {
                let end = first + 1 + random.next() % 200
                let slice = try await store.journal(of: project, within: first..<end)
                #expect(slice.head == whole.head)
                #expect(slice.extents.allSatisfy { (first..<end).contains($0.firstOrdinal) })
                #expect(slice.objectCount == slice.extents.reduce(0) { $0 + Int($1.objectCount) })
                extents += slice.extents
                objectCount += slice.objectCount
                first = end
            }
            #expect(extents == whole.extents && objectCount == 900)
        }
        for range in [900..<901, 5_000..<(1 << 60)] as [Range<UInt64>] {
            #expect(try await store.journal(of: project, within: range).extents.isEmpty)
        }
        #expect(try await store.journal(of: ProjectID(rawValue: "0000000002"), within: 0..<5).extents.isEmpty)
    }
}
