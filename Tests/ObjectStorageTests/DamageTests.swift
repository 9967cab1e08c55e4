import Foundation
import ObjectModel
import Storage
import StorageTestKit
import Synchronization
import Testing

@testable import ObjectStorage

private let project = ProjectID(rawValue: "0000000001")

/// What happens when the disk lies, ends or fills up.
@Suite struct DamageTests {
    private func isCorrupt(_ error: any Error) -> Bool {
        if case StorageError.corrupt = error { true } else { false }
    }

    @Test("DAMAGE-1: a changed byte anywhere in a block is told, or changes no text", arguments: World.Kind.allCases)
    func everyByteOfABlock(_ kind: World.Kind) async throws {
        let objects = (0..<6).map { Sample.leaf($0 + 40) }
        let world = try World(kind)
        let store = try world.open()
        try await store.ingest(objects, into: project)
        try await self.damageEveryByte(of: objects, in: store, world)
    }

    @Test("DAMAGE-7: the same for a block that came without a checksum", arguments: World.Kind.allCases)
    func everyByteOfAReceivedBlock(_ kind: World.Kind) async throws {
        let objects = (0..<3).map { Sample.leaf($0) }
        var directory = BlockDirectory()
        for object in objects {
            let isInText = object.text.withUnsafeBytes { BlockDirectory.leadingID(of: $0) } == object.id
            directory.append(byteCount: UInt32(object.text.count), id: object.id, isInText: isInText)
        }
        let texts = objects.flatMap(\.text)
        let hashes = objects.map { $0.text.withUnsafeBytes { ContentHash(of: $0) } }
        var block: [UInt8] = []
        BlockHeader(
            codec: .stored, objectCount: UInt32(objects.count), rawByteCount: UInt32(texts.count),
            directoryByteCount: UInt32(directory.encoded.count), frameByteCount: UInt32(texts.count),
            contentDigest: ContentHash.digest(of: hashes)
        ).encode(into: &block)
        block += directory.encoded + texts
        let world = try World(kind)
        let store = try world.open()
        var receiver = store.receive(into: project)
        try await receiver.append(try await store.verify(block, policy: .fromNode))
        #expect(try await receiver.takeBatch().commit(joining: nil).addedCount == objects.count)
        try await self.damageEveryByte(of: objects, in: store, world)
    }

    private func damageEveryByte(of objects: [Sample], in store: BlockStore, _ world: World) async throws {
        let block = try #require(try world.manifest.blocks(after: nil).first)
        var toldCount = 0
        for offset in 0..<Int(block.location.byteCount) {
            try world.damage(at: offset)
            do {
                let texts = try await store.texts(of: objects.map(\.id), in: project)
                #expect(texts == objects.map(\.text), "byte \(offset) was changed and served")
            } catch {
                #expect(self.isCorrupt(error), "byte \(offset): \(error)")
                toldCount += 1
            }
            try world.damage(at: offset)
        }
        #expect(toldCount > Int(block.location.byteCount) / 2)
        #expect(try await store.texts(of: objects.map(\.id), in: project) == objects.map(\.text))
    }

    @Test(
        "DAMAGE-2: a changed byte in a trailer is told when the index is made from it", arguments: World.Kind.allCases)
    func everyByteOfATrailer(_ kind: World.Kind) async throws {
        let world = try World(kind)
        let objects = (0..<3).map { Sample.leaf($0) }
        try await world.open().ingest(objects, into: project)
        let block = try #require(try world.manifest.blocks(after: nil).first)
        for offset in Int(block.location.byteCount)..<Int(BlockTrailer.end(of: block)) {
            try world.damage(at: offset)
            #expect { _ = try world.open() } throws: { self.isCorrupt($0) }
            try world.damage(at: offset)
        }
        #expect(try await world.open().texts(of: objects.map(\.id), in: project) == objects.map(\.text))
    }

    @Test("DAMAGE-3: a segment that ends too early, or is gone, is told at opening")
    func truncatedSegment() async throws {
        let world = try World(.local)
        let objects = (0..<50).map { Sample.leaf($0) }
        try await world.open().ingest(objects, into: project)
        let bytes = try Data(contentsOf: world.firstSegment)
        for byteCount in [bytes.count - 1, bytes.count / 2, 1, 0] {
            try bytes.prefix(byteCount).write(to: world.firstSegment)
            #expect { _ = try world.open() } throws: { self.isCorrupt($0) }
            // Nothing was repaired by making the rest up.
            #expect(try Data(contentsOf: world.firstSegment).count == byteCount)
        }
        try FileManager.default.removeItem(at: world.firstSegment)
        #expect { _ = try world.open() } throws: { self.isCorrupt($0) }
        try bytes.write(to: world.firstSegment)
        #expect(try await world.open().texts(of: objects.map(\.id), in: project) == objects.map(\.text))
    }

    @Test("DAMAGE-4: without its index, and with a broken one, the store opens with everything")
    func lostIndex() async throws {
        let world = try World(.local)
        var random = SeededRandom(seed: 3)
        var store = try world.open()
        // Enough small objects for index runs.
        let objects = (0..<70_000).map { _ in
            let id = ObjectID(high: random.next(), low: random.next())
            return Sample(id: id, text: Array(#"{"id":"\#(id)"}"#.utf8))
        }
        try await store.ingest(objects, into: project)
        let probe = stride(from: 0, to: objects.count, by: 997).map { objects[$0] }
        let runs = try FileManager.default.contentsOfDirectory(
            at: world.indexDirectory, includingPropertiesForKeys: nil)
        #expect(!runs.isEmpty)
        for run in runs { try Data(contentsOf: run).dropLast(7).write(to: run) }
        store = try world.open()
        #expect(try await store.texts(of: probe.map(\.id), in: project) == probe.map(\.text))
        try FileManager.default.removeItem(at: world.indexDirectory)
        store = try world.open()
        #expect(try await store.texts(of: probe.map(\.id), in: project) == probe.map(\.text))
    }

    @Test(
        "DAMAGE-5: when the disk is full the error says so, nothing is half there, and later writes work",
        arguments: World.Kind.allCases, FaultySegments.Fault.allCases)
    func fullSegments(_ kind: World.Kind, _ fault: FaultySegments.Fault) async throws {
        let world = try World(kind)
        var store = try world.open()
        let before = Sample.tree(leafCount: 40, round: 1)
        let after = Sample.tree(leafCount: 40, round: 2)
        try await store.ingest(before, into: project)
        let journal = try await store.journalHead(of: project)
        world.segments.fail(fault)
        for _ in 0..<2 {
            await #expect(throws: StorageError.full) { try await store.ingest(after, into: project) }
            #expect(try await store.missing(from: after.map(\.id), in: project).count == after.count)
            #expect(try await store.journalHead(of: project) == journal)
            #expect(try await store.texts(of: before.map(\.id), in: project) == before.map(\.text))
        }
        world.segments.fail(nil)
        try await store.ingest(after, into: project)
        for _ in 0..<2 {
            for tree in [before, after] {
                #expect(try await store.texts(of: tree.map(\.id), in: project) == tree.map(\.text))
                #expect(try await store.isComplete(tree.last!.id, in: project))
            }
            store = try world.open()
        }
    }

    @Test(
        "DAMAGE-6: a project that is loaded between a commit's transaction and its end is whole",
        arguments: World.Kind.allCases)
    func loadedDuringCommit(_ kind: World.Kind) async throws {
        let world = try World(kind)
        let hook = BoundaryHook()
        world.settings.boundary = { hook.call($0) }
        let store = try world.open()
        try await store.ingest([Sample.leaf(1)], into: project)
        hook.set { boundary in
            guard boundary == .manifestCommitted else { return }
            // More projects than are kept in memory push this one out.
            for number in 0..<600 {
                _ = try? store.isCompleteNow(Sample.leaf(1).id, in: ProjectID(rawValue: "other \(number)"))
            }
            _ = try? store.withState(of: project) { state, membership in
                for extent in membership.extents { _ = state.blocks.record(of: extent) }
            }
        }
        try await store.ingest([Sample.leaf(2)], into: project)
        hook.set { _ in }
        let ids = [Sample.leaf(1).id, Sample.leaf(2).id]
        #expect(try await store.missing(from: ids, in: project).isEmpty)
        #expect(try await store.statistics(of: project).objectCount == 2)
    }
}

/// A boundary that tests fill in later.
private final class BoundaryHook: Sendable {
    private let body = Mutex<@Sendable (WriteBoundary) -> Void>({ _ in })

    func set(_ body: @escaping @Sendable (WriteBoundary) -> Void) { self.body.withLock { $0 = body } }
    func call(_ boundary: WriteBoundary) { self.body.withLock { $0 }(boundary) }
}
