import ObjectModel
import ObjectStorage
import Storage
import StorageTestKit
import Testing

private let project = ProjectID(rawValue: "p")

@Suite struct DeltaTests {
    private func directory(_ objects: [Sample], bases: [ObjectID?]) -> DeltaDirectory {
        DeltaDirectory(
            zip(objects, bases).map { object, base in
                DeltaDirectory.Entry(byteCount: UInt32(object.text.count), id: object.id, base: base)
            })
    }

    @Test("DELTA-5: a delta block gives the objects back, and the block that is stored")
    func roundTrip() async throws {
        let store = try World(.memory).open()
        let objects = (0..<40).map { Sample.leaf($0) }
        let directory = self.directory(objects, bases: objects.map { _ in nil })
        let prefix = (0..<40).flatMap { Sample.leaf(1_000 + $0).text }
        let block = try await store.encodeDelta(directory, texts: objects.flatMap(\.text), prefix: prefix)
        let verified = try await store.decodeDelta(block, prefix: prefix, policy: .fromNode)
        #expect(verified.ids == objects.map(\.id))
        #expect(try await store.verify(verified.encoded, policy: .fromNode).hashes == verified.hashes)
        var receiver = store.receive(into: project)
        try await receiver.append(verified)
        #expect(try await receiver.takeBatch().commit(joining: nil).addedCount == 40)
        #expect(try await store.texts(of: objects.map(\.id), in: project) == objects.map(\.text))
    }

    @Test("DELTA-6: with another prefix than the sender's nothing is rebuilt")
    func anotherPrefix() async throws {
        let store = try World(.memory).open()
        let objects = (0..<40).map { Sample.leaf($0) }
        let directory = self.directory(objects, bases: objects.map { _ in nil })
        let texts = objects.flatMap(\.text)
        let prefix = texts.map { $0 }  // A buffer of its own: zstd ignores a prefix that overlaps the texts.
        let block = try await store.encodeDelta(directory, texts: texts, prefix: prefix)
        #expect(block.count < 2_000)
        var changed = texts
        changed[changed.count / 2] ^= 1
        for prefix in [[], Array(texts.dropLast()), changed] {
            await #expect(throws: (any Error).self) {
                try await store.decodeDelta(block, prefix: prefix, policy: .fromNode)
            }
        }
        for index in stride(from: 0, to: block.count, by: 3) {
            var damaged = block
            damaged[index] ^= 0x10
            let rebuilt = try? await store.decodeDelta(damaged, prefix: prefix, policy: .fromNode)
            #expect(rebuilt == nil || rebuilt?.hashes.count == 40, "byte \(index)")
        }
    }

    @Test("DELTA-1: where blocks are stored or taken as they are, a delta block is none")
    func notStored() async throws {
        let store = try World(.memory).open()
        let objects = [Sample.leaf(1)]
        let block = try await store.encodeDelta(
            self.directory(objects, bases: [nil]), texts: objects[0].text, prefix: [])
        await #expect(throws: BlockError.unknownCodec(2)) { try await store.verify(block, policy: .fromClient) }
        await #expect(throws: BlockError.unknownCodec(1)) {
            let stored = try await store.decodeDelta(block, prefix: [], policy: .fromNode).encoded
            _ = try await store.decodeDelta(stored, prefix: [], policy: .fromNode)
        }
    }
}

/// What a reader that holds some of a journal is sent (Spec §8.7).
@Suite struct HeldTests {
    private func rest(_ store: BlockStore, _ held: HeldObjects) async throws -> [ObjectID] {
        let slice = try #require(try await store.journal(of: project, from: 0))
        var ids: [ObjectID] = []
        for part in try await store.parts(of: slice, in: project, without: held) {
            ids += try await store.ids(of: part.selection)
            let block = try await store.encodedBlock(of: part.selection)
            #expect(try await store.verify(block, policy: .fromNode).ids == ids.suffix(Int(part.selection.objectCount)))
        }
        return ids
    }

    @Test("FETCH-12: what held roots lead to stays out, a root that is not whole counts for nothing")
    func roots() async throws {
        let store = try World(.local).open()
        let first = Sample.tree(leafCount: 300, round: 1)
        let second = Sample.tree(leafCount: 300, round: 2)
        try await store.ingest(first, into: project)
        try await store.ingest(second, into: project)
        let all = try await self.rest(store, HeldObjects())
        let known = Set(first.map(\.id))
        let rest = try await self.rest(store, HeldObjects(roots: [first[first.count - 1].id]))
        // Blocks of which most is missing come whole.
        #expect(Set(rest).isSuperset(of: all.filter { !known.contains($0) }))
        #expect(rest.count < all.count)
        #expect(try await self.rest(store, HeldObjects(roots: [Sample.leaf(9_999).id])) == all)
    }

    @Test("FETCH-20: a root comes with all below it, without what is held; one that is not whole by itself")
    func below() async throws {
        let store = try World(.local).open()
        let first = Sample.tree(leafCount: 300, round: 1)
        let second = Sample.tree(leafCount: 300, round: 2)
        try await store.ingest(first, into: project)
        try await store.ingest(second, into: project)
        func ids(_ root: ObjectID, _ held: HeldObjects = HeldObjects()) async throws -> Set<ObjectID> {
            var ids: Set<ObjectID> = []
            for part in try await store.parts(below: [root], in: project, without: held) {
                ids.formUnion(try await store.ids(of: part.selection))
            }
            return ids
        }
        let roots = (first[first.count - 1].id, second[second.count - 1].id)
        #expect(try await store.ids(below: [roots.0], in: project) == Set(first.map(\.id)))
        #expect(try await ids(roots.0).isSuperset(of: first.map(\.id)))
        let added = Set(second.map(\.id)).subtracting(first.map(\.id))
        let rest = try await ids(roots.1, HeldObjects(roots: [roots.0]))
        #expect(rest.isSuperset(of: added))
        #expect(try await ids(roots.1, HeldObjects(roots: [roots.1])).isEmpty)
        #expect(try await ids(Sample.leaf(9_999).id).isEmpty)
        let waiting = Sample.tree(leafCount: 300, round: 3)
        try await store.ingest([waiting[waiting.count - 1]], into: project)
        #expect(try await ids(waiting[waiting.count - 1].id) == [waiting[waiting.count - 1].id])
    }

    @Test("FETCH-13: ordinals that are held stay out")
    func ordinals() async throws {
        let store = try World(.memory).open()
        try await store.ingest((0..<200).map { Sample.leaf($0) }, into: project)
        let all = try await self.rest(store, HeldObjects())
        let held = OrdinalSet((0..<200).filter { $0 % 2 == 0 })
        let rest = try await self.rest(store, HeldObjects(ordinals: held))
        #expect(rest == all.indices.filter { $0 % 2 == 1 }.map { all[$0] })
        #expect(try await self.rest(store, HeldObjects(ordinals: OrdinalSet(0..<200))).isEmpty)
    }
}

@Suite struct StoredBytesTests {
    @Test("STORE-14: serving a whole journal sends the bytes that are stored and compresses nothing")
    func verbatim() async throws {
        let world = try World(.memory)
        let store = try world.open()
        try await store.ingest(Sample.tree(leafCount: 400, round: 1), into: project)
        let slice = try #require(try await store.journal(of: project, from: 0))
        for extent in slice.extents {
            let block = try await store.encodedBlock(of: JournalPart(extent).selection)
            let record = try #require(try world.manifest.blocks(after: nil).first { $0.id == extent.block })
            let stored = try world.segments.read(record.location, skip: 0, byteCount: Int(record.location.byteCount))
            #expect(block == stored)
        }
    }
}
