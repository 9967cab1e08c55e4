import Foundation
import ObjectModel
import Storage
import StorageTestKit
import Testing

@testable import ObjectStorage

private let project = ProjectID(rawValue: "0000000001")
private let other = ProjectID(rawValue: "0000000002")

@Suite struct ReclaimingTests {
    /// Segments of a few blocks each.
    private func world(_ kind: World.Kind) throws -> World { try World(kind, segmentByteCountMax: 64 << 10) }

    @Test("RECLAIM-1: what a project had is gone, and comes again as new", arguments: World.Kind.allCases)
    func removal(_ kind: World.Kind) async throws {
        let world = try self.world(kind)
        var store = try world.open()
        let tree = Sample.tree(leafCount: 60, round: 1)
        try await store.ingest(tree, into: project)
        let head = try #require(try await store.journalHead(of: project))
        #expect(try await store.isComplete(tree.last!.id, in: project))
        try await store.removeAll(of: project, joining: nil)
        for _ in 0..<2 {
            #expect(try await store.missing(from: tree.map(\.id), in: project).count == tree.count)
            #expect(try await store.isComplete(tree.last!.id, in: project) == false)
            #expect(try await store.journalHead(of: project) == nil)
            store = try world.open()
        }
        // The root alone is not complete, although it once was.
        try await store.ingest([tree.last!], into: project)
        #expect(try await store.isComplete(tree.last!.id, in: project) == false)
        try await store.ingest(tree, into: project)
        #expect(try await store.isComplete(tree.last!.id, in: project))
        #expect(try await store.texts(of: tree.map(\.id), in: project) == tree.map(\.text))
        #expect(try await store.journalHead(of: project)?.epoch != head.epoch)
    }

    @Test(
        "RECLAIM-2: compaction frees the room of what nobody has; what others have is read byte for byte",
        arguments: World.Kind.allCases)
    func compaction(_ kind: World.Kind) async throws {
        let world = try self.world(kind)
        var store = try world.open()
        let kept = (0..<300).map { Sample.leaf($0) }
        for start in stride(from: 0, to: 300, by: 30) {
            try await store.ingest(Array(kept[start..<start + 30]), into: other)
            try await store.ingest((0..<120).map { Sample.leaf(10_000 + start * 10 + $0) }, into: project)
        }
        // Of what goes, a part is shared.
        let shared = (0..<20).map { Sample.leaf(10_000 + $0) }
        try await store.ingest(shared, into: other)
        let before = store.storedByteCount
        try await store.removeAll(of: project, joining: nil)
        let summary = try await store.compactSegments()
        #expect(summary.removedBlockCount > 10)
        #expect(summary.removedSegmentCount > 2)
        #expect(store.storedByteCount < before * 2 / 5)
        #expect(try await store.compactSegments() == SegmentCompactionSummary())
        for _ in 0..<2 {
            let all = kept + shared
            #expect(try await store.texts(of: all.map(\.id), in: other) == all.map(\.text))
            #expect(try await store.verify().problems == [])
            store = try world.open()
        }
        #expect(store.storedByteCount < before * 2 / 5)
    }

    @Test(
        "RECLAIM-3: a read that was planned ends well, and its room is free afterwards", arguments: World.Kind.allCases)
    func readersInFlight(_ kind: World.Kind) async throws {
        let store = try self.world(kind).open()
        let leaves = (0..<400).map { Sample.leaf($0) }
        try await store.ingest(leaves, into: project)
        var plan: ReadPlan? = try await store.plan(leaves.map(\.id), in: project)
        try await store.removeAll(of: project, joining: nil)
        _ = try await store.compactSegments()
        var found: [ObjectID: [UInt8]] = [:]
        for read in plan?.reads ?? [] {
            let block = try await store.decode(read.block)
            for slot in read.slots { found[block.ids[Int(slot)]] = Array(block.text(at: slot)) }
        }
        #expect(leaves.map { found[$0.id] } == leaves.map(\.text))
        let block = try #require(plan?.reads.first).block
        plan = nil
        _ = try await store.compactSegments()
        #expect(store.storedByteCount == 0)
        await #expect(throws: StorageError.io("block \(block.rawValue) was given up meanwhile")) {
            try await store.decode(block)
        }
    }

    @Test(
        "RECLAIM-4: an upload that counts on another project's content has it, although that project went meanwhile",
        arguments: World.Kind.allCases)
    func sharingInFlight(_ kind: World.Kind) async throws {
        let world = try self.world(kind)
        var store = try world.open()
        let leaves = (0..<200).map { Sample.leaf($0) }
        try await store.ingest(leaves, into: project)
        var session = store.ingest(into: other)
        for leaf in leaves {
            try leaf.text.withUnsafeBytes {
                try session.add($0, ObjectFacts(id: leaf.id, references: [], closure: []))
            }
        }
        try await store.removeAll(of: project, joining: nil)
        _ = try await store.compactSegments()
        #expect(try await session.commit().addedCount == 200)
        for _ in 0..<2 {
            #expect(try await store.texts(of: leaves.map(\.id), in: other) == leaves.map(\.text))
            store = try world.open()
        }
    }

    @Test("RECLAIM-5: an upload that is under way loses nothing to compaction", arguments: World.Kind.allCases)
    func uploadsInFlight(_ kind: World.Kind) async throws {
        let world = try self.world(kind)
        var store = try world.open()
        let leaves = (0..<1_000).map { Sample.leaf($0) }
        var session = store.ingest(into: project)
        for (index, leaf) in leaves.enumerated() {
            try leaf.text.withUnsafeBytes {
                try session.add($0, ObjectFacts(id: leaf.id, references: [], closure: []))
            }
            if index % 100 == 0 {
                try await session.flush()
                _ = try await store.compactSegments()
            }
        }
        #expect(try world.manifest.blocks(after: nil).isEmpty)
        _ = try await store.compactSegments()
        _ = try await session.commit()
        for _ in 0..<2 {
            #expect(try await store.texts(of: leaves.map(\.id), in: project) == leaves.map(\.text))
            store = try world.open()
        }
    }

    @Test("RECLAIM-6: bytes of an upload that failed are given up", arguments: World.Kind.allCases)
    func failedUpload(_ kind: World.Kind) async throws {
        let world = try self.world(kind)
        let store = try world.open()
        world.manifest.failCommits(with: .full)
        await #expect(throws: StorageError.full) {
            try await store.ingest((0..<1_000).map { Sample.leaf($0) }, into: project)
        }
        world.manifest.failCommits(with: nil)
        #expect(store.storedByteCount > 0)
        _ = try await store.compactSegments()
        #expect(store.storedByteCount == 0)
    }

    @Test("RECLAIM-7: numbers of blocks are never given again", arguments: World.Kind.allCases)
    func numbers(_ kind: World.Kind) async throws {
        let world = try self.world(kind)
        var store = try world.open()
        var last: UInt32 = 0
        for round in 0..<3 {
            try await store.ingest((0..<50).map { Sample.leaf(round * 100 + $0) }, into: project)
            let numbers = try world.manifest.blocks(after: nil).map(\.id.rawValue)
            #expect(numbers.allSatisfy { $0 > last })
            last = try #require(numbers.last)
            try await store.removeAll(of: project, joining: nil)
            _ = try await store.compactSegments()
            #expect(try world.manifest.blocks(after: nil).isEmpty)
            store = try world.open()
        }
    }

    @Test("RECLAIM-8: when the manifest refuses, nothing is given up, and the next compaction does it")
    func refusal() async throws {
        let world = try self.world(.local)
        let store = try world.open()
        let kept = (0..<60).map { Sample.leaf($0) }
        try await store.ingest(kept, into: other)
        try await store.ingest((0..<60).map { Sample.leaf(1_000 + $0) }, into: project)
        try await store.removeAll(of: project, joining: nil)
        let before = store.storedByteCount
        world.manifest.failCommits(with: .full)
        await #expect(throws: StorageError.full) { try await store.compactSegments() }
        world.manifest.failCommits(with: nil)
        #expect(store.storedByteCount == before)
        #expect(try await store.texts(of: kept.map(\.id), in: other) == kept.map(\.text))
        #expect(try await store.compactSegments().removedBlockCount > 0)
        #expect(store.storedByteCount < before)
        #expect(try await store.texts(of: kept.map(\.id), in: other) == kept.map(\.text))
    }

    @Test(
        "RECLAIM-9: objects that are read while their blocks are moved are never missing",
        arguments: World.Kind.allCases)
    func concurrentReaders(_ kind: World.Kind) async throws {
        let store = try self.world(kind).open()
        let kept = (0..<200).map { Sample.leaf($0) }
        for start in stride(from: 0, to: 200, by: 10) {
            try await store.ingest(Array(kept[start..<start + 10]), into: other)
            try await store.ingest((0..<60).map { Sample.leaf(5_000 + start * 10 + $0) }, into: project)
        }
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    var count = 0
                    while !Task.isCancelled {
                        let texts = try await store.texts(of: kept.map(\.id), in: other)
                        #expect(texts == kept.map(\.text))
                        count += 1
                    }
                    return count
                }
            }
            for round in 0..<12 {
                try await store.removeAll(of: project, joining: nil)
                _ = try await store.compactSegments()
                try await store.ingest((0..<300).map { Sample.leaf(9_000 + round * 400 + $0) }, into: project)
                try await store.ingest([Sample.leaf(100_000 + round)], into: other)
            }
            group.cancelAll()
            for try await count in group { #expect(count > 0) }
        }
    }

    @Test("RECLAIM-14: who knows the old place of a block finds it at the new one", arguments: World.Kind.allCases)
    func movedWhileRead(_ kind: World.Kind) async throws {
        let world = try self.world(kind)
        let store = try world.open()
        try await store.ingest((0..<20).map { Sample.leaf($0) }, into: other)
        try await store.ingest((100..<300).map { Sample.leaf($0) }, into: project)
        let read = try #require(try await store.plan([Sample.leaf(3).id], in: other).reads.first)
        let (reached, toReached) = AsyncStream.makeStream(of: Void.self)
        let isMoved = DispatchSemaphore(value: 0)
        world.segments.beforeNextRead {
            toReached.finish()
            isMoved.wait()
        }
        async let decoded = store.decode(read.block)
        for await _ in reached {}
        try await store.removeAll(of: project, joining: nil)
        #expect(try await store.compactSegments().copiedByteCount > 0)
        isMoved.signal()
        #expect(try await Array(decoded.text(at: read.slots[0])) == Sample.leaf(3).text)
    }

    @Test("RECLAIM-10: what is moved is all at its new place, and stored once", arguments: World.Kind.allCases)
    func moving(_ kind: World.Kind) async throws {
        let world = try self.world(kind)
        var store = try world.open()
        let tree = Sample.tree(leafCount: 80, round: 1)
        // One half is here, and some of it waits for the other half.
        try await store.ingest(tree.enumerated().filter { $0.offset % 2 == 0 }.map(\.element), into: other)
        try await store.ingest(tree, into: project)
        let head = try #require(try await store.journalHead(of: project))
        let before = store.storedByteCount
        #expect(try await store.moveAll(of: project, at: head, to: other))
        #expect(store.storedByteCount == before)
        for _ in 0..<2 {
            #expect(try await store.journalHead(of: project) == nil)
            #expect(try await store.missing(from: tree.map(\.id), in: project).count == tree.count)
            #expect(try await store.texts(of: tree.map(\.id), in: other) == tree.map(\.text))
            #expect(try await store.isComplete(tree.last!.id, in: other))
            #expect(try world.manifest.waiting(in: other).isEmpty)
            #expect(try await store.journalHead(of: other)?.nextOrdinal == UInt64(tree.count))
            store = try world.open()
        }
        // The journal goes on where it stood.
        try await store.ingest([Sample.leaf(7_000_000)], into: project)
        let now = JournalHead(epoch: head.epoch, nextOrdinal: head.nextOrdinal + 1)
        #expect(try await store.journalHead(of: project) == now)
        #expect(try await store.journal(of: project, from: head.nextOrdinal)?.objectCount == 1)
        #expect(try await store.journal(of: project, from: 0)?.objectCount == 1)
        #expect(try await store.moveAll(of: project, at: head, to: other) == false)
        #expect(try await store.missing(from: [Sample.leaf(7_000_000).id], in: project).isEmpty)
    }

    @Test(
        "RECLAIM-11: what waits goes on waiting at its new place, until all that it leads to is there",
        arguments: World.Kind.allCases)
    func movingWhatWaits(_ kind: World.Kind) async throws {
        var random = SeededRandom(seed: 11)
        for round in 0..<20 {
            let world = try self.world(kind)
            var store = try world.open()
            // Gets the same without a move.
            let direct = try self.world(kind)
            let directStore = try direct.open()
            let tree = Sample.tree(leafCount: 30, round: round).shuffled(using: &random)
            let root = Sample.tree(leafCount: 30, round: round).last!.id
            let ends = [tree.count / 3, tree.count * 2 / 3, tree.count]
            for store in [store, directStore] { try await store.ingest(Array(tree[..<ends[0]]), into: other) }
            for (start, end) in zip(ends, ends.dropFirst()) {
                #expect(try await store.isComplete(root, in: other) == false)
                try await store.ingest(Array(tree[start..<end]), into: project)
                let head = try #require(try await store.journalHead(of: project))
                #expect(try await store.moveAll(of: project, at: head, to: other))
                try await directStore.ingest(Array(tree[start..<end]), into: other)
                let waiting = Set(try world.manifest.waiting(in: other))
                #expect(try waiting == Set(direct.manifest.waiting(in: other)), "round \(round)")
                store = try world.open()
            }
            #expect(try await store.isComplete(root, in: other), "round \(round)")
            #expect(try world.manifest.waiting(in: other).isEmpty, "round \(round)")
        }
    }

    @Test("RECLAIM-12: runs of the index that are written anew leave out what is gone")
    func index() async throws {
        var index = try ObjectIndex(directory: try TemporaryDirectory().url, lastBlock: 0)
        var ids: [ObjectID] = []
        for block in 1...4 as ClosedRange<UInt32> {
            var random = SeededRandom(seed: UInt64(block))
            let some = (0..<ObjectIndex.recentCountMax).map { _ in ObjectID(high: random.next(), low: random.next()) }
            ids.append(some[0])
            index.insert(some, of: block)
            try index.flushIfFull { $0 != 1 }
        }
        #expect(ids.map { index.first(of: $0) { _ in true } != nil } == [false, true, true, true])
    }
}
