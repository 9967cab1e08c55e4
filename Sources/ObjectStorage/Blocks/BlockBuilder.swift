import Compression
import Crypto
import ObjectModel
import Storage

/// A finished block with what the manifest and the trailer need of it.
struct BuiltBlock: Sendable {
    var encoded: [UInt8]
    var ids: [ObjectID]
    var hashes: [ContentHash]
    var rawByteCount: Int
    var referenceOffsets: [Int]
    var references: [ObjectID]
}

/// Gathers objects until a block is full, then compresses them together.
struct BlockBuilder {
    private let level: Int32
    private var texts: [UInt8] = []
    private var directory = BlockDirectory()
    private var ids: [ObjectID] = []
    private var hashes: [ContentHash] = []
    private var referenceOffsets = [0]
    private var references: [ObjectID] = []

    init(level: Int32) {
        self.level = level
    }

    var rawByteCount: Int { self.texts.count }

    /// - Parameter references: each once.
    mutating func append(
        _ text: UnsafeRawBufferPointer, id: ObjectID, hash: ContentHash, references: some Sequence<ObjectID>
    ) {
        self.directory.append(byteCount: UInt32(text.count), id: id, isInText: BlockDirectory.leadingID(of: text) == id)
        self.texts.append(contentsOf: text)
        self.ids.append(id)
        self.hashes.append(hash)
        self.references.append(contentsOf: references)
        self.referenceOffsets.append(self.references.count)
    }

    /// The block, or `nil` while nothing was added. The builder is empty afterwards.
    mutating func finish() -> BuiltBlock? {
        guard !self.ids.isEmpty else { return nil }
        let encoded = Self.encode(texts: self.texts, self.directory, hashes: self.hashes, level: self.level)
        let block = BuiltBlock(
            encoded: encoded, ids: self.ids, hashes: self.hashes, rawByteCount: self.texts.count,
            referenceOffsets: self.referenceOffsets, references: self.references)
        self = BlockBuilder(level: self.level)
        return block
    }

    /// An encoded block of objects that are decoded already.
    static func encode(_ block: DecodedBlock, hashes: [ContentHash], level: Int32) -> [UInt8] {
        var directory = BlockDirectory()
        block.bytes.withUnsafeBytes { bytes in
            for slot in block.ids.indices {
                let text = UnsafeRawBufferPointer(rebasing: bytes[block.offsets[slot]..<block.offsets[slot + 1]])
                directory.append(
                    byteCount: UInt32(text.count), id: block.ids[slot],
                    isInText: BlockDirectory.leadingID(of: text) == block.ids[slot])
            }
        }
        return self.encode(texts: block.bytes, directory, hashes: hashes, level: level)
    }

    /// An encoded delta block.
    static func encode(_ directory: DeltaDirectory, texts: [UInt8], prefix: [UInt8], level: Int32) -> [UInt8] {
        var hashes: [ContentHash] = []
        hashes.reserveCapacity(directory.entries.count)
        let frame = texts.withUnsafeBytes { texts in
            var offset = 0
            for entry in directory.entries {
                let end = offset + Int(entry.byteCount)
                hashes.append(ContentHash(of: UnsafeRawBufferPointer(rebasing: texts[offset..<end])))
                offset = end
            }
            return prefix.withUnsafeBytes { ZstdCompressor(level: level).compress(texts, prefix: $0) }
        }
        return self.join(
            .delta, count: directory.entries.count, rawByteCount: texts.count, directory.encoded, frame, hashes)
    }

    private static func encode(
        texts: [UInt8], _ directory: BlockDirectory, hashes: [ContentHash], level: Int32
    ) -> [UInt8] {
        let frame = texts.withUnsafeBytes { ZstdCompressor(level: level).compress($0) }
        return self.join(
            .zstd, count: directory.count, rawByteCount: texts.count, directory.encoded, frame, hashes)
    }

    private static func join(
        _ codec: BlockHeader.Codec, count: Int, rawByteCount: Int, _ directory: [UInt8], _ frame: [UInt8],
        _ hashes: [ContentHash]
    ) -> [UInt8] {
        let header = BlockHeader(
            codec: codec, objectCount: UInt32(count), rawByteCount: UInt32(rawByteCount),
            directoryByteCount: UInt32(directory.count), frameByteCount: UInt32(frame.count),
            contentDigest: ContentHash.digest(of: hashes))
        var encoded: [UInt8] = []
        encoded.reserveCapacity(header.blockByteCount)
        header.encode(into: &encoded)
        encoded += directory
        encoded += frame
        return encoded
    }
}
