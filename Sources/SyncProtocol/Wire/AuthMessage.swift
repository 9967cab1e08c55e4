/// Who the dialler acts for (Spec §8.2). Says nothing of a project: each stream is checked on its own.
public struct AuthMessage: WireMessage, CustomStringConvertible {
    public static let type = FrameType.auth

    public var credential: Credential

    /// - Precondition: a token is ``WireText/isToken(_:)``.
    public init(_ credential: Credential) {
        if case .token(let token) = credential { precondition(WireText.isToken(token), "not a token that can travel") }
        self.credential = credential
    }

    public init(decoding payload: RawSpan) throws(WireError) {
        guard payload.byteCount <= Limits.authByteCountMax else { throw WireError(.frameTooLarge) }
        var token: String?
        var isNode = false
        var fields = FieldReader()
        while let field = try fields.next(in: payload) {
            switch field.tag {
            case 2: token = try field.token(in: payload)
            case 4: isNode = try field.varint(in: payload, max: 1) == 1
            default: try field.skipUnknown()
            }
        }
        switch (token, isNode) {  // AUTH-9
        case (let token?, false): self.credential = .token(token)
        case (nil, true): self.credential = .certificate
        case (.some, true): throw WireError(.invalidField, tag: 4)
        case (nil, false): throw WireError(.missingField, tag: 2)
        }
    }

    public func encoded() -> [UInt8] {
        var fields = FieldWriter()
        switch self.credential {
        case .token(let token): fields.text(2, token)
        case .certificate: fields.varint(4, 1)
        }
        return fields.bytes
    }

    public var description: String { "AuthMessage(\(self.credential))" }
}

/// What a dialler proves itself with.
public enum Credential: Equatable, Sendable, CustomStringConvertible {
    /// A bearer token of the API, for the person behind it: visible ASCII, at most ``Limits/tokenByteCountMax`` bytes.
    case token(String)
    /// The certificate of its TLS handshake, for the node that holds its key (`AUTH-9`).
    case certificate

    /// Never the token: descriptions end up in logs.
    public var description: String {
        switch self {
        case .token: "token: …"
        case .certificate: "certificate"
        }
    }
}
