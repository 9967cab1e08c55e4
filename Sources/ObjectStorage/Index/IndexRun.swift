package import Foundation
package import ObjectModel

/// An immutable, sorted part of the object index in a memory-mapped file.
///
/// Layout, all integers big-endian: `TBIX`, version u32 = 1, first block u32, last block u32, entry count u64, then
/// entries of 24 bytes: id (16), block u32, slot u32, by id and then by location. A run covers every object of its
/// blocks. Runs are derived data: a lost or damaged one is rebuilt from the segments.
package struct IndexRun: Sendable {
    package static let headerByteCount = 24
    package static let entryByteCount = 24
    private static let magic: UInt32 = 0x5442_4958
    private static let version: UInt32 = 1

    package let blocks: ClosedRange<UInt32>
    package let count: Int
    private let data: Data

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
        let room = UInt64(data.count - Self.headerByteCount)
        guard header.magic == Self.magic, header.version == Self.version, header.first <= header.last,
            header.count <= room / UInt64(Self.entryByteCount),
            header.count * UInt64(Self.entryByteCount) == room
        else { return nil }
        self.blocks = header.first...header.last
        self.count = Int(header.count)
        self.data = data
    }

    /// The bytes of a run's file.
    package static func encode(
        _ entries: some Collection<(id: ObjectID, location: ObjectLocation)>, blocks: ClosedRange<UInt32>
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.headerByteCount + entries.count * Self.entryByteCount)
        for word in [Self.magic, Self.version, blocks.lowerBound, blocks.upperBound] {
            withUnsafeBytes(of: word.bigEndian) { bytes.append(contentsOf: $0) }
        }
        withUnsafeBytes(of: UInt64(entries.count).bigEndian) { bytes.append(contentsOf: $0) }
        for entry in entries {
            entry.id.appendBinary(to: &bytes)
            withUnsafeBytes(of: (entry.location.block.bigEndian, entry.location.slot.bigEndian)) {
                bytes.append(contentsOf: $0)
            }
        }
        return bytes
    }

    /// The first location of `id` that `predicate` accepts.
    package func first(of id: ObjectID, where predicate: (ObjectLocation) -> Bool) -> ObjectLocation? {
        self.data.withUnsafeBytes { bytes in
            var index = self.lowerBound(of: id, in: bytes)
            while index < self.count, Self.id(at: index, in: bytes) == id {
                let location = Self.location(at: index, in: bytes)
                if predicate(location) { return location }
                index += 1
            }
            return nil
        }
    }

    /// Calls `body` with every entry in order.
    package func forEach(_ body: (ObjectID, ObjectLocation) -> Void) {
        self.data.withUnsafeBytes { bytes in
            for index in 0..<self.count {
                body(Self.id(at: index, in: bytes), Self.location(at: index, in: bytes))
            }
        }
    }

    /// Index of the first entry that is not below `id`. Ids are hashes, so a guess by proportion lands close; the
    /// guesses are bounded and binary search finishes whatever the ids are.
    private func lowerBound(of id: ObjectID, in bytes: UnsafeRawBufferPointer) -> Int {
        var low = 0
        var high = self.count
        var guesses = 4
        while low < high {
            var middle = low + (high - low) / 2
            if guesses > 0, high - low > 16 {
                guesses -= 1
                middle = Self.guess(id, low, high, bytes)
            }
            if Self.id(at: middle, in: bytes) < id { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func guess(_ id: ObjectID, _ low: Int, _ high: Int, _ bytes: UnsafeRawBufferPointer) -> Int {
        let first = Self.id(at: low, in: bytes).high
        let last = Self.id(at: high - 1, in: bytes).high
        guard first < last else { return low + (high - low) / 2 }
        let clamped = min(max(id.high, first), last)
        let share = Double(clamped - first) / Double(last - first)
        return low + min(Int(share * Double(high - low - 1)), high - low - 1)
    }

    private static func id(at index: Int, in bytes: UnsafeRawBufferPointer) -> ObjectID {
        ObjectID(binaryIn: bytes, at: self.headerByteCount + index * self.entryByteCount)
    }

    private static func location(at index: Int, in bytes: UnsafeRawBufferPointer) -> ObjectLocation {
        let offset = self.headerByteCount + index * self.entryByteCount + ObjectID.byteCount
        return ObjectLocation(
            block: UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)),
            slot: UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self)))
    }
}
