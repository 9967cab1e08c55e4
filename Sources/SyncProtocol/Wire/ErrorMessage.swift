public import ObjectModel

/// Ends the stream of the frame or, on stream 0, the connection (Spec §8.5).
public struct ErrorMessage: WireMessage {
    public static let type = FrameType.error
    public var code: ErrorCode
    /// For people; at most ``Limits/textByteCountMax`` bytes. Never decides anything.
    public var text: String
    /// The least delay before the same request makes sense again, in milliseconds; 0 when nothing is known.
    public var retryAfterMilliseconds: UInt64
    /// The object that it is about.
    public var object: ObjectID?

    public init(code: ErrorCode, text: String = "", retryAfterMilliseconds: UInt64 = 0, object: ObjectID? = nil) {
        self.code = code
        self.text = text
        self.retryAfterMilliseconds = retryAfterMilliseconds
        self.object = object
    }

    /// The message for `error`, its text cut to what may travel.
    public init(_ error: SyncError) {
        var text = error.publicMessage
        while text.utf8.count > Limits.textByteCountMax { text.removeLast() }
        self.init(code: error.code, text: text, retryAfterMilliseconds: error.retryAfterMilliseconds)
    }

    public init(decoding payload: RawSpan) throws(WireError) {
        var code: ErrorCode?
        var (text, delay): (String, UInt64) = ("", 0)
        var object: ObjectID?
        var fields = FieldReader()
        while let field = try fields.next(in: payload) {
            switch field.tag {
            case 2:
                let number = try field.varint(in: payload, max: UInt64(UInt16.max))
                code = ErrorCode(rawValue: UInt16(number))
            case 3: text = try field.text(in: payload)
            case 5: delay = try field.varint(in: payload)
            case 7:
                guard field.range.count == ObjectID.byteCount else { throw field.invalid }
                object = try field.objectIDs(in: payload, countMax: 1).first
            default: try field.skipUnknown()
            }
        }
        guard let code else { throw WireError(.missingField, tag: 2) }
        self.init(code: code, text: text, retryAfterMilliseconds: delay, object: object)
    }

    public func encoded() -> [UInt8] {
        var fields = FieldWriter()
        fields.varint(2, UInt64(self.code.rawValue))
        fields.text(3, self.text)
        fields.varint(5, self.retryAfterMilliseconds)
        fields.objectIDs(7, self.object.map { [$0] } ?? [])
        return fields.bytes
    }
}
