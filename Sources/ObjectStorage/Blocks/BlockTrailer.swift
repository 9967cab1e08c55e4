import ObjectModel
import Storage

/// What a segment keeps behind each block and never sends: the ids and the SHA-256 of its objects, by slot.
///
/// Layout: ids (16 bytes each), then hashes (32 bytes each).
enum BlockTrailer {
    private static let entryByteCount = ObjectID.byteCount + ContentHash.byteCount

    static func encode(ids: [ObjectID], hashes: [ContentHash]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(ids.count * Self.entryByteCount)
        for id in ids { id.appendBinary(to: &bytes) }
        for hash in hashes { hash.appendBinary(to: &bytes) }
        return bytes
    }

    /// Where the block ends in its segment, trailer included.
    static func end(of block: BlockRecord) -> UInt64 {
        block.location.offset + UInt64(block.location.byteCount)
            + UInt64(block.objectCount) * UInt64(Self.entryByteCount)
    }

    static func ids(of block: BlockRecord, in segments: any SegmentStore) throws -> [ObjectID] {
        let bytes = try segments.read(
            block.location, skip: Int(block.location.byteCount), byteCount: Int(block.objectCount) * ObjectID.byteCount)
        return bytes.withUnsafeBytes { bytes in
            (0..<Int(block.objectCount)).map { ObjectID(binaryIn: bytes, at: $0 * ObjectID.byteCount) }
        }
    }

    static func hashes(of block: BlockRecord, in segments: any SegmentStore) throws -> [ContentHash] {
        let bytes = try segments.read(
            block.location, skip: Int(block.location.byteCount) + Int(block.objectCount) * ObjectID.byteCount,
            byteCount: Int(block.objectCount) * ContentHash.byteCount)
        return bytes.withUnsafeBytes { bytes in
            (0..<Int(block.objectCount)).map { ContentHash(binaryIn: bytes, at: $0 * ContentHash.byteCount) }
        }
    }

    static func hash(at slot: UInt32, of block: BlockRecord, in segments: any SegmentStore) throws -> ContentHash {
        let offset = Int(block.objectCount) * ObjectID.byteCount + Int(slot) * ContentHash.byteCount
        let bytes = try segments.read(
            block.location, skip: Int(block.location.byteCount) + offset, byteCount: ContentHash.byteCount)
        return bytes.withUnsafeBytes { ContentHash(binaryIn: $0, at: 0) }
    }
}
