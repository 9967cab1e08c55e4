import Foundation
import Logging
import ObjectModel
import ObjectStorage
import Storage
import StorageSQLite
import StorageTestKit
import Synchronization
import Testing

@testable import Replicator

@Suite struct EdgeCacheTests {
    private static let segmentByteCountMax: UInt64 = 16 << 10
    private let directory: TemporaryDirectory
    private let database: TiebeamDatabase
    private let store: BlockStore
    private let edge: EdgeDatabase
    private let unpushed = Box<Set<ProjectID>>([])
    private let isReachable = Box(true)

    /// A value that closures share.
    private final class Box<Value: Sendable>: Sendable {
        private let content: Mutex<Value>
        init(_ value: Value) { self.content = Mutex(value) }
        var value: Value {
            get { self.content.withLock { $0 } }
            set { self.content.withLock { $0 = newValue } }
        }
    }

    init() throws {
        self.directory = try TemporaryDirectory()
        let url = self.directory.url
        self.database = try TiebeamDatabase(file: url.appendingPathComponent("tiebeam.sqlite"))
        self.store = try BlockStore(
            segments: LocalSegments(
                directory: url.appendingPathComponent("segments"), byteCountMax: Self.segmentByteCountMax),
            manifest: self.database.blockManifest(), indexDirectory: url.appendingPathComponent("index"),
            settings: BlockSettings(rawByteCountTarget: 8 << 10, level: 1))
        self.edge = try EdgeDatabase(file: url.appendingPathComponent("edge.sqlite"))
    }

    private func cache(_ byteCountMax: UInt64?, pins: [ProjectID] = []) throws -> EdgeCache {
        try EdgeCache(
            self.store, store: self.edge, byteCountMax: byteCountMax, pins: pins,
            unpushed: { [unpushed] in unpushed.value }, isRegionReachable: { [isReachable] in isReachable.value },
            logger: Logger(label: "cache") { _ in SwiftLogNoOpLogHandler() })
    }

    private static func project(_ number: Int) -> ProjectID { ProjectID(rawValue: "000000000\(number)") }
    private static func leaves(_ number: Int, _ count: Int = 500) -> [Sample] {
        (0..<count).map { Sample.leaf(number * 10_000 + $0) }
    }

    private func ingest(_ objects: [Sample], into project: ProjectID) async throws {
        var session = self.store.ingest(into: project)
        for object in objects {
            let facts = ObjectFacts(id: object.id, references: object.references, closure: [])
            try object.text.withUnsafeBytes { try session.add($0, facts) }
        }
        _ = try await session.commit()
    }

    /// Projects 0 to 4, used in the order 2, 0, 4, 1, 3. Returns how much they take.
    private func fill(_ cache: EdgeCache) async throws -> UInt64 {
        for number in 0..<5 { try await self.ingest(Self.leaves(number), into: Self.project(number)) }
        for (time, number) in [2, 0, 4, 1, 3].enumerated() {
            cache.uses.note(Self.project(number), at: Fixture.time(Int64(time)))
        }
        return self.store.storedByteCount
    }

    private func kept() async throws -> [Int] {
        try await self.store.projects().compactMap { $0.rawValue.last?.wholeNumberValue }
    }

    @Test("what was used longest ago is given up first, and no more than must be")
    func order() async throws {
        let full = try await self.fill(try self.cache(nil))
        let cache = try self.cache(full * 7 / 10)
        _ = try await self.fill(cache)
        await cache.look()
        #expect(try await self.kept() == [1, 3, 4])
        #expect(self.store.storedByteCount <= full * 7 / 10)
        #expect(await cache.status.isOverBound == false)
        for number in [1, 3, 4] {
            let leaves = Self.leaves(number)
            #expect(try await self.store.missing(from: leaves.map(\.id), in: Self.project(number)).isEmpty)
        }
    }

    @Test("without a bound nothing is given up")
    func unbounded() async throws {
        let cache = try self.cache(nil)
        _ = try await self.fill(cache)
        await cache.look()
        #expect(try await self.kept() == [0, 1, 2, 3, 4])
    }

    @Test("pinned projects, unpushed ones, those of the outbox and those that are read stay; that is said")
    func whatStays() async throws {
        let cache = try self.cache(1, pins: [Self.project(2)])
        _ = try await self.fill(cache)
        self.unpushed.value = [Self.project(0)]
        let version = QueuedVersion(
            id: VersionID(rawValue: "v"), project: Self.project(4), model: ModelID(rawValue: "m"),
            rootObject: Fixture.object(1), message: nil, sourceApplication: nil, totalChildrenCount: nil, parents: [],
            createdAt: Fixture.time(1))
        try self.edge.append(OutboxEntry(version: version, lease: []))
        let use = await cache.uses.begin(Self.project(1))
        try await self.ingest(Self.leaves(7), into: Self.project(5).uploads)
        await cache.look()
        #expect(try await self.store.projects() == [0, 1, 2, 4].map(Self.project) + [Self.project(5).uploads])
        #expect(await cache.status.isOverBound)
        withExtendedLifetime(use) {}
    }

    @Test("while no region can be reached nothing is given up, and afterwards it is")
    func regionAway() async throws {
        let cache = try self.cache(1)
        _ = try await self.fill(cache)
        self.isReachable.value = false
        await cache.look()
        #expect(try await self.kept() == [0, 1, 2, 3, 4])
        #expect(await cache.status.isOverBound)
        self.isReachable.value = true
        await cache.look()
        #expect(try await self.kept() == [])
        #expect(self.store.storedByteCount == 0)
        #expect(await cache.status.isOverBound == false)
    }

    @Test("cursors, roots and times of what is given up are forgotten")
    func traces() async throws {
        let cache = try self.cache(1)
        try await self.ingest(Self.leaves(1), into: Self.project(1))
        let metadata = self.database.metadataStore { _, _ in true }
        try await metadata.write {
            try $0.put(PeerCursor(project: Self.project(1), node: Fixture.node(1), epoch: 1, nextOrdinal: 200))
        }
        try self.edge.note(root: Fixture.object(1), of: Self.project(1), at: Fixture.time(1))
        try self.edge.note(lastUses: [Self.project(1): Fixture.time(1)])
        await cache.look()
        #expect(try await metadata.read { try $0.peerCursor(of: Fixture.node(1), in: Self.project(1)) } == nil)
        #expect(try self.edge.roots(of: Self.project(1), limit: 1) == [])
        #expect(try self.edge.lastUses() == [:])
    }

    @Test("whatever comes and is used: what is here is read byte for byte, and fits the bound", arguments: 0..<3)
    func random(_ seed: Int) async throws {
        var random = SeededRandom(seed: UInt64(seed))
        let byteCountMax: UInt64 = 100_000
        let pinned = Self.project(0)
        let cache = try self.cache(byteCountMax, pins: [pinned])
        var expected: [ProjectID: Set<Int>] = [:]
        for time in 0..<60 {
            let project = Self.project(Int.random(in: 0..<8, using: &random))
            let use = await cache.uses.begin(project)
            cache.uses.note(project, at: Fixture.time(Int64(time)))
            if Int.random(in: 0..<3, using: &random) > 0 {
                let start = Int.random(in: 0..<3_000, using: &random)
                // The pinned one alone fits.
                let numbers = start..<start + (project == pinned ? 5 : Int.random(in: 1..<150, using: &random))
                try await self.ingest(numbers.map { Sample.leaf($0) }, into: project)
                expected[project, default: []].formUnion(numbers)
            }
            withExtendedLifetime(use) {}
            await cache.look()
            let here = Set(try await self.store.projects())
            expected = expected.filter { here.contains($0.key) || $0.key == pinned }
            // What a project shares keeps blocks of others whole.
            #expect(self.store.storedByteCount <= byteCountMax + Self.segmentByteCountMax, "at \(time)")
            for (project, numbers) in expected where time % 5 == 0 {
                let leaves = numbers.sorted().map { Sample.leaf($0) }
                #expect(try await self.texts(of: leaves.map(\.id), in: project) == leaves.map(\.text), "at \(time)")
            }
        }
        #expect(expected.count > 1)
    }

    private func texts(of ids: [ObjectID], in project: ProjectID) async throws -> [[UInt8]] {
        var found: [ObjectID: [UInt8]] = [:]
        let plan = try await self.store.plan(ids, in: project)
        for read in plan.reads {
            let block = try await self.store.decode(read.block)
            for slot in read.slots { found[block.ids[Int(slot)]] = Array(block.text(at: slot)) }
        }
        return ids.map { found[$0] ?? [] }
    }
}
