import ObjectModel

/// How a block stands in a DATA stream (Spec §8.9).
public struct DataRecord: Equatable, Sendable {
    /// Stands before the rest of a block that the reader has the beginning of: `TBR1`, where other blocks have `TBB1`.
    static let restMark: [UInt8] = Array("TBR1".utf8)

    /// What is sent before the block's bytes.
    public let prefix: [UInt8]
    /// How much of the block's beginning is left out, in bytes.
    public let skippedByteCount: Int

    /// - Parameter unfinished: what the reader has a beginning of; gone when this is it.
    init(_ block: BlockHeader, nextOrdinal: UInt64, _ unfinished: inout UnfinishedBlock?) {
        var prefix: [UInt8] = []
        Varint.encode(nextOrdinal, into: &prefix)
        guard let begun = unfinished, begun.header == block else {
            self.prefix = prefix
            self.skippedByteCount = 0
            return
        }
        self.prefix = prefix + Self.restMark
        self.skippedByteCount = begun.byteCount
        unfinished = nil
    }
}
