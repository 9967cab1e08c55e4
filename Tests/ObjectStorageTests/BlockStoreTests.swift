import ObjectModel
import Storage
import StorageTestKit
import Testing

@testable import ObjectStorage

private let project = ProjectID(rawValue: "0000000001")
private let other = ProjectID(rawValue: "0000000002")

@Suite struct BlockStoreTests {
    @Test("STORE-1: what was put in comes out byte for byte, also after opening again", arguments: World.Kind.allCases)
    func exactBytes(_ kind: World.Kind) async throws {
        let world = try World(kind)
        var store = try world.open()
        let texts = (0..<500).map { Sample.leaf($0) }
        try await store.ingest(texts, into: project)
        for _ in 0..<2 {
            #expect(try await store.texts(of: texts.map(\.id), in: project) == texts.map(\.text))
            store = try world.open()
        }
    }

    @Test("STORE-2: the first content under an id stays", arguments: World.Kind.allCases)
    func firstContentStays(_ kind: World.Kind) async throws {
        let store = try World(kind).open()
        let first = Sample.leaf(1)
        let second = Sample(id: first.id, text: Array(#"{"id":"\#(first.id)","x":"other"}"#.utf8))
        #expect(try await store.ingest([first], into: project).addedCount == 1)
        #expect(try await store.ingest([second], into: project) == IngestSummary(addedCount: 0, skippedCount: 1))
        #expect(try await store.texts(of: [first.id], in: project) == [first.text])
    }

    @Test("STORE-3: missing tells each absent id once, in order", arguments: World.Kind.allCases)
    func missing(_ kind: World.Kind) async throws {
        let store = try World(kind).open()
        let known = Sample.leaf(1)
        try await store.ingest([known], into: project)
        let absent = [Sample.leaf(2).id, Sample.leaf(3).id]
        let asked = [absent[1], known.id, absent[0], absent[1]]
        #expect(try await store.missing(from: asked, in: project) == [absent[1], absent[0]])
    }

    @Test("STORE-4: projects do not see each other's objects, and share equal content", arguments: World.Kind.allCases)
    func projectsAreApart(_ kind: World.Kind) async throws {
        let world = try World(kind)
        let store = try world.open()
        let texts = (0..<100).map { Sample.leaf($0) }
        try await store.ingest(texts, into: project)
        #expect(try await store.missing(from: texts.map(\.id), in: other).count == 100)
        let before = try world.manifest.blocks(after: nil).count
        #expect(try await store.ingest(Array(texts[0..<40]), into: other).addedCount == 40)
        #expect(try world.manifest.blocks(after: nil).count == before)
        #expect(try await store.texts(of: [texts[3].id], in: other) == [texts[3].text])
        #expect(try await store.missing(from: [texts[50].id], in: other) == [texts[50].id])
        let slice = try #require(try await store.journal(of: other, from: 0))
        let sent = try await store.encodedBlock(of: JournalPart(slice.extents[0]).selection)
        #expect(try await store.verify(sent, policy: .fromNode).ids == texts[0..<40].map(\.id))
    }

    @Test("STORE-5: two projects may hold different content under one id", arguments: World.Kind.allCases)
    func sameIDOtherContent(_ kind: World.Kind) async throws {
        let store = try World(kind).open()
        let first = Sample.leaf(1)
        let second = Sample(id: first.id, text: Array(#"{"id":"\#(first.id)","x":"other"}"#.utf8))
        try await store.ingest([first], into: project)
        try await store.ingest([second], into: other)
        #expect(try await store.texts(of: [first.id], in: project) == [first.text])
        #expect(try await store.texts(of: [first.id], in: other) == [second.text])
    }

    @Test(
        "STORE-6: a root is complete when all that it leads to is there, whatever the order of arrival",
        arguments: World.Kind.allCases)
    func completeness(_ kind: World.Kind) async throws {
        var random = SeededRandom(seed: 7)
        for round in 0..<20 {
            let world = try World(kind)
            var store = try world.open()
            let tree = Sample.tree(leafCount: 30, round: round)
            let arrival = tree.shuffled(using: &random)
            for (index, object) in arrival.enumerated() {
                #expect(try await store.isComplete(tree.last!.id, in: project) == false)
                try await store.ingest([object], into: project)
                if index == 10 { store = try world.open() }
            }
            #expect(try await store.isComplete(tree.last!.id, in: project), "round \(round)")
            #expect(try world.manifest.waiting(in: project).isEmpty)
        }
    }

    @Test("STORE-7: a closure that lists an absent object is not complete", arguments: World.Kind.allCases)
    func closureCounts(_ kind: World.Kind) async throws {
        let store = try World(kind).open()
        let leaf = Sample.leaf(1)
        let id = Sample.leaf(2).id
        let root = Sample(
            id: id, text: Array(#"{"id":"\#(id)","__closure":{"\#(leaf.id)":1}}"#.utf8), references: [])
        try await store.ingest([root], into: project)
        #expect(try await store.isComplete(id, in: project) == false)
        try await store.ingest([leaf], into: project)
        #expect(try await store.isComplete(id, in: project))
    }

    @Test("STORE-8: a commit that fails leaves nothing, and the next one works", arguments: World.Kind.allCases)
    func failedCommit(_ kind: World.Kind) async throws {
        let world = try World(kind)
        let store = try world.open()
        world.manifest.failCommits(with: .full)
        await #expect(throws: StorageError.full) { try await store.ingest([Sample.leaf(1)], into: project) }
        #expect(try await store.missing(from: [Sample.leaf(1).id], in: project).count == 1)
        world.manifest.failCommits(with: nil)
        try await store.ingest([Sample.leaf(1)], into: project)
        #expect(try await store.texts(of: [Sample.leaf(1).id], in: project) == [Sample.leaf(1).text])
    }

    @Test("STORE-9: damaged bytes are told, never served", arguments: World.Kind.allCases)
    func damage(_ kind: World.Kind) async throws {
        let world = try World(kind)
        let store = try world.open()
        try await store.ingest((0..<50).map { Sample.leaf($0) }, into: project)
        try world.damage(at: BlockHeader.byteCount + 200)
        await #expect { try await store.texts(of: [Sample.leaf(1).id], in: project) } throws: {
            if case StorageError.corrupt = $0 { true } else { false }
        }
    }

    @Test("STORE-10: blocks travel to another store as they are", arguments: World.Kind.allCases)
    func exchange(_ kind: World.Kind) async throws {
        let source = try World(kind).open()
        let target = try World(kind).open()
        let tree = Sample.tree(leafCount: 400, round: 1)
        try await source.ingest(tree, into: project)
        let slice = try #require(try await source.journal(of: project, from: 0))
        var receiver = target.receive(into: project)
        for extent in slice.extents {
            let block = try await source.encodedBlock(of: JournalPart(extent).selection)
            try await receiver.append(try await target.verify(block, policy: .fromNode))
        }
        #expect(try await receiver.takeBatch().commit(joining: nil).addedCount == tree.count)
        #expect(try await target.isComplete(tree.last!.id, in: project))
        #expect(try await target.texts(of: tree.map(\.id), in: project) == tree.map(\.text))
    }

    @Test(
        "STORE-11: a block that is partly known is taken in part; a known one is dropped",
        arguments: World.Kind.allCases)
    func overlappingBlocks(_ kind: World.Kind) async throws {
        let source = try World(kind).open()
        let targetWorld = try World(kind)
        let target = try targetWorld.open()
        let texts = (0..<60).map { Sample.leaf($0) }
        try await source.ingest(texts, into: project)
        try await target.ingest(Array(texts[0..<20]), into: project)
        let slice = try #require(try await source.journal(of: project, from: 0))
        for expected in [40, 0] {
            var receiver = target.receive(into: project)
            for extent in slice.extents {
                let block = try await source.encodedBlock(of: JournalPart(extent).selection)
                try await receiver.append(try await target.verify(block, policy: .fromClient))
            }
            #expect(try await receiver.takeBatch().commit(joining: nil).addedCount == expected)
        }
        #expect(try await target.texts(of: texts.map(\.id), in: project) == texts.map(\.text))
        #expect(try targetWorld.manifest.blocks(after: nil).map(\.objectCount).reduce(0, +) == 60)
    }

    @Test(
        "STORE-13: while a batch becomes durable the next one comes in, and what comes in both is stored once",
        arguments: World.Kind.allCases)
    func overlappingBatches(_ kind: World.Kind) async throws {
        let source = try World(kind).open()
        let targetWorld = try World(kind)
        let target = try targetWorld.open()
        let texts = (0..<60).map { Sample.leaf($0) }
        try await source.ingest(texts, into: project)
        let slice = try #require(try await source.journal(of: project, from: 0))
        var blocks: [VerifiedBlock] = []
        for extent in slice.extents {
            blocks.append(
                try await target.verify(
                    try await source.encodedBlock(of: JournalPart(extent).selection), policy: .fromNode))
        }
        var receiver = target.receive(into: project)
        for block in blocks { try await receiver.append(block) }
        let first = receiver.takeBatch()
        for block in blocks { try await receiver.append(block) }
        #expect(try await first.commit(joining: nil) == IngestSummary(addedCount: 60, skippedCount: 0))
        #expect(try await receiver.takeBatch().commit(joining: nil) == IngestSummary(addedCount: 0, skippedCount: 60))
        #expect(try await target.texts(of: texts.map(\.id), in: project) == texts.map(\.text))
        #expect(try targetWorld.manifest.blocks(after: nil).map(\.objectCount).reduce(0, +) == 60)
    }

    @Test("STORE-15: an object that a block has twice is stored once", arguments: World.Kind.allCases)
    func twiceInABlock(_ kind: World.Kind) async throws {
        let store = try World(kind).open()
        var builder = BlockBuilder(level: 1)
        let leaves = [Sample.leaf(1), Sample.leaf(2), Sample.leaf(1)]
        for leaf in leaves {
            leaf.text.withUnsafeBytes { builder.append($0, id: leaf.id, hash: ContentHash(of: $0), references: []) }
        }
        let built = builder.finish()
        let block = try await store.verify(try #require(built).encoded, policy: .fromNode)
        var receiver = store.receive(into: project)
        for _ in 0..<2 {
            try await receiver.append(block)
            _ = try await receiver.takeBatch().commit(joining: nil)
        }
        #expect(try await store.journalHead(of: project)?.nextOrdinal == 2)
        #expect(try await store.texts(of: leaves.map(\.id), in: project) == leaves.map(\.text))
    }

    @Test("STORE-16: what somebody else stores between two batches is not stored again", arguments: World.Kind.allCases)
    func interleavedReceivers(_ kind: World.Kind) async throws {
        let store = try World(kind).open()
        let source = try World(kind).open()
        let texts = (0..<200).map { Sample.leaf($0) }
        try await source.ingest(texts, into: project)
        let slice = try #require(try await source.journal(of: project, from: 0))
        #expect(slice.extents.count > 2)
        var receivers = [store.receive(into: project), store.receive(into: project)]
        for extent in slice.extents {
            let block = try await store.verify(
                try await source.encodedBlock(of: JournalPart(extent).selection), policy: .fromNode)
            for index in receivers.indices { try await receivers[index].append(block) }
            for index in receivers.indices { _ = try await receivers[index].takeBatch().commit(joining: nil) }
        }
        #expect(try await store.journalHead(of: project)?.nextOrdinal == 200)
        #expect(try await store.texts(of: texts.map(\.id), in: project) == texts.map(\.text))
    }

    @Test("STORE-12: a block whose texts were changed is refused", arguments: World.Kind.allCases)
    func tampered(_ kind: World.Kind) async throws {
        let store = try World(kind).open()
        var builder = BlockBuilder(level: 1)
        let leaf = Sample.leaf(1)
        leaf.text.withUnsafeBytes {
            builder.append(
                $0, id: leaf.id, hash: ContentHash(of: UnsafeRawBufferPointer(rebasing: $0[1...])), references: [])
        }
        let built = builder.finish()
        let block = try #require(built).encoded
        await #expect(throws: BlockError.digestMismatch) { try await store.verify(block, policy: .fromNode) }
    }
}
