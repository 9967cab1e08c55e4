public import ObjectModel

/// What a push asks the node to write, once its objects are there (Spec §8.14).
public struct CommitMessage: WireMessage {
    public static let type = FrameType.commit
    /// Length of an idempotency key, in bytes.
    public static let keyByteCount = 16

    /// 16 random bytes. A COMMIT that is repeated with the same key is applied once.
    public var idempotencyKey: [UInt8]
    /// Opaque to the protocol, applied in order, all or none; at most ``Limits/intentCountMax``.
    public var intents: [[UInt8]]
    /// Digest over the blocks that were sent on this stream (Spec §12.6); `nil` exactly when none was.
    public var digest: ContentHash?

    public init(idempotencyKey: [UInt8], intents: [[UInt8]], digest: ContentHash? = nil) {
        precondition(idempotencyKey.count == Self.keyByteCount, "an idempotency key is 16 bytes")
        self.idempotencyKey = idempotencyKey
        self.intents = intents
        self.digest = digest
    }

    public init(decoding payload: RawSpan) throws(WireError) {
        var key: [UInt8]?
        var intents: [[UInt8]] = []
        var digest: ContentHash?
        var fields = FieldReader(repeatable: 4)
        while let field = try fields.next(in: payload) {
            switch field.tag {
            case 2: key = try field.bytes(in: payload, exactly: Self.keyByteCount)
            case 4:
                guard intents.count < Limits.intentCountMax else { throw field.invalid }
                intents.append(try field.bytes(in: payload, byteCountMax: Limits.operationBodyByteCountMax))
            case 6: digest = try field.digest(in: payload)
            default: try field.skipUnknown()
            }
        }
        guard let key else { throw WireError(.missingField, tag: 2) }
        self.init(idempotencyKey: key, intents: intents, digest: digest)
    }

    /// - Precondition: no intent is empty; there are at most ``Limits/intentCountMax``.
    public func encoded() -> [UInt8] {
        precondition(self.intents.count <= Limits.intentCountMax, "too many intents in one COMMIT")
        var fields = FieldWriter()
        fields.bytes(2, self.idempotencyKey)
        for intent in self.intents {
            precondition(!intent.isEmpty, "an intent has at least one byte")
            fields.bytes(4, intent)
        }
        fields.bytes(6, self.digest?.binary ?? [])
        return fields.bytes
    }
}
