/// Asks whether the peer is there (Spec §8.3).
public struct PingMessage: WireMessage {
    public static let type = FrameType.ping
    /// Eight bytes that come back unchanged.
    public var nonce: UInt64

    public init(nonce: UInt64) { self.nonce = nonce }

    public init(decoding payload: RawSpan) throws(WireError) {
        guard payload.byteCount == 8 else { throw WireError(.invalidField) }
        self.nonce = payload.word64(0)
    }

    public func encoded() -> [UInt8] { withUnsafeBytes(of: self.nonce.bigEndian) { Array($0) } }
}

/// The answer to a PING (Spec §8.3).
public struct PongMessage: WireMessage {
    public static let type = FrameType.pong
    /// The eight bytes of the PING.
    public var nonce: UInt64

    public init(nonce: UInt64) { self.nonce = nonce }

    public init(decoding payload: RawSpan) throws(WireError) {
        self.nonce = try PingMessage(decoding: payload).nonce
    }

    public func encoded() -> [UInt8] { PingMessage(nonce: self.nonce).encoded() }
}
