import ObjectModel
import ObjectStorage
import Storage
import StorageTestKit
import Testing

@testable import Replicator

/// Successors are found, and what travels gives back every byte (Spec §12.8).
@Suite struct DeltaSourceTests {
    private let project = ProjectID(rawValue: "p")

    private func store() throws -> BlockStore {
        try BlockStore(
            segments: MemorySegments(), manifest: MemoryBlockManifest(), indexDirectory: nil,
            settings: BlockSettings(rawByteCountTarget: 4 << 10, level: 1))
    }

    private func ingest(_ objects: [Sample], into store: BlockStore) async throws {
        var session = store.ingest(into: self.project)
        for object in objects {
            let facts = ObjectFacts(id: object.id, references: object.references, closure: [])
            try object.text.withUnsafeBytes { try session.add($0, facts) }
        }
        _ = try await session.commit()
    }

    private func replica(_ store: BlockStore, _ roots: [ObjectID]) async throws -> Replica {
        let metadata = MemoryMetadataStore()
        try await metadata.write { [project] rows in
            try rows.put(
                Project(
                    id: project, name: "p", description: "", visibility: .private, allowPublicComments: false,
                    createdAt: Fixture.time(0), updatedAt: Fixture.time(0)))
            let model = Model(
                id: ModelID(rawValue: "m"), project: project, name: "main", description: nil, author: nil,
                createdAt: Fixture.time(0), updatedAt: Fixture.time(0))
            try rows.put(model)
            for (index, root) in roots.enumerated() {
                try rows.put(
                    Version(
                        id: VersionID(rawValue: "v\(index)"), project: project, model: model.id, root: .object(root),
                        message: nil, sourceApplication: nil, totalChildrenCount: nil, parents: [], author: nil,
                        createdAt: Fixture.time(Int64(index))))
            }
        }
        return Replica(
            metadata: metadata, blocks: store, objects: store, blobs: MemoryBlobs(),
            unfinished: MemoryUnfinishedBlocks(), changes: ProjectChanges())
    }

    /// Sends what `later` ones add to a reader that holds `first`, and compares what it rebuilds.
    ///
    /// - Returns: base of each new object, and the bytes that travelled.
    private func update(
        _ first: Building, _ later: Building..., segmentByteCountMax: Int = 1 << 20
    ) async throws -> (bases: [ObjectID: ObjectID?], byteCount: Int) {
        let (store, reader) = (try self.store(), try self.store())
        try await self.ingest(first.objects, into: store)
        try await self.ingest(first.objects, into: reader)
        let held = try #require(try await store.journalHead(of: self.project)).nextOrdinal
        for building in later { try await self.ingest(building.objects, into: store) }
        let slice = try #require(try await store.journal(of: self.project, from: held))
        let replica = try await self.replica(store, [first.root] + later.map(\.root))
        var source = try await DeltaSource(
            replica, of: self.project, slice.extents.map { JournalPart($0) }, segmentByteCountMax: segmentByteCountMax)
        var successors = IDSubstitution()
        var bases: [ObjectID: ObjectID?] = [:]
        var byteCount = 0
        var receiver = reader.receive(into: self.project)
        var ordinal = held
        while let block = try await source.next() {
            #expect(block.nextOrdinal > ordinal)
            ordinal = block.nextOrdinal
            byteCount += block.encoded.count
            let header = try #require(try block.encoded.withUnsafeBytes { try BlockHeader.parse($0) })
            guard header.codec == .delta else {
                try await receiver.append(try await reader.verify(block.encoded, policy: .fromNode))
                continue
            }
            let directory = try block.encoded.withUnsafeBytes { try DeltaDirectory.parse(block: $0, header) }
            for entry in directory.entries { bases[entry.id] = entry.base }
            successors.add(directory)
            var texts = ObjectTexts(reader, of: self.project)
            try await texts.load(directory.entries.compactMap(\.base))
            let prefix = try DeltaPrefix.make(directory, successors) { texts[$0] }
            try await receiver.append(try await reader.decodeDelta(block.encoded, prefix: prefix, policy: .fromNode))
        }
        _ = try await receiver.takeBatch().commit(joining: nil)
        #expect(ordinal == slice.head.nextOrdinal)
        var held2 = ObjectTexts(reader, of: self.project)
        for object in later.flatMap(\.objects) {
            try await held2.load([object.id])
            #expect(held2[object.id] == object.text)
        }
        return (bases, byteCount)
    }

    private func element(_ key: String, _ building: Building) throws -> ObjectID {
        try #require(
            building.objects.first { String(decoding: $0.text, as: UTF8.self).contains("\"element \(key)\"") }
        ).id
    }

    @Test("DELTA-3: an edited element, its storey and the root lean on those before them; little travels")
    func edited() async throws {
        let (first, second) = (Building(round: 1), Building(round: 2, edited: [4, 17]))
        let (bases, byteCount) = try await self.update(first, second)
        #expect(bases.count == 5)
        #expect(bases[second.root] == first.root)
        for key in ["4", "17"] { #expect(bases[try self.element(key, second)] == (try self.element(key, first))) }
        #expect(byteCount < 600)
    }

    @Test("DELTA-3: elements that come before the edited ones do not mislead the search")
    func added() async throws {
        let (first, second) = (Building(round: 1), Building(round: 2, edited: [4], added: 3))
        let bases = try await self.update(first, second).bases
        #expect(bases[try self.element("4", second)] == (try self.element("4", first)))
        for key in ["x2.0", "x2.1", "x2.2"] { #expect(bases[try self.element(key, second)] == .some(nil)) }
    }

    @Test("DELTA-3: what has no name of its own is paired in order")
    func nameless() async throws {
        let first = Building(round: 1, namesElements: false)
        let second = Building(round: 2, edited: [4, 5, 17], namesElements: false)
        let bases = try await self.update(first, second).bases
        #expect(bases.values.allSatisfy { $0 != nil })
        #expect(bases.count == 6)
    }

    @Test("DELTA-3: an update that is too long to be searched at once is searched version by version")
    func segments() async throws {
        let first = Building(round: 1)
        let (second, third) = (Building(round: 2, edited: Set(0..<30)), Building(round: 3, edited: Set(0..<30)))
        // One version and the beginning of the next one.
        let bases = try await self.update(first, second, third, segmentByteCountMax: 24 << 10).bases
        #expect(bases.count == 2 * 34)
        #expect(bases.values.allSatisfy { $0 != nil })
        for building in [second, third] {
            #expect(bases[building.root] == first.root)
            #expect(bases[try self.element("29", building)] == (try self.element("29", first)))
        }
    }

    @Test("FETCH-20: a reader that holds some versions is sent nothing that leans on another one")
    func heldVersions() {
        func version(_ number: Int, root: UInt64) -> Version {
            Version(
                id: VersionID(rawValue: "\(number)"), project: self.project, model: ModelID(rawValue: "a"),
                root: .object(Fixture.object(root)), message: nil, sourceApplication: nil, totalChildrenCount: nil,
                parents: [], author: nil, createdAt: Fixture.time(Int64(number)))
        }
        let versions = [version(1, root: 1), version(2, root: 2), version(3, root: 3)]
        let reader = DeltaReader(getting: [Fixture.object(3)], holding: [Fixture.object(1)])
        #expect(
            VersionSuccession.pairs(versions, for: reader) == [
                .init(object: Fixture.object(3), base: Fixture.object(1))
            ])
        #expect(!reader.holds(Fixture.object(2)) && !reader.holds(Fixture.object(3)))
        #expect(VersionSuccession.pairs(versions, for: DeltaReader(getting: [Fixture.object(3)], holding: [])).isEmpty)
    }

    @Test("a version of another model leans on the newest one of the project")
    func succession() {
        func version(_ number: Int, model: String, root: UInt64) -> Version {
            Version(
                id: VersionID(rawValue: "\(number)"), project: self.project, model: ModelID(rawValue: model),
                root: .object(Fixture.object(root)), message: nil, sourceApplication: nil, totalChildrenCount: nil,
                parents: [], author: nil, createdAt: Fixture.time(Int64(number)))
        }
        let versions = [
            version(1, model: "a", root: 1), version(2, model: "b", root: 2), version(3, model: "a", root: 3),
            version(4, model: "c", root: 4),
        ]
        let pairs = VersionSuccession.pairs(
            versions, for: DeltaReader(getting: [Fixture.object(3), Fixture.object(4)]))
        #expect(
            pairs == [
                .init(object: Fixture.object(3), base: Fixture.object(1)),
                .init(object: Fixture.object(4), base: Fixture.object(2)),
            ])
        #expect(
            VersionSuccession.pairs(versions, for: DeltaReader(getting: Set((1...4).map { Fixture.object($0) })))
                .isEmpty)
    }
}
