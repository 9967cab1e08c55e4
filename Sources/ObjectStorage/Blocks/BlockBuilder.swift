import Compression
import Crypto
import ObjectModel

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
        let frame = self.texts.withUnsafeBytes { ZstdCompressor(level: self.level).compress($0) }
        let directory = self.directory.encoded
        let header = BlockHeader(
            codec: .zstd,
            objectCount: UInt32(self.ids.count),
            rawByteCount: UInt32(self.texts.count),
            directoryByteCount: UInt32(directory.count),
            frameByteCount: UInt32(frame.count),
            contentDigest: ContentHash.digest(of: self.hashes))
        var encoded: [UInt8] = []
        encoded.reserveCapacity(BlockHeader.byteCount + directory.count + frame.count)
        header.encode(into: &encoded)
        encoded += directory
        encoded += frame
        let block = BuiltBlock(
            encoded: encoded, ids: self.ids, hashes: self.hashes, rawByteCount: self.texts.count,
            referenceOffsets: self.referenceOffsets, references: self.references)
        self = BlockBuilder(level: self.level)
        return block
    }
}
