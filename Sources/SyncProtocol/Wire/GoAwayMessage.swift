/// No stream above `lastStream` will be served; those up to it run to their end (Spec §8.6).
public struct GoAwayMessage: WireMessage {
    public static let type = FrameType.goAway
    /// Highest stream of the receiver that the sender still serves; 0 for none.
    public var lastStream: UInt32
    /// Why.
    public var code: ErrorCode
    /// `host:port` to use instead; empty when there is none. Its node id must be pinned already.
    public var alternateAddress: String

    public init(lastStream: UInt32, code: ErrorCode = .shuttingDown, alternateAddress: String = "") {
        self.lastStream = lastStream
        self.code = code
        self.alternateAddress = alternateAddress
    }

    public init(decoding payload: RawSpan) throws(WireError) {
        var lastStream: UInt32 = 0
        var code: ErrorCode?
        var address = ""
        var fields = FieldReader()
        while let field = try fields.next(in: payload) {
            switch field.tag {
            case 2: lastStream = UInt32(try field.varint(in: payload, max: UInt64(Limits.streamIDMax)))
            case 4:
                let number = try field.varint(in: payload, max: UInt64(UInt16.max))
                code = ErrorCode(rawValue: UInt16(number))
            case 5: address = try field.text(in: payload)
            default: try field.skipUnknown()
            }
        }
        guard let code else { throw WireError(.missingField, tag: 4) }
        self.init(lastStream: lastStream, code: code, alternateAddress: address)
    }

    public func encoded() -> [UInt8] {
        var fields = FieldWriter()
        fields.varint(2, UInt64(self.lastStream))
        fields.varint(4, UInt64(self.code.rawValue))
        fields.text(5, self.alternateAddress)
        return fields.bytes
    }
}
