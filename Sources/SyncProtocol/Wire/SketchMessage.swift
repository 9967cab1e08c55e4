/// Consecutive cells of the sender's sketch; the first one also describes its set (Spec §8.19).
public struct SketchMessage: WireMessage {
    public static let type = FrameType.sketch
    /// The sender's set; in the message that begins with cell 0, and only there.
    public let digest: SetDigest?
    /// Index of the first cell.
    public let firstCell: Int
    /// Empty only when the sets are equal.
    public let cells: [SketchCell]

    /// The first message, with the first cells or without any.
    public init(digest: SetDigest, cells: [SketchCell] = []) {
        precondition(cells.count <= Limits.sketchMessageCellCountMax, "too many cells in one SKETCH")
        self.digest = digest
        self.firstCell = 0
        self.cells = cells
    }

    /// A later message.
    public init(firstCell: Int, cells: [SketchCell]) {
        precondition(firstCell > 0 && !cells.isEmpty, "the first message describes the set")
        precondition(cells.count <= Limits.sketchMessageCellCountMax, "too many cells in one SKETCH")
        self.digest = nil
        self.firstCell = firstCell
        self.cells = cells
    }

    public init(decoding payload: RawSpan) throws(WireError) {
        var (count, firstCell) = (0, 0)
        var sum: UInt64?
        var cells: [SketchCell] = []
        var fields = FieldReader()
        while let field = try fields.next(in: payload) {
            switch field.tag {
            case 2: count = try field.count(in: payload, max: Limits.sketchObjectCountMax)
            case 4: sum = try field.word(in: payload)
            case 6: firstCell = try field.count(in: payload, max: Limits.sketchCellCountMax)
            case 8: cells = try field.cells(in: payload)
            default: try field.skipUnknown()
            }
        }
        guard firstCell > 0 else {
            guard let sum else { throw WireError(.missingField, tag: 4) }
            self.init(digest: SetDigest(count: count, sum: sum), cells: cells)
            return
        }
        guard count == 0 else { throw WireError(.invalidField, tag: 2) }
        guard sum == nil else { throw WireError(.invalidField, tag: 4) }
        guard !cells.isEmpty else { throw WireError(.missingField, tag: 8) }
        guard firstCell + cells.count <= Limits.sketchCellCountMax else { throw WireError(.invalidField, tag: 8) }
        self.init(firstCell: firstCell, cells: cells)
    }

    public func encoded() -> [UInt8] {
        var fields = FieldWriter()
        if let digest {
            fields.count(2, digest.count)
            fields.word(4, digest.sum)
        }
        fields.count(6, self.firstCell)
        fields.cells(8, self.cells)
        return fields.bytes
    }
}

extension Field {
    /// The value as cells, between 1 and ``Limits/sketchMessageCellCountMax`` of them (`SKETCH-2`).
    func cells(in bytes: RawSpan) throws(WireError) -> [SketchCell] {
        guard !self.range.isEmpty else { throw WireError(.defaultField, tag: self.tag) }
        var cells: [SketchCell] = []
        var offset = self.range.lowerBound
        while offset < self.range.upperBound {
            guard cells.count < Limits.sketchMessageCellCountMax else { throw self.invalid }
            guard self.range.upperBound - offset > 12 else { throw self.invalid }
            let ids = bytes.word64(offset)
            let checksums = bytes.word32(offset + 8)
            offset += 12
            guard let count = try Varint.read(bytes, at: &offset, end: self.range.upperBound),
                let count = Int32(exactly: count)
            else { throw self.invalid }
            cells.append(SketchCell(ids: ids, checksums: checksums, count: count))
        }
        return cells
    }
}

extension FieldWriter {
    /// - Precondition: no count is below zero, as in every sketch of one set.
    mutating func cells(_ tag: UInt64, _ cells: [SketchCell]) {
        var value: [UInt8] = []
        value.reserveCapacity(cells.count * 16)
        for cell in cells {
            withUnsafeBytes(of: cell.ids.bigEndian) { value.append(contentsOf: $0) }
            withUnsafeBytes(of: cell.checksums.bigEndian) { value.append(contentsOf: $0) }
            Varint.encode(UInt64(cell.count), into: &value)
        }
        self.bytes(tag, value)
    }
}
