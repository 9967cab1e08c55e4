import ObjectModel
import Storage

/// What a segment keeps behind each block and never sends: the ids and the SHA-256 of its objects, by slot.
///
/// Layout: ids (16 bytes each), hashes (32 bytes each), SHA-256 of both (32 bytes).
enum BlockTrailer {
    private static let entryByteCount = ObjectID.byteCount + ContentHash.byteCount

    static func encode(ids: [ObjectID], hashes: [ContentHash]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.byteCount(UInt32(ids.count)))
        for id in ids { id.appendBinary(to: &bytes) }
        for hash in hashes { hash.appendBinary(to: &bytes) }
        bytes.withUnsafeBytes { ContentHash(of: $0) }.appendBinary(to: &bytes)
        return bytes
    }

    private static func byteCount(_ objectCount: UInt32) -> Int {
        Int(objectCount) * Self.entryByteCount + ContentHash.byteCount
    }

    /// Where the block ends in its segment, trailer included.
    static func end(of block: BlockRecord) -> UInt64 {
        block.location.offset + UInt64(block.location.byteCount) + UInt64(Self.byteCount(block.objectCount))
    }

    static func ids(of block: BlockRecord, in segments: any SegmentStore) throws -> [ObjectID] {
        try self.checked(block, in: segments).withUnsafeBytes { bytes in
            (0..<Int(block.objectCount)).map { ObjectID(binaryIn: bytes, at: $0 * ObjectID.byteCount) }
        }
    }

    static func hashes(of block: BlockRecord, in segments: any SegmentStore) throws -> [ContentHash] {
        let start = Int(block.objectCount) * ObjectID.byteCount
        return try self.checked(block, in: segments).withUnsafeBytes { bytes in
            (0..<Int(block.objectCount)).map { ContentHash(binaryIn: bytes, at: start + $0 * ContentHash.byteCount) }
        }
    }

    /// The whole trailer, when it is what was written.
    private static func checked(_ block: BlockRecord, in segments: any SegmentStore) throws -> [UInt8] {
        let bytes = try segments.read(
            block.location, skip: Int(block.location.byteCount), byteCount: Self.byteCount(block.objectCount))
        let isWhole = bytes.withUnsafeBytes { bytes in
            let end = bytes.count - ContentHash.byteCount
            let found = ContentHash(of: UnsafeRawBufferPointer(rebasing: bytes[..<end]))
            return found == ContentHash(binaryIn: bytes, at: end)
        }
        guard isWhole else {
            throw StorageError.corrupt(
                "the trailer of block \(block.id.rawValue) in segment \(block.location.segment) was changed")
        }
        return bytes
    }

    /// One hash, read alone and unchecked: a damaged one is no object's, so that the object is stored once more.
    static func hash(at slot: UInt32, of block: BlockRecord, in segments: any SegmentStore) throws -> ContentHash {
        let offset = Int(block.objectCount) * ObjectID.byteCount + Int(slot) * ContentHash.byteCount
        let bytes = try segments.read(
            block.location, skip: Int(block.location.byteCount) + offset, byteCount: ContentHash.byteCount)
        return bytes.withUnsafeBytes { ContentHash(binaryIn: $0, at: 0) }
    }
}
