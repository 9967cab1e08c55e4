/// Kind of a frame (Spec §4.2). Kinds from 0x80 on may be ignored by a receiver that does not know them.
public struct FrameType: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let hello = Self(rawValue: 0x00)
    public static let auth = Self(rawValue: 0x01)
    public static let ping = Self(rawValue: 0x02)
    public static let credit = Self(rawValue: 0x03)
    public static let error = Self(rawValue: 0x04)
    public static let goAway = Self(rawValue: 0x05)
    public static let pong = Self(rawValue: 0x07)
    public static let fetch = Self(rawValue: 0x10)
    public static let plan = Self(rawValue: 0x11)
    public static let done = Self(rawValue: 0x14)
    public static let data = Self(rawValue: 0x15)
    public static let offer = Self(rawValue: 0x18)
    public static let need = Self(rawValue: 0x19)
    public static let commit = Self(rawValue: 0x1A)
    public static let result = Self(rawValue: 0x1B)
    public static let operations = Self(rawValue: 0x21)
    public static let watch = Self(rawValue: 0x26)
    public static let head = Self(rawValue: 0x27)
    public static let reconcile = Self(rawValue: 0x28)
    public static let sketch = Self(rawValue: 0x29)
    public static let more = Self(rawValue: 0x2A)
    public static let ids = Self(rawValue: 0x2B)
    public static let blob = Self(rawValue: 0x2C)
    public static let parts = Self(rawValue: 0x2D)
    public static let put = Self(rawValue: 0x2E)
    public static let roster = Self(rawValue: 0x30)
    public static let news = Self(rawValue: 0x31)
    public static let changed = Self(rawValue: 0x32)
    public static let join = Self(rawValue: 0x33)
    public static let joined = Self(rawValue: 0x34)
    public static let call = Self(rawValue: 0x35)
    public static let answer = Self(rawValue: 0x36)
    public static let lease = Self(rawValue: 0x37)
    public static let leased = Self(rawValue: 0x38)
    public static let purge = Self(rawValue: 0x39)
    public static let purged = Self(rawValue: 0x3A)

    /// Every kind that this implementation knows (registry.md).
    public static let known: [FrameType] = [
        .hello, .auth, .ping, .credit, .error, .goAway, .pong, .fetch, .plan, .done, .data, .offer, .need, .commit,
        .result, .operations, .watch, .head, .reconcile, .sketch, .more, .ids, .blob, .parts, .put, .roster,
        .news, .changed, .join, .joined, .call, .answer, .lease, .leased, .purge, .purged,
    ]

    /// A receiver that does not know the kind skips the frame (`FRAME-6`).
    public var isIgnorable: Bool { self.rawValue >= 0x80 }

    /// The payload spends credit of its stream and of the connection (`CREDIT-1`).
    public var spendsCredit: Bool {
        switch self {
        case .data, .operations, .offer: true
        default: false
        }
    }

    /// A request that opens a stream (`STREAM-3`).
    public var opensStream: Bool {
        switch self {
        case .fetch, .offer, .watch, .reconcile, .blob, .put, .news, .join, .call, .lease, .purge: true
        default: false
        }
    }

    /// Belongs on stream 0 (`FRAME-8`). CREDIT and ERROR stand on either.
    public var isConnectionOnly: Bool {
        switch self {
        case .hello, .auth, .ping, .pong, .goAway, .roster: true
        default: false
        }
    }
}
