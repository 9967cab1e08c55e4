/// Number of an error on the wire (Spec §14). Unknown numbers survive decoding and are handled by their class.
///
/// The high byte is the class, so that a peer knows what to do about a code that it has never heard of (`ERR-2`).
public struct ErrorCode: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    // Class 0x01: the peer broke the protocol.
    public static let malformedHeader = Self(rawValue: 0x0101)
    public static let frameTooLarge = Self(rawValue: 0x0102)
    public static let unknownFrameType = Self(rawValue: 0x0103)
    public static let unknownFlag = Self(rawValue: 0x0104)
    public static let unexpectedFrame = Self(rawValue: 0x0105)
    public static let invalidStreamID = Self(rawValue: 0x0106)
    public static let malformedVarint = Self(rawValue: 0x0107)
    public static let truncated = Self(rawValue: 0x0108)
    public static let fieldOrder = Self(rawValue: 0x0109)
    public static let unknownField = Self(rawValue: 0x010A)
    public static let invalidField = Self(rawValue: 0x010B)
    public static let missingField = Self(rawValue: 0x010C)
    public static let defaultField = Self(rawValue: 0x010D)
    public static let badMagic = Self(rawValue: 0x010E)
    public static let versionUnsupported = Self(rawValue: 0x010F)
    public static let creditExceeded = Self(rawValue: 0x0110)
    public static let malformedBlock = Self(rawValue: 0x0111)
    public static let orderViolated = Self(rawValue: 0x0112)

    // Class 0x02: who you are, or what you may do.
    public static let unauthenticated = Self(rawValue: 0x0201)
    public static let forbidden = Self(rawValue: 0x0202)

    // Class 0x03: the same request may succeed later.
    public static let busy = Self(rawValue: 0x0301)
    public static let shuttingDown = Self(rawValue: 0x0302)
    public static let tooManyStreams = Self(rawValue: 0x0303)
    public static let silent = Self(rawValue: 0x0304)
    public static let cancelled = Self(rawValue: 0x0305)
    public static let internalFailure = Self(rawValue: 0x0306)

    // Class 0x04: a limit that an operator set.
    public static let storageFull = Self(rawValue: 0x0401)
    public static let pushTooLarge = Self(rawValue: 0x0402)
    public static let rateLimited = Self(rawValue: 0x0403)

    // Class 0x05: content is not what it claims to be.
    public static let contentMismatch = Self(rawValue: 0x0501)
    public static let transcriptMismatch = Self(rawValue: 0x0502)
    public static let idConflict = Self(rawValue: 0x0503)
    public static let operationConflict = Self(rawValue: 0x0504)
    public static let rosterInvalid = Self(rawValue: 0x0505)

    // Class 0x06: what was asked for is not here.
    public static let projectUnknown = Self(rawValue: 0x0601)
    public static let blobUnknown = Self(rawValue: 0x0602)
    public static let logCompacted = Self(rawValue: 0x0603)

    /// What to do about an error (Spec §14, `ERR-2`).
    public enum Class: UInt8, Sendable, CaseIterable {
        /// Report it; the same bytes fail again.
        case `protocol` = 1
        /// Get another token or another role first.
        case auth = 2
        /// Repeat with growing delays, not before the delay that the error names.
        case retry = 3
        /// An operator or the user must make room.
        case quota = 4
        /// Fetch again, from another peer when there is one; report a second failure.
        case integrity = 5
        /// Forget the request.
        case gone = 6
    }

    /// The class of the code; an unknown class counts as ``Class/protocol``.
    public var errorClass: Class { Class(rawValue: UInt8(self.rawValue >> 8)) ?? .protocol }

    /// What ends with an error that is about one stream: that stream, or the whole connection.
    public enum Scope: Sendable { case stream, connection }

    /// The scope of the code in the registry. An error on stream 0 always ends the connection (`ERR-1`).
    public var scope: Scope {
        switch self {
        case .malformedHeader, .frameTooLarge, .unknownFlag, .invalidStreamID, .badMagic, .versionUnsupported,
            .creditExceeded, .unauthenticated, .silent, .rosterInvalid:
            .connection
        default:
            .stream
        }
    }
}
