public import ObjectModel

/// One whole block as it came out of a DATA stream.
public struct AssembledBlock: Equatable, Sendable {
    /// Where a reader stands once this block and all before it are durable (Spec §8.9, `DATA-2`).
    public var nextOrdinal: UInt64
    public var header: BlockHeader
    /// The block, header included: what storage may keep as it is.
    public var bytes: [UInt8]
    /// What it took of the DATA stream, in bytes; to be returned as credit once the block is durable.
    public var streamByteCount: Int

    public init(nextOrdinal: UInt64, header: BlockHeader, bytes: [UInt8], streamByteCount: Int) {
        self.nextOrdinal = nextOrdinal
        self.header = header
        self.bytes = bytes
        self.streamByteCount = streamByteCount
    }

    /// The directory's bytes.
    public var directory: ArraySlice<UInt8> {
        self.bytes[BlockHeader.byteCount..<(BlockHeader.byteCount + Int(self.header.directoryByteCount))]
    }

    /// The frame's bytes.
    public var frame: ArraySlice<UInt8> {
        self.bytes[(BlockHeader.byteCount + Int(self.header.directoryByteCount))...]
    }
}

/// Cuts the byte stream of DATA frames into blocks, wherever the frames were cut (Spec §8.9).
///
/// Each byte is copied once, from the chunk into the block that is handed out. Memory is bounded by one block.
public struct BlockAssembler: ~Copyable {
    /// What one step through a chunk found.
    public enum Step: Equatable, Sendable {
        /// The chunk is used up.
        case needMore
        /// The header of the next block is there and within the limits; the block will have this many stream bytes.
        case began(streamByteCount: Int)
        case block(AssembledBlock)
    }

    private let blockByteCountMax: Int
    private let takesDeltas: Bool
    private var number: [UInt8] = []
    private var nextOrdinal: UInt64?
    private var header: BlockHeader?
    private var bytes: [UInt8] = []

    /// - Parameters:
    ///   - blockByteCountMax: the largest block to take, header included, in bytes.
    ///   - takesDeltas: whether delta blocks may come (`DELTA-1`).
    public init(blockByteCountMax: Int = Limits.blockByteCountMax, takesDeltas: Bool = false) {
        self.blockByteCountMax = blockByteCountMax
        self.takesDeltas = takesDeltas
    }

    /// No block has begun that has not been handed out.
    public var isIdle: Bool { self.number.isEmpty && self.nextOrdinal == nil }

    /// Takes bytes of `chunk` from `offset` on and moves `offset` behind them. Call it until it needs more.
    ///
    /// - Throws: ``ErrorCode/malformedVarint``, ``ErrorCode/malformedBlock``. The stream cannot be used after that.
    public mutating func next(in chunk: RawSpan, at offset: inout Int) throws(WireError) -> Step {
        guard try self.readOrdinal(in: chunk, at: &offset), let nextOrdinal else { return .needMore }
        guard let header else {
            self.take(upTo: BlockHeader.byteCount, from: chunk, at: &offset)
            return try self.readHeader()
        }
        self.take(upTo: header.blockByteCount, from: chunk, at: &offset)
        guard self.bytes.count == header.blockByteCount else { return .needMore }
        let block = AssembledBlock(
            nextOrdinal: nextOrdinal, header: header, bytes: self.bytes,
            streamByteCount: Varint.byteCount(nextOrdinal) + header.blockByteCount)
        (self.nextOrdinal, self.header, self.bytes) = (nil, nil, [])
        return .block(block)
    }

    /// Whether the number before the block is there.
    private mutating func readOrdinal(in chunk: RawSpan, at offset: inout Int) throws(WireError) -> Bool {
        while self.nextOrdinal == nil, offset < chunk.byteCount {
            let byte = chunk.byte(offset)
            offset += 1
            self.number.append(byte)
            var start = 0
            self.nextOrdinal = try Varint.read(self.number.span.bytes, at: &start, end: self.number.count)
        }
        guard self.nextOrdinal != nil else { return false }
        self.number.removeAll(keepingCapacity: true)
        return true
    }

    private mutating func readHeader() throws(WireError) -> Step {
        let parsed: BlockHeader?
        do {
            parsed = try self.bytes.withUnsafeBytes { bytes throws(BlockError) in try BlockHeader.parse(bytes) }
        } catch {
            throw WireError(.malformedBlock)
        }
        guard let parsed, let nextOrdinal else { return .needMore }
        guard parsed.blockByteCount <= self.blockByteCountMax, parsed.codec != .delta || self.takesDeltas else {
            throw WireError(.malformedBlock)
        }
        self.header = parsed
        self.bytes.reserveCapacity(parsed.blockByteCount)
        return .began(streamByteCount: Varint.byteCount(nextOrdinal) + parsed.blockByteCount)
    }

    private mutating func take(upTo byteCount: Int, from chunk: RawSpan, at offset: inout Int) {
        let count = min(byteCount - self.bytes.count, chunk.byteCount - offset)
        chunk.extracting(offset..<(offset + count)).withUnsafeBytes { self.bytes.append(contentsOf: $0) }
        offset += count
    }
}

/// The number that stands before each block of a DATA stream.
enum DataRecord {
    static func prefix(nextOrdinal: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        Varint.encode(nextOrdinal, into: &bytes)
        return bytes
    }
}
