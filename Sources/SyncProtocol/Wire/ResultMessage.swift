public import ObjectModel

/// What became of a push (Spec §8.15).
public struct ResultMessage: WireMessage {
    public static let type = FrameType.result

    /// Unknown numbers are an error: a sender must not guess whether its write happened.
    public enum Outcome: UInt64, Sendable, CaseIterable {
        /// Objects and intents are durable and visible.
        case applied = 0
        /// The key was used before; the answer is that of the first time.
        case alreadyApplied = 1
        /// Objects that the intents lead to are missing; nothing was written. Objects sent so far are kept.
        case objectsMissing = 2
        /// The node refuses the intents; nothing was written. `replies` says why.
        case refused = 3
    }

    public var outcome: Outcome
    /// One for each intent, opaque; an empty reply is possible.
    public var replies: [[UInt8]]
    /// The first of the missing objects, at most ``Limits/missingCountMax``; with ``Outcome/objectsMissing`` only.
    public var missing: [ObjectID]
    /// The operations that were written: origin and last sequence.
    public var marks: [OperationMark]

    public init(
        outcome: Outcome, replies: [[UInt8]] = [], missing: [ObjectID] = [], marks: [OperationMark] = []
    ) {
        self.outcome = outcome
        self.replies = replies
        self.missing = missing
        self.marks = marks
    }

    public init(decoding payload: RawSpan) throws(WireError) {
        self.init(outcome: .applied)
        var fields = FieldReader(repeatable: 4)
        while let field = try fields.next(in: payload) {
            switch field.tag {
            case 2:
                guard let outcome = Outcome(rawValue: try field.varint(in: payload)) else { throw field.invalid }
                self.outcome = outcome
            case 4:
                guard self.replies.count < Limits.intentCountMax,
                    field.range.count <= Limits.operationBodyByteCountMax
                else { throw field.invalid }
                self.replies.append(payload.copy(field.range))
            case 6: self.missing = try field.objectIDs(in: payload, countMax: Limits.missingCountMax)
            case 8: self.marks = try field.marks(in: payload)
            default: try field.skipUnknown()
            }
        }
        guard self.missing.isEmpty == (self.outcome != .objectsMissing) else { throw WireError(.invalidField, tag: 6) }
    }

    public func encoded() -> [UInt8] {
        precondition(self.replies.count <= Limits.intentCountMax, "more replies than intents")
        var fields = FieldWriter()
        fields.varint(2, self.outcome.rawValue)
        for reply in self.replies {
            Varint.encode(4, into: &fields.bytes)
            Varint.encode(UInt64(reply.count), into: &fields.bytes)
            fields.bytes.append(contentsOf: reply)
        }
        fields.objectIDs(6, self.missing)
        fields.marks(8, self.marks)
        return fields.bytes
    }
}
