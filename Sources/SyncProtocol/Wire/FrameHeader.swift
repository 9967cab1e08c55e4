/// Fixed header before every payload (Spec §4.1, `FRAME-1` to `FRAME-5`).
///
/// Eight bytes, big-endian: u24 payload length, type, flags, u24 stream.
public struct FrameHeader: Equatable, Sendable {
    public static let byteCount = 8

    /// Bits of the flags byte. The low nibble must be understood, the high nibble may be ignored.
    public struct Flags: OptionSet, Hashable, Sendable {
        public var rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        /// The sender's last frame on this stream; CREDIT and ERROR may still follow (`STREAM-4`).
        public static let end = Self(rawValue: 0x01)
        static let mustUnderstand = Self(rawValue: 0x0F)
    }

    /// In bytes; at most what the receiver announced.
    public var payloadByteCount: Int
    public var type: FrameType
    public var flags: Flags
    /// 0 is the connection; odd numbers were opened by the dialler, even ones by the acceptor.
    public var stream: UInt32

    public init(payloadByteCount: Int, type: FrameType, flags: Flags = [], stream: UInt32) {
        self.payloadByteCount = payloadByteCount
        self.type = type
        self.flags = flags
        self.stream = stream
    }

    /// Reads one header and leaves the payload alone.
    ///
    /// - Parameters:
    ///   - bytes: the header first; whatever follows is not looked at.
    ///   - payloadByteCountMax: the limit that this receiver announced, in bytes.
    /// - Throws: ``ErrorCode/frameTooLarge`` (`FRAME-4`), ``ErrorCode/unknownFlag`` (`FRAME-5`).
    /// - Returns: `nil` while fewer than ``byteCount`` bytes have arrived.
    public static func parse(_ bytes: RawSpan, payloadByteCountMax: Int) throws(WireError) -> FrameHeader? {
        guard bytes.byteCount >= Self.byteCount else { return nil }
        let payloadByteCount = Int(bytes.byte(0)) << 16 | Int(bytes.byte(1)) << 8 | Int(bytes.byte(2))
        let type = FrameType(rawValue: bytes.byte(3))
        guard payloadByteCount <= payloadByteCountMax else { throw WireError(.frameTooLarge) }
        let flags = Flags(rawValue: bytes.byte(4))
        guard flags.intersection(.mustUnderstand).isSubset(of: .end) || type.isIgnorable else {
            throw WireError(.unknownFlag)
        }
        let stream = UInt32(bytes.byte(5)) << 16 | UInt32(bytes.byte(6)) << 8 | UInt32(bytes.byte(7))
        return FrameHeader(payloadByteCount: payloadByteCount, type: type, flags: flags, stream: stream)
    }

    /// Appends the eight bytes.
    ///
    /// - Precondition: the payload is at most ``Limits/frameByteCountMax``, the stream at most ``Limits/streamIDMax``.
    public func encode(into bytes: inout [UInt8]) {
        precondition(self.payloadByteCount >= 0, "payload length is negative")
        precondition(self.payloadByteCount <= Limits.frameByteCountMax, "payload exceeds the hard limit")
        precondition(self.stream <= Limits.streamIDMax, "stream number exceeds 24 bits")
        bytes.append(UInt8(self.payloadByteCount >> 16))
        bytes.append(UInt8(self.payloadByteCount >> 8 & 0xFF))
        bytes.append(UInt8(self.payloadByteCount & 0xFF))
        bytes.append(self.type.rawValue)
        bytes.append(self.flags.rawValue)
        bytes.append(UInt8(self.stream >> 16))
        bytes.append(UInt8(self.stream >> 8 & 0xFF))
        bytes.append(UInt8(self.stream & 0xFF))
    }
}
