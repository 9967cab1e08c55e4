import Foundation
import ObjectModel
import Storage
import StorageTestKit
import Testing

@testable import ObjectStorage

@Suite struct ObjectIndexTests {
    private func ids(_ block: UInt32, _ count: Int) -> [ObjectID] {
        var random = SeededRandom(seed: UInt64(block))
        return (0..<count).map { _ in ObjectID(high: random.next(), low: random.next()) }
    }

    @Test("INDEX-1: every entry is found, in memory and in runs, after merges and after opening again")
    func finds() throws {
        let directory = try TemporaryDirectory()
        var index = try ObjectIndex(directory: directory.url, lastBlock: 0)
        for block in 1...UInt32(20) {
            index.insert(self.ids(block, 16_384), of: block)
            try index.flushIfFull()
        }
        #expect(index.lastIndexedBlock == 20)
        index.insert(self.ids(21, 100), of: 21)
        let files = try FileManager.default.contentsOfDirectory(atPath: directory.url.path)
        #expect(files.count <= 3, "merging keeps the number of runs logarithmic: \(files)")
        for opened in [index, try ObjectIndex(directory: directory.url, lastBlock: 21)] {
            for block in [1, 7, 20] as [UInt32] {
                for (slot, id) in self.ids(block, 16_384).enumerated().filter({ $0.offset % 97 == 0 }) {
                    #expect(opened.first(of: id) { _ in true } == ObjectLocation(block: block, slot: UInt32(slot)))
                }
            }
            #expect(opened.first(of: ObjectID(high: 1, low: 2)) { _ in true } == nil)
        }
    }

    @Test("INDEX-2: one id at several places is found where it is asked for")
    func severalPlaces() throws {
        let directory = try TemporaryDirectory()
        var index = try ObjectIndex(directory: directory.url, lastBlock: 0)
        let same = self.ids(1, 40_000)
        for block in 1...UInt32(4) {
            index.insert(same, of: block)
            try index.flushIfFull()
        }
        for block in 1...UInt32(4) {
            #expect(index.first(of: same[123]) { $0.block == block } == ObjectLocation(block: block, slot: 123))
        }
    }

    @Test("INDEX-3: ids chosen to lie together cost a binary search, not a scan")
    func clusteredIDs() throws {
        let directory = try TemporaryDirectory()
        var index = try ObjectIndex(directory: directory.url, lastBlock: 0)
        let clustered = (0..<70_000).map { ObjectID(high: 42, low: UInt64($0)) } + [ObjectID(high: .max, low: 0)]
        index.insert(clustered, of: 1)
        try index.flushIfFull()
        for low in stride(from: 0, to: 70_000, by: 1_000) {
            #expect(index.first(of: ObjectID(high: 42, low: UInt64(low))) { _ in true }?.slot == UInt32(low))
        }
    }

    @Test("INDEX-4: a damaged run and those behind it are dropped, so that their blocks are read again")
    func damagedRun() throws {
        let directory = try TemporaryDirectory()
        var index = try ObjectIndex(directory: directory.url, lastBlock: 0)
        index.insert(self.ids(1, 70_000), of: 1)
        try index.flushIfFull()
        let file = directory.url.appendingPathComponent("1-1.run")
        let bytes = try Data(contentsOf: file)
        try bytes.dropLast(5).write(to: file)
        #expect(try ObjectIndex(directory: directory.url, lastBlock: 1).lastIndexedBlock == 0)
        #expect(!FileManager.default.fileExists(atPath: file.path))
    }

    @Test("INDEX-6: a merge that was cut short leaves its parts and half a file: the merged run counts, the rest goes")
    func mergeCutShort() throws {
        let (parts, merged) = (try TemporaryDirectory(), try TemporaryDirectory())
        // The first run is kept as it is while its merge with the second one is written.
        var first = try ObjectIndex(directory: parts.url, lastBlock: 0)
        first.insert(self.ids(1, 70_000), of: 1)
        try first.flushIfFull()
        var both = try ObjectIndex(directory: merged.url, lastBlock: 0)
        for block in 1...2 as ClosedRange<UInt32> {
            both.insert(self.ids(block, 70_000), of: block)
            try both.flushIfFull()
        }
        let name = "1-1.run"
        try FileManager.default.copyItem(
            at: parts.url.appendingPathComponent(name), to: merged.url.appendingPathComponent(name))
        try Data([1, 2, 3]).write(to: merged.url.appendingPathComponent("1-4.run.new"))
        let opened = try ObjectIndex(directory: merged.url, lastBlock: 2)
        #expect(try FileManager.default.contentsOfDirectory(atPath: merged.url.path) == ["1-2.run"])
        for block in 1...2 as ClosedRange<UInt32> {
            let id = self.ids(block, 70_000)[69_999]
            #expect(opened.first(of: id) { _ in true } == ObjectLocation(block: block, slot: 69_999))
        }
    }

    @Test(
        "INDEX-7: a fan-out that was changed on disk costs answers, never a trap",
        arguments: [0, 0x7F, 0xFF] as [UInt8])
    func damagedFanOut(_ byte: UInt8) throws {
        let directory = try TemporaryDirectory()
        var index = try ObjectIndex(directory: directory.url, lastBlock: 0)
        let ids = self.ids(1, 70_000)
        index.insert(ids, of: 1)
        try index.flushIfFull()
        let file = directory.url.appendingPathComponent("1-1.run")
        var bytes = try Data(contentsOf: file)
        let fanOutByteCount = bytes.count - IndexRun.headerByteCount - ids.count * IndexRun.entryByteCount
        let fanOut = IndexRun.headerByteCount..<(IndexRun.headerByteCount + fanOutByteCount)
        bytes.replaceSubrange(fanOut, with: repeatElement(byte, count: fanOut.count))
        try bytes.write(to: file)
        let opened = try ObjectIndex(directory: directory.url, lastBlock: 1)
        #expect(opened.lastIndexedBlock == 1)
        for (id, location) in zip(ids, opened.first(of: ids) { _ in true }) {
            #expect(location == nil || location == index.first(of: id) { _ in true })
        }
    }

    @Test("INDEX-8: a run of another version is dropped, so that its blocks are read again")
    func otherVersion() throws {
        let directory = try TemporaryDirectory()
        var index = try ObjectIndex(directory: directory.url, lastBlock: 0)
        index.insert(self.ids(1, 70_000), of: 1)
        try index.flushIfFull()
        let file = directory.url.appendingPathComponent("1-1.run")
        var bytes = try Data(contentsOf: file)
        bytes[7] = 1
        try bytes.write(to: file)
        #expect(try ObjectIndex(directory: directory.url, lastBlock: 1).lastIndexedBlock == 0)
    }

    @Test("INDEX-9: many ids are found at once as they are one by one, whatever order and runs they are in")
    func manyAtOnce() throws {
        let directory = try TemporaryDirectory()
        var index = try ObjectIndex(directory: directory.url, lastBlock: 0)
        for block in 1...UInt32(5) {
            index.insert(self.ids(block, 30_000), of: block)
            try index.flushIfFull()
        }
        let asked = (1...UInt32(6)).flatMap { self.ids($0, 30_000).filter { $0.low % 53 == 0 } }.sorted {
            $0.low < $1.low
        }
        let found = index.first(of: asked) { $0.block != 2 }
        #expect(found == asked.map { id in index.first(of: id) { $0.block != 2 } })
        #expect(Set(found.compactMap { $0?.block }) == [1, 3, 4, 5])
        #expect(found.contains(nil))
    }

    @Test("INDEX-10: a copy of the index goes on to be read while another one becomes a run")
    func flushedBeside() throws {
        let directory = try TemporaryDirectory()
        var index = try ObjectIndex(directory: directory.url, lastBlock: 0)
        let ids = self.ids(1, 70_000)
        index.insert(ids, of: 1)
        #expect(index.isFull)
        let before = index
        try index.flushIfFull()
        #expect(!index.isFull)
        #expect(before.isFull)
        for copy in [before, index] {
            #expect(copy.first(of: ids[69_999]) { _ in true } == ObjectLocation(block: 1, slot: 69_999))
        }
    }

    @Test("INDEX-5: a run of blocks that the manifest lacks is dropped")
    func runAheadOfManifest() throws {
        let directory = try TemporaryDirectory()
        var index = try ObjectIndex(directory: directory.url, lastBlock: 0)
        index.insert(self.ids(1, 70_000), of: 1)
        try index.flushIfFull()
        #expect(try ObjectIndex(directory: directory.url, lastBlock: 0).lastIndexedBlock == 0)
    }
}

@Suite struct OwnedSlotsTests {
    @Test("SLOTS-1: a block that came in parts is owned part by part, and then as a whole")
    func parts() {
        var slots = OwnedSlots()
        let block = BlockID(rawValue: 7)
        slots.insert(SlotSet([0, 9], of: 20), of: block)
        slots.insert(SlotSet([19], of: 20), of: block)
        let owned = (0..<20 as Range<UInt32>).filter { slots.contains(ObjectLocation(block: 7, slot: $0)) }
        #expect(owned == [0, 9, 19])
        #expect(!slots.contains(ObjectLocation(block: 8, slot: 0)))
        slots.insert(.all, of: block)
        #expect((0..<20 as Range<UInt32>).allSatisfy { slots.contains(ObjectLocation(block: 7, slot: $0)) })
    }
}

@Suite struct LocalSegmentsTests {
    @Test("SEG-1: what was appended is read back; what was not committed is dropped at opening")
    func appendAndDiscard() throws {
        let directory = try TemporaryDirectory()
        let segments = try LocalSegments(directory: directory.url)
        try segments.discardUncommitted(ends: [:])
        let first = try self.append([1, 2, 3], trailer: [9], to: segments)
        let second = try self.append([4, 5], trailer: [8], to: segments)
        try segments.synchronize()
        #expect(try segments.read(first, skip: 0, byteCount: 4) == [1, 2, 3, 9])
        #expect(try segments.read(second, skip: 1, byteCount: 2) == [5, 8])

        let reopened = try LocalSegments(directory: directory.url)
        try reopened.discardUncommitted(ends: [1: 4])
        #expect(throws: (any Error).self) { try reopened.read(second, skip: 0, byteCount: 1) }
        #expect(try self.append([7], trailer: [], to: reopened).offset == 4)
    }

    @Test("SEG-2: segments roll over, and one without a committed block is deleted at opening")
    func rollsOver() throws {
        let directory = try TemporaryDirectory()
        let segments = try LocalSegments(directory: directory.url)
        try segments.discardUncommitted(ends: [:])
        let large = [UInt8](repeating: 1, count: 40 << 20)
        #expect(try self.append(large, trailer: [], to: segments).segment == 1)
        #expect(try self.append(large, trailer: [], to: segments).segment == 2)
        let reopened = try LocalSegments(directory: directory.url)
        try reopened.discardUncommitted(ends: [1: UInt64(large.count)])
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.url.path) == ["00000001.segment"])
    }

    private func append(
        _ block: [UInt8], trailer: [UInt8], to segments: LocalSegments
    ) throws -> SegmentLocation {
        try block.withUnsafeBytes { block in try trailer.withUnsafeBytes { try segments.append(block, trailer: $0) } }
    }
}
