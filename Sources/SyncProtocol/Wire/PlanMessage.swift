/// What a FETCH will bring (Spec §8.8). Counts are what the server knows beforehand: for progress, not for allocation.
public struct PlanMessage: WireMessage {
    public static let type = FrameType.plan

    /// Bits that a receiver does not know are an error.
    public struct Flags: OptionSet, Hashable, Sendable {
        public var rawValue: UInt64
        public init(rawValue: UInt64) { self.rawValue = rawValue }
        /// The cursor's epoch is not the journal's, or its ordinal lies beyond the end: everything is sent.
        public static let startingOver = Self(rawValue: 1)
        /// The operations are a snapshot: those that the sender kept (Spec §23).
        public static let snapshot = Self(rawValue: 2)
        static let known: Self = [.startingOver, .snapshot]
    }

    /// The journal's epoch, for cursors to come.
    public var epoch: UInt64
    /// The ordinal that sending starts from; 0 when starting over.
    public var firstOrdinal: UInt64
    public var objectCount: UInt64
    /// Texts of the objects, in bytes.
    public var rawByteCount: UInt64
    /// The DATA stream, in bytes.
    public var storedByteCount: UInt64
    public var operationCount: UInt64
    public var flags: Flags
    /// Of a snapshot: up to where the sender may have left operations out, by origin in ascending order.
    public var compacted: [OperationMark]

    public init(
        epoch: UInt64, firstOrdinal: UInt64 = 0, objectCount: UInt64 = 0, rawByteCount: UInt64 = 0,
        storedByteCount: UInt64 = 0, operationCount: UInt64 = 0, flags: Flags = [],
        compacted: [OperationMark] = []
    ) {
        self.epoch = epoch
        self.firstOrdinal = firstOrdinal
        self.objectCount = objectCount
        self.rawByteCount = rawByteCount
        self.storedByteCount = storedByteCount
        self.operationCount = operationCount
        self.flags = flags
        self.compacted = compacted
    }

    public init(decoding payload: RawSpan) throws(WireError) {
        var epoch: UInt64?
        var plan = PlanMessage(epoch: 0)
        var fields = FieldReader()
        while let field = try fields.next(in: payload) {
            switch field.tag {
            case 2: epoch = try field.word(in: payload)
            case 4: plan.firstOrdinal = try field.varint(in: payload)
            case 6: plan.objectCount = try field.varint(in: payload)
            case 8: plan.rawByteCount = try field.varint(in: payload)
            case 10: plan.storedByteCount = try field.varint(in: payload)
            case 12: plan.operationCount = try field.varint(in: payload)
            case 14:
                plan.flags = Flags(rawValue: try field.varint(in: payload))
                guard plan.flags.isSubset(of: .known) else { throw field.invalid }
            case 16:
                plan.compacted = try field.marks(in: payload)
                guard plan.compacted.allSatisfy({ $0.sequence <= Limits.sequenceMax }) else { throw field.invalid }
            default: try field.skipUnknown()
            }
        }
        guard let epoch else { throw WireError(.missingField, tag: 2) }
        plan.epoch = epoch
        self = plan
    }

    public func encoded() -> [UInt8] {
        var fields = FieldWriter()
        fields.word(2, self.epoch)
        fields.varint(4, self.firstOrdinal)
        fields.varint(6, self.objectCount)
        fields.varint(8, self.rawByteCount)
        fields.varint(10, self.storedByteCount)
        fields.varint(12, self.operationCount)
        fields.varint(14, self.flags.rawValue)
        fields.marks(16, self.compacted)
        return fields.bytes
    }
}
