public import ObjectModel

/// The end of a FETCH (Spec §8.11).
public struct DoneMessage: WireMessage {
    public static let type = FrameType.done
    /// Where the next FETCH starts once everything of this one is durable.
    public var cursor: JournalCursor
    /// Origins whose operations were sent, with the last sequence of each; ascending.
    public var marks: [OperationMark]
    public var objectCount: UInt64
    public var blockCount: UInt64
    public var operationCount: UInt64
    /// Wanted objects that the project does not have.
    public var missingCount: UInt64
    /// Digest over what was sent (Spec §12.6); `nil` exactly when nothing was.
    public var digest: ContentHash?

    public init(
        cursor: JournalCursor, marks: [OperationMark] = [], objectCount: UInt64 = 0, blockCount: UInt64 = 0,
        operationCount: UInt64 = 0, missingCount: UInt64 = 0, digest: ContentHash? = nil
    ) {
        self.cursor = cursor
        self.marks = marks
        self.objectCount = objectCount
        self.blockCount = blockCount
        self.operationCount = operationCount
        self.missingCount = missingCount
        self.digest = digest
    }

    public init(decoding payload: RawSpan) throws(WireError) {
        var cursor: JournalCursor?
        var done = DoneMessage(cursor: JournalCursor(epoch: 0, nextOrdinal: 0))
        var fields = FieldReader()
        while let field = try fields.next(in: payload) {
            switch field.tag {
            case 2: cursor = try field.cursor(in: payload)
            case 4: done.marks = try field.marks(in: payload)
            case 6: done.objectCount = try field.varint(in: payload)
            case 8: done.blockCount = try field.varint(in: payload)
            case 10: done.operationCount = try field.varint(in: payload)
            case 12: done.missingCount = try field.varint(in: payload)
            case 14: done.digest = try field.digest(in: payload)
            default: try field.skipUnknown()
            }
        }
        guard let cursor else { throw WireError(.missingField, tag: 2) }
        done.cursor = cursor
        self = done
    }

    public func encoded() -> [UInt8] {
        var fields = FieldWriter()
        fields.cursor(2, self.cursor)
        fields.marks(4, self.marks)
        fields.varint(6, self.objectCount)
        fields.varint(8, self.blockCount)
        fields.varint(10, self.operationCount)
        fields.varint(12, self.missingCount)
        fields.bytes(14, self.digest?.binary ?? [])
        return fields.bytes
    }
}

extension Field {
    /// Exactly 32 bytes.
    func digest(in bytes: RawSpan) throws(WireError) -> ContentHash {
        guard self.range.count == ContentHash.byteCount else { throw self.invalid }
        return bytes.extracting(self.range).withUnsafeBytes { ContentHash(binaryIn: $0, at: 0) }
    }
}
