/// Fixed head of every block: the unit of storage and of transfer (Spec §12.2).
///
/// 56 bytes, integers big-endian: magic `TBB1`, version, codec, two reserved zero bytes, object count, raw byte count,
/// directory byte count, frame byte count, content digest. The directory follows, then the frame.
public struct BlockHeader: Equatable, Sendable {
    /// How the frame holds the texts.
    public enum Codec: UInt8, Sendable {
        /// The texts as they are.
        case stored = 0
        /// One zstd frame of all texts.
        case zstd = 1
        /// One zstd frame that leans on objects of the reader; only ever on the wire (Spec §12.8).
        case delta = 2

        /// Objects of one block at most.
        var objectCountMax: UInt32 { self == .delta ? DeltaDirectory.entryCountMax : BlockHeader.objectCountMax }
        /// One entry of the directory, in bytes.
        var entryByteCountMax: UInt32 {
            self == .delta ? DeltaDirectory.entryByteCountMax : BlockDirectory.entryByteCountMax
        }
    }

    public static let byteCount = 56
    public static let objectCountMax: UInt32 = 1 << 20
    /// Raw bytes of one block: the largest object and some room.
    public static let rawByteCountMax: UInt32 = 128 << 20
    private static let magic: UInt32 = 0x5442_4231
    private static let version: UInt8 = 1

    public var codec: Codec
    public var objectCount: UInt32
    public var rawByteCount: UInt32
    public var directoryByteCount: UInt32
    public var frameByteCount: UInt32
    /// SHA-256 of the SHA-256 hashes of the objects' texts, in order.
    public var contentDigest: ContentHash

    public init(
        codec: Codec, objectCount: UInt32, rawByteCount: UInt32, directoryByteCount: UInt32, frameByteCount: UInt32,
        contentDigest: ContentHash
    ) {
        self.codec = codec
        self.objectCount = objectCount
        self.rawByteCount = rawByteCount
        self.directoryByteCount = directoryByteCount
        self.frameByteCount = frameByteCount
        self.contentDigest = contentDigest
    }

    /// Length of the whole encoded block.
    public var blockByteCount: Int {
        Self.byteCount + Int(self.directoryByteCount) + Int(self.frameByteCount)
    }

    /// Reads a header; `nil` while fewer than ``byteCount`` bytes have arrived.
    ///
    /// - Throws: ``BlockError`` when a field is outside of its limits (`BLOCK-1` to `BLOCK-5`).
    public static func parse(_ bytes: UnsafeRawBufferPointer) throws(BlockError) -> BlockHeader? {
        guard bytes.count >= Self.byteCount else { return nil }
        func word(_ offset: Int) -> UInt32 {
            UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        }
        guard word(0) == Self.magic else { throw .badMagic }
        guard bytes[4] == Self.version else { throw .unknownVersion(bytes[4]) }
        guard let codec = Codec(rawValue: bytes[5]) else { throw .unknownCodec(bytes[5]) }
        guard bytes[6] == 0, bytes[7] == 0 else { throw .reservedBitsSet }
        let header = BlockHeader(
            codec: codec, objectCount: word(8), rawByteCount: word(12), directoryByteCount: word(16),
            frameByteCount: word(20), contentDigest: ContentHash(binaryIn: bytes, at: 24))
        guard header.objectCount >= 1, header.objectCount <= codec.objectCountMax,
            header.rawByteCount <= Self.rawByteCountMax,
            header.directoryByteCount >= header.objectCount,
            header.directoryByteCount <= header.objectCount * codec.entryByteCountMax,
            // Compression of random bytes adds less than 1 in 256, and a few bytes.
            header.frameByteCount <= header.rawByteCount + header.rawByteCount / 128 + 512
        else { throw .limitExceeded }
        return header
    }

    public func encode(into bytes: inout [UInt8]) {
        func append(_ word: UInt32) {
            withUnsafeBytes(of: word.bigEndian) { bytes.append(contentsOf: $0) }
        }
        append(Self.magic)
        bytes.append(contentsOf: [Self.version, self.codec.rawValue, 0, 0])
        append(self.objectCount)
        append(self.rawByteCount)
        append(self.directoryByteCount)
        append(self.frameByteCount)
        self.contentDigest.appendBinary(to: &bytes)
    }
}

/// Why bytes are not a block.
public enum BlockError: Error, Equatable, Sendable {
    case badMagic
    case unknownVersion(UInt8)
    case unknownCodec(UInt8)
    case reservedBitsSet
    case limitExceeded
    /// The directory does not parse, or its sums do not match the header.
    case malformedDirectory
    /// The frame does not decompress to the length that the header gives.
    case malformedFrame
    /// An object without an explicit id does not start with one.
    case missingID
    /// The texts do not match the digest.
    case digestMismatch
    /// A delta block leans on an object that is not here.
    case missingBase(ObjectID)
    /// The objects that a delta block leans on are longer than ``DeltaDirectory/prefixByteCountMax``.
    case prefixTooLong
}
