package import Foundation
package import ObjectModel

/// An immutable, sorted part of the object index in a memory-mapped file.
///
/// Layout, all integers big-endian: `TBIX`, version u32 = 2, first block u32, last block u32, entry count u64, then the
/// fan-out, then entries of 24 bytes: id (16), block u32, slot u32, by id and then by location. The fan-out says for
/// each value of an id's first bits where entries with it start, u64 each; ids are hashes, so about a dozen share one.
/// A run covers every object of its blocks. Runs are derived data: a lost or damaged one is rebuilt from the segments.
package struct IndexRun: Sendable {
    package static let headerByteCount = 24
    package static let entryByteCount = 24
    private static let magic: UInt32 = 0x5442_4958
    private static let version: UInt32 = 2

    package let blocks: ClosedRange<UInt32>
    package let count: Int
    private let fanOut: FanOut
    private let data: Data

    /// Sorts ids by their first bits.
    fileprivate struct FanOut {
        /// Never 0, so that shifting by the rest is defined.
        let bitCount: Int

        init(entryCount: Int) {
            self.bitCount = max(1, Int.bitWidth - (entryCount / 16).leadingZeroBitCount)
        }

        var bucketCount: Int { 1 << self.bitCount }
        var byteCount: Int { self.bucketCount * 8 }

        func bucket(of id: ObjectID) -> Int { Int(id.high >> UInt64(64 - self.bitCount)) }
    }

    /// Opens a run; `nil` when the file is not a whole one.
    package init?(contentsOf url: URL) {
        guard let data = try? Data(contentsOf: url, options: .alwaysMapped), data.count >= Self.headerByteCount else {
            return nil
        }
        self.init(data)
    }

    private init?(_ data: Data) {
        let header: (magic: UInt32, version: UInt32, first: UInt32, last: UInt32, count: UInt64) =
            data.withUnsafeBytes { bytes in
                func word(_ offset: Int) -> UInt32 {
                    UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
                }
                let count = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
                return (word(0), word(4), word(8), word(12), count)
            }
        let room = data.count - Self.headerByteCount
        guard header.magic == Self.magic, header.version == Self.version, header.first <= header.last,
            header.count <= UInt64(room / Self.entryByteCount)
        else { return nil }
        self.count = Int(header.count)
        self.fanOut = FanOut(entryCount: self.count)
        guard self.fanOut.byteCount + self.count * Self.entryByteCount == room else { return nil }
        self.blocks = header.first...header.last
        self.data = data
    }

    /// The bytes of a run's file.
    package static func encode(
        _ entries: [ObjectIDTable.Entry], blocks: ClosedRange<UInt32>
    ) -> [UInt8] {
        let fanOut = FanOut(entryCount: entries.count)
        let entriesStart = Self.headerByteCount + fanOut.byteCount
        let byteCount = entriesStart + entries.count * Self.entryByteCount
        return [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, initializedCount in
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            func store(_ value: some FixedWidthInteger, at offset: Int) {
                bytes.storeBytes(of: value.bigEndian, toByteOffset: offset, as: type(of: value))
            }
            for (index, word) in [Self.magic, Self.version, blocks.lowerBound, blocks.upperBound].enumerated() {
                store(word, at: index * 4)
            }
            store(UInt64(entries.count), at: 16)
            var bucket = 0
            for (index, entry) in entries.enumerated() {
                while bucket <= fanOut.bucket(of: entry.id) {
                    store(UInt64(index), at: Self.headerByteCount + bucket * 8)
                    bucket += 1
                }
                let offset = entriesStart + index * Self.entryByteCount
                entry.id.write(binaryInto: bytes, at: offset)
                store(entry.location.block, at: offset + 16)
                store(entry.location.slot, at: offset + 20)
            }
            while bucket < fanOut.bucketCount {
                store(UInt64(entries.count), at: Self.headerByteCount + bucket * 8)
                bucket += 1
            }
            initializedCount = byteCount
        }
    }

    /// Calls `body` with what the run holds. For many look-ups at a time: getting at a mapped file costs as much as one.
    package func withEntries<Result>(_ body: (Entries) throws -> Result) rethrows -> Result {
        try self.data.withUnsafeBytes { try body(Entries(bytes: $0, count: self.count, fanOut: self.fanOut)) }
    }

    /// The entries of a run, sorted by id and then by location.
    package struct Entries {
        fileprivate let bytes: UnsafeRawBufferPointer
        package let count: Int
        fileprivate let fanOut: FanOut

        package subscript(index: Int) -> ObjectIDTable.Entry { (self.id(at: index), self.location(at: index)) }

        /// The first location of `id` that `predicate` accepts.
        package func first(of id: ObjectID, where predicate: (ObjectLocation) -> Bool) -> ObjectLocation? {
            var index = self.lowerBound(of: id)
            while index < self.count, self.id(at: index) == id {
                let location = self.location(at: index)
                if predicate(location) { return location }
                index += 1
            }
            return nil
        }

        /// Index of the first entry that is not below `id`. Ids that were chosen to share their first bits cost a longer
        /// binary search; a fan-out that was changed on disk costs a wrong answer, never a trap.
        private func lowerBound(of id: ObjectID) -> Int {
            let bucket = self.fanOut.bucket(of: id)
            var low = self.start(of: bucket)
            var high = bucket + 1 < self.fanOut.bucketCount ? self.start(of: bucket + 1) : self.count
            while low < high {
                let middle = low + (high - low) / 2
                if self.id(at: middle) < id { low = middle + 1 } else { high = middle }
            }
            return low
        }

        private func start(of bucket: Int) -> Int {
            let offset = IndexRun.headerByteCount + bucket * 8
            let start = UInt64(bigEndian: self.bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            return Int(min(start, UInt64(self.count)))
        }

        private func id(at index: Int) -> ObjectID {
            ObjectID(binaryIn: self.bytes, at: self.offset(of: index))
        }

        private func location(at index: Int) -> ObjectLocation {
            let offset = self.offset(of: index) + ObjectID.byteCount
            return ObjectLocation(
                block: UInt32(bigEndian: self.bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)),
                slot: UInt32(bigEndian: self.bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self)))
        }

        private func offset(of index: Int) -> Int {
            IndexRun.headerByteCount + self.fanOut.byteCount + index * IndexRun.entryByteCount
        }
    }
}
