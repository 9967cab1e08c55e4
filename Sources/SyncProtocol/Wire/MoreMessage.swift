/// Asks for further cells of a sketch, or for the objects that were found by it (Spec §8.20).
public struct MoreMessage: WireMessage {
    public static let type = FrameType.more
    /// Ask for the cells up to before this one; 0 asks for none.
    public let cellEnd: Int
    /// Keyed ids whose objects are wanted, ascending.
    public let keyedIDs: [UInt64]

    /// Asks for cells.
    public init(cellEnd: Int) {
        precondition((1...Limits.sketchCellCountMax).contains(cellEnd), "no such cell")
        self.cellEnd = cellEnd
        self.keyedIDs = []
    }

    /// Asks for objects, or for nothing: then it only ends its side of the stream.
    ///
    /// - Parameter keyedIDs: strictly ascending.
    public init(keyedIDs: [UInt64] = []) {
        precondition(keyedIDs.count <= Limits.namedCountMax, "too many names in one MORE")
        self.cellEnd = 0
        self.keyedIDs = keyedIDs
    }

    public init(decoding payload: RawSpan) throws(WireError) {
        var cellEnd = 0
        var keyedIDs: [UInt64] = []
        var fields = FieldReader()
        while let field = try fields.next(in: payload) {
            switch field.tag {
            case 2: cellEnd = try field.count(in: payload, max: Limits.sketchCellCountMax)
            case 4: keyedIDs = try field.keyedIDs(in: payload)
            default: try field.skipUnknown()
            }
        }
        if cellEnd > 0 {
            guard keyedIDs.isEmpty else { throw WireError(.invalidField, tag: 4) }
            self.init(cellEnd: cellEnd)
        } else {
            self.init(keyedIDs: keyedIDs)
        }
    }

    public func encoded() -> [UInt8] {
        var fields = FieldWriter()
        fields.count(2, self.cellEnd)
        fields.keyedIDs(4, self.keyedIDs)
        return fields.bytes
    }
}

extension Field {
    /// The value as keyed ids of eight bytes each, strictly ascending, between 1 and ``Limits/namedCountMax`` of them.
    func keyedIDs(in bytes: RawSpan) throws(WireError) -> [UInt64] {
        guard !self.range.isEmpty else { throw WireError(.defaultField, tag: self.tag) }
        let (count, rest) = self.range.count.quotientAndRemainder(dividingBy: 8)
        guard rest == 0, count <= Limits.namedCountMax else { throw self.invalid }
        let start = self.range.lowerBound
        let keyedIDs = (0..<count).map { bytes.word64(start + 8 * $0) }
        guard zip(keyedIDs, keyedIDs.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw WireError(.orderViolated, tag: self.tag)
        }
        return keyedIDs
    }
}

extension FieldWriter {
    mutating func keyedIDs(_ tag: UInt64, _ keyedIDs: [UInt64]) {
        var value: [UInt8] = []
        value.reserveCapacity(8 * keyedIDs.count)
        for keyedID in keyedIDs { withUnsafeBytes(of: keyedID.bigEndian) { value.append(contentsOf: $0) } }
        self.bytes(tag, value)
    }
}
