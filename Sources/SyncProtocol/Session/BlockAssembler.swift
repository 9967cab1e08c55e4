public import ObjectModel

/// One whole block as it came out of a DATA stream.
public struct AssembledBlock: Equatable, Sendable {
    /// Where a reader stands once this block and all before it are durable (Spec §8.9, `DATA-2`).
    public var nextOrdinal: UInt64
    public var header: BlockHeader
    /// The block, header included: what storage may keep as it is.
    public var bytes: [UInt8]
    /// Whether its beginning was there before (`RESUME-6`).
    public var isContinued: Bool
    /// What it took of the DATA stream, in bytes; to be returned as credit once the block is durable.
    public var streamByteCount: Int

    public init(
        nextOrdinal: UInt64, header: BlockHeader, bytes: [UInt8], isContinued: Bool = false, streamByteCount: Int
    ) {
        self.nextOrdinal = nextOrdinal
        self.header = header
        self.bytes = bytes
        self.isContinued = isContinued
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
    /// What is there of a block that may be continued; `nil` once it was.
    var begun: [UInt8]?
    private var number: [UInt8] = []
    private var nextOrdinal: UInt64?
    private var header: BlockHeader?
    private var bytes: [UInt8] = []
    /// Of the record that has begun.
    private var streamByteCount = 0
    private var isContinued = false

    /// - Parameters:
    ///   - blockByteCountMax: the largest block to take, header included, in bytes.
    ///   - takesDeltas: whether delta blocks may come (`DELTA-1`).
    ///   - begun: the beginning of a block whose rest may come (`RESUME-6`).
    public init(
        blockByteCountMax: Int = Limits.blockByteCountMax, takesDeltas: Bool = false, begun: [UInt8]? = nil
    ) {
        self.blockByteCountMax = blockByteCountMax
        self.takesDeltas = takesDeltas
        self.begun = begun
    }

    /// No block has begun that has not been handed out.
    public var isIdle: Bool { self.number.isEmpty && self.nextOrdinal == nil }

    /// What would be of use after a cut: the block that has begun, as far as it came, or else the one that was to be
    /// continued.
    public var unfinished: [UInt8]? { self.header == nil ? self.begun : self.bytes }

    /// Takes bytes of `chunk` from `offset` on and moves `offset` behind them. Call it until it needs more.
    ///
    /// - Throws: ``ErrorCode/malformedVarint``, ``ErrorCode/malformedBlock``. The stream cannot be used after that.
    public mutating func next(in chunk: RawSpan, at offset: inout Int) throws(WireError) -> Step {
        guard try self.readOrdinal(in: chunk, at: &offset), let nextOrdinal else { return .needMore }
        guard let header else {
            self.take(upTo: DataRecord.restMark.count, from: chunk, at: &offset)
            if self.bytes == DataRecord.restMark { return try self.continueBlock(nextOrdinal) }
            self.take(upTo: BlockHeader.byteCount, from: chunk, at: &offset)
            return try self.readHeader(nextOrdinal)
        }
        self.take(upTo: header.blockByteCount, from: chunk, at: &offset)
        guard self.bytes.count == header.blockByteCount else { return .needMore }
        let block = AssembledBlock(
            nextOrdinal: nextOrdinal, header: header, bytes: self.bytes, isContinued: self.isContinued,
            streamByteCount: self.streamByteCount)
        (self.nextOrdinal, self.header, self.bytes, self.isContinued) = (nil, nil, [], false)
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

    private mutating func readHeader(_ nextOrdinal: UInt64) throws(WireError) -> Step {
        let parsed: BlockHeader?
        do {
            parsed = try self.bytes.withUnsafeBytes { bytes throws(BlockError) in try BlockHeader.parse(bytes) }
        } catch {
            throw WireError(.malformedBlock)
        }
        guard let parsed else { return .needMore }
        return try self.begin(parsed, byteCount: parsed.blockByteCount, nextOrdinal)
    }

    /// Takes up the block of which the beginning is there.
    private mutating func continueBlock(_ nextOrdinal: UInt64) throws(WireError) -> Step {
        guard let begun, let block = UnfinishedBlock(begun) else { throw WireError(.malformedBlock) }
        self.bytes = begun
        self.begun = nil
        self.isContinued = true
        let restByteCount = block.header.blockByteCount - begun.count
        return try self.begin(block.header, byteCount: DataRecord.restMark.count + restByteCount, nextOrdinal)
    }

    private mutating func begin(
        _ parsed: BlockHeader, byteCount: Int, _ nextOrdinal: UInt64
    ) throws(WireError) -> Step {
        guard parsed.blockByteCount <= self.blockByteCountMax, parsed.codec != .delta || self.takesDeltas else {
            throw WireError(.malformedBlock)
        }
        self.header = parsed
        self.bytes.reserveCapacity(parsed.blockByteCount)
        self.streamByteCount = Varint.byteCount(nextOrdinal) + byteCount
        return .began(streamByteCount: self.streamByteCount)
    }

    private mutating func take(upTo byteCount: Int, from chunk: RawSpan, at offset: inout Int) {
        let count = min(max(byteCount - self.bytes.count, 0), chunk.byteCount - offset)
        chunk.extracting(offset..<(offset + count)).withUnsafeBytes { self.bytes.append(contentsOf: $0) }
        offset += count
    }
}
