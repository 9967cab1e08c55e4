public import ObjectModel

/// Where one reader stands in a project's object journal at one node (Spec §13.1).
///
/// Ordinals are meaningful within one epoch of one node only. A node takes a new epoch when its journal is rebuilt
/// or restored, and then no older cursor is valid.
public struct JournalCursor: Equatable, Hashable, Sendable {
    /// Random 64-bit number of the journal's life.
    public var epoch: UInt64
    /// The first ordinal that the reader does not have durably; ordinals start at 0.
    public var nextOrdinal: UInt64

    public init(epoch: UInt64, nextOrdinal: UInt64) {
        self.epoch = epoch
        self.nextOrdinal = nextOrdinal
    }
}

/// How far one reader has the operations of one origin: all up to and including `sequence` (Spec §13.2).
public struct OperationMark: Equatable, Hashable, Sendable {
    public var origin: NodeID
    /// At least 1; an origin of which nothing is known has no mark.
    public var sequence: UInt64

    /// - Precondition: `origin` is 64 lower-case hexadecimal digits, `sequence` is at least 1.
    public init(origin: NodeID, sequence: UInt64) {
        precondition(NodeID.isValid(origin.rawValue), "a node id is 64 lower-case hexadecimal digits")
        precondition(sequence >= 1, "sequences start at 1")
        self.origin = origin
        self.sequence = sequence
    }
}

extension Sequence<OperationMark> {
    /// The sequence of each origin.
    public var sequences: [NodeID: UInt64] {
        Dictionary(self.map { ($0.origin, $0.sequence) }, uniquingKeysWith: Swift.max)
    }
}

extension Field {
    /// Epoch of 8 bytes, then the next ordinal as a number that fills the rest.
    func cursor(in bytes: RawSpan) throws(WireError) -> JournalCursor {
        guard self.range.count > 8 else { throw self.invalid }
        let epoch = bytes.word64(self.range.lowerBound)
        let rest = Field(tag: self.tag, range: (self.range.lowerBound + 8)..<self.range.upperBound)
        return JournalCursor(epoch: epoch, nextOrdinal: try rest.varint(in: bytes, default: nil))
    }

    /// Pairs of a 32-byte origin and a number, by origin in strictly ascending order (`MARK-1`).
    func marks(in bytes: RawSpan) throws(WireError) -> [OperationMark] {
        guard !self.range.isEmpty else { throw WireError(.defaultField, tag: self.tag) }
        var marks: [OperationMark] = []
        var offset = self.range.lowerBound
        while offset < self.range.upperBound {
            guard marks.count < Limits.markCountMax, self.range.upperBound - offset > ContentHash.byteCount else {
                throw self.invalid
            }
            let origin = WireText.node(bytes, at: offset)
            offset += ContentHash.byteCount
            guard let sequence = try Varint.read(bytes, at: &offset, end: self.range.upperBound),
                sequence >= 1
            else { throw self.invalid }
            if let last = marks.last, last.origin >= origin { throw WireError(.orderViolated, tag: self.tag) }
            marks.append(OperationMark(origin: origin, sequence: sequence))
        }
        return marks
    }
}

extension FieldWriter {
    mutating func cursor(_ tag: UInt64, _ cursor: JournalCursor) {
        var value: [UInt8] = []
        withUnsafeBytes(of: cursor.epoch.bigEndian) { value.append(contentsOf: $0) }
        Varint.encode(cursor.nextOrdinal, into: &value)
        self.bytes(tag, value)
    }

    /// - Precondition: strictly ascending by origin, at most ``Limits/markCountMax``.
    mutating func marks(_ tag: UInt64, _ marks: [OperationMark]) {
        precondition(marks.count <= Limits.markCountMax, "too many origins")
        var value: [UInt8] = []
        var last: NodeID?
        for mark in marks {
            if let last { precondition(last < mark.origin, "marks are not ascending by origin") }
            last = mark.origin
            value.append(contentsOf: WireText.binary(of: mark.origin) ?? [])
            Varint.encode(mark.sequence, into: &value)
        }
        self.bytes(tag, value)
    }
}
