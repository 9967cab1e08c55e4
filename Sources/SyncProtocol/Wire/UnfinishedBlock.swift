public import ObjectModel

/// The beginning of a block that a cut left at its reader, who asks for the rest of it (Spec §5.8).
public struct UnfinishedBlock: Equatable, Sendable {
    public let header: BlockHeader
    /// How much of the block is there, header included, in bytes: at least the header, and not all of it.
    public let byteCount: Int

    /// - Parameter bytes: of a block, from its start on. `nil` when they do not begin with a header, or are not only a
    ///   part of the block.
    public init?(_ bytes: [UInt8]) {
        guard let header = try? bytes.withUnsafeBytes({ try BlockHeader.parse($0) }) else { return nil }
        self.init(header, byteCount: bytes.count)
    }

    fileprivate init?(_ header: BlockHeader, byteCount: Int) {
        guard byteCount >= BlockHeader.byteCount, byteCount < header.blockByteCount else { return nil }
        self.header = header
        self.byteCount = byteCount
    }
}

extension Field {
    /// A block's header, then the bytes that are there, as a number that fills the rest.
    func unfinishedBlock(in bytes: RawSpan) throws(WireError) -> UnfinishedBlock {
        guard self.range.count > BlockHeader.byteCount else { throw self.invalid }
        let start = self.range.lowerBound
        var offset = start + BlockHeader.byteCount
        guard let byteCount = try Varint.read(bytes, at: &offset, end: self.range.upperBound),
            offset == self.range.upperBound,
            let header = bytes.extracting(start..<(start + BlockHeader.byteCount)).withUnsafeBytes({
                try? BlockHeader.parse($0)
            }), let block = UnfinishedBlock(header, byteCount: Int(clamping: byteCount))
        else { throw self.invalid }
        return block
    }
}

extension FieldWriter {
    mutating func unfinishedBlock(_ tag: UInt64, _ block: UnfinishedBlock) {
        var value: [UInt8] = []
        block.header.encode(into: &value)
        Varint.encode(UInt64(block.byteCount), into: &value)
        self.bytes(tag, value)
    }
}
