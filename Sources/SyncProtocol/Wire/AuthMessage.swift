/// Who the dialler acts for (Spec §8.2). Says nothing of a project: each stream is checked on its own.
public struct AuthMessage: WireMessage, CustomStringConvertible {
    public static let type = FrameType.auth

    /// Bearer token: visible ASCII, at most ``Limits/tokenByteCountMax`` bytes.
    public var token: String

    /// - Precondition: ``WireText/isToken(_:)``.
    public init(token: String) {
        precondition(WireText.isToken(token), "not a token that can travel")
        self.token = token
    }

    public init(decoding payload: RawSpan) throws(WireError) {
        guard payload.byteCount <= Limits.authByteCountMax else { throw WireError(.frameTooLarge) }
        var token: String?
        var fields = FieldReader()
        while let field = try fields.next(in: payload) {
            switch field.tag {
            case 2:
                let bytes = try field.bytes(in: payload, byteCountMax: Limits.tokenByteCountMax)
                guard bytes.allSatisfy(WireText.isTokenByte) else { throw field.invalid }
                token = String(decoding: bytes, as: UTF8.self)
            default: try field.skipUnknown()
            }
        }
        guard let token else { throw WireError(.missingField, tag: 2) }
        self.token = token
    }

    public func encoded() -> [UInt8] {
        var fields = FieldWriter()
        fields.text(2, self.token)
        return fields.bytes
    }

    /// Never the token: descriptions end up in logs.
    public var description: String { "AuthMessage(token: …)" }
}
