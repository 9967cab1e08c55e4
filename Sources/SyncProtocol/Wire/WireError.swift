/// Why bytes from a peer are not what the specification allows.
///
/// The code says what the peer is told; the tag, when there is one, says where in the payload it went wrong.
public struct WireError: Error, Equatable, Sendable {
    public var code: ErrorCode
    /// Tag of the field at fault; `nil` outside of fields.
    public var tag: UInt64?

    public init(_ code: ErrorCode, tag: UInt64? = nil) {
        self.code = code
        self.tag = tag
    }
}

/// What went wrong in terms that both peers share (Spec §14).
public struct SyncError: Error, Equatable, Sendable {
    public var code: ErrorCode
    public var scope: ErrorCode.Scope
    /// Safe for a peer to read. Internal detail belongs in the log.
    public var publicMessage: String
    /// The least delay before the same request makes sense again, in milliseconds; 0 when nothing is known.
    public var retryAfterMilliseconds: UInt64

    public init(
        _ code: ErrorCode, scope: ErrorCode.Scope? = nil, publicMessage: String = "", retryAfterMilliseconds: UInt64 = 0
    ) {
        self.code = code
        self.scope = scope ?? code.scope
        self.publicMessage = publicMessage
        self.retryAfterMilliseconds = retryAfterMilliseconds
    }

    /// The same request may succeed later without anybody's help.
    public var isRetryable: Bool { self.code.errorClass == .retry }
}

extension SyncError: CustomStringConvertible {
    public var description: String {
        self.publicMessage.isEmpty ? "error 0x\(String(self.code.rawValue, radix: 16))" : self.publicMessage
    }
}
