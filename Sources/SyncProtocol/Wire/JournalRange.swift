/// A part of the answering node's own journal (Spec §5.7, `RANGE-1`).
public struct JournalRange: Equatable, Hashable, Sendable {
    /// Of the journal that the ordinals count in.
    public var epoch: UInt64
    /// Not empty, and at most ``Limits/rangeOrdinalCountMax`` long.
    public var ordinals: Range<UInt64>

    /// - Precondition: `ordinals` is not empty and not too long.
    public init(epoch: UInt64, ordinals: Range<UInt64>) {
        precondition(!ordinals.isEmpty, "a range holds at least one ordinal")
        precondition(ordinals.upperBound - ordinals.lowerBound <= Limits.rangeOrdinalCountMax, "the range is too long")
        self.epoch = epoch
        self.ordinals = ordinals
    }
}

extension Field {
    /// Epoch of 8 bytes, then the first ordinal and the one behind the last, as numbers that fill the rest.
    func journalRange(in bytes: RawSpan) throws(WireError) -> JournalRange {
        guard self.range.count > 8 else { throw self.invalid }
        var offset = self.range.lowerBound + 8
        guard let first = try Varint.read(bytes, at: &offset, end: self.range.upperBound),
            let end = try Varint.read(bytes, at: &offset, end: self.range.upperBound),
            offset == self.range.upperBound, first < end, end - first <= Limits.rangeOrdinalCountMax
        else { throw self.invalid }
        return JournalRange(epoch: bytes.word64(self.range.lowerBound), ordinals: first..<end)
    }
}

extension FieldWriter {
    mutating func journalRange(_ tag: UInt64, _ range: JournalRange) {
        var value = withUnsafeBytes(of: range.epoch.bigEndian) { Array($0) }
        Varint.encode(range.ordinals.lowerBound, into: &value)
        Varint.encode(range.ordinals.upperBound, into: &value)
        self.bytes(tag, value)
    }
}
