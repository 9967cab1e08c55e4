import ObjectModel
import Storage
import StorageTestKit
import Testing

@testable import ObjectStorage

@Suite struct ReclaimingPropertyTests {
    private static let segmentByteCountMax = 48 << 10

    @Test(
        "RECLAIM-13: whatever is stored, shared, moved, removed and compacted: each project has what it has, byte for byte",
        arguments: World.Kind.allCases, 0..<6)
    func random(_ kind: World.Kind, _ seed: Int) async throws {
        var random = SeededRandom(seed: UInt64(seed))
        let world = try World(kind, segmentByteCountMax: Self.segmentByteCountMax)
        var store = try world.open()
        let projects = (0..<5).map { ProjectID(rawValue: "000000000\($0)") }
        var expected: [ProjectID: Set<Int>] = [:]
        for _ in 0..<120 {
            let project = projects[Int.random(in: 0..<5, using: &random)]
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                // Numbers of one range are likely to be in other projects as well.
                let start = Int.random(in: 0..<4_000, using: &random)
                let numbers = start..<start + Int.random(in: 1..<200, using: &random)
                try await store.ingest(numbers.map { Sample.leaf($0) }, into: project)
                expected[project, default: []].formUnion(numbers)
            case 5:
                try await store.removeAll(of: project, joining: nil)
                expected[project] = nil
            case 6:
                let target = projects[Int.random(in: 0..<5, using: &random)]
                guard target != project, let head = try await store.journalHead(of: project) else { continue }
                #expect(try await store.moveAll(of: project, at: head, to: target))
                expected[target, default: []].formUnion(expected.removeValue(forKey: project) ?? [])
            case 7: store = try world.open()
            default:
                _ = try await store.compactSegments()
                try self.expectBound(store)
            }
            let some = projects[Int.random(in: 0..<5, using: &random)]
            try await self.check(store, some, has: expected[some] ?? [])
        }
        for project in projects { try await self.check(store, project, has: expected[project] ?? []) }
        #expect(try await store.verify().problems == [])
    }

    /// What is stored is at most a third more than what is needed, and a segment.
    private func expectBound(_ store: BlockStore) throws {
        let needed = store.allBlocks().reduce(0) { $0 + BlockTrailer.end(of: $1) - $1.location.offset }
        #expect(store.storedByteCount <= needed * 4 / 3 + UInt64(Self.segmentByteCountMax))
        #expect(try store.manifest.unusedBlocks() == [])
    }

    private func check(_ store: BlockStore, _ project: ProjectID, has numbers: Set<Int>) async throws {
        let leaves = numbers.sorted().map { Sample.leaf($0) }
        #expect(try await store.texts(of: leaves.map(\.id), in: project) == leaves.map(\.text))
        #expect(try await store.statistics(of: project).objectCount == leaves.count)
    }
}
