/// One message that fills one frame's payload (Spec §8).
public protocol WireMessage: Equatable, Sendable {
    /// The kind of its frame.
    static var type: FrameType { get }

    /// Reads a whole payload. Never traps; whatever a peer may not send is an error with its code.
    init(decoding payload: RawSpan) throws(WireError)

    /// The payload. Encoding what was decoded gives the same bytes, ignorable unknown fields left out.
    func encoded() -> [UInt8]
}

extension WireMessage {
    /// The message as a whole frame.
    ///
    /// - Precondition: the payload is at most ``Limits/frameByteCountMax``.
    public func frame(stream: UInt32, flags: FrameHeader.Flags = []) -> [UInt8] {
        let payload = self.encoded()
        var bytes: [UInt8] = []
        bytes.reserveCapacity(FrameHeader.byteCount + payload.count)
        FrameHeader(payloadByteCount: payload.count, type: Self.type, flags: flags, stream: stream)
            .encode(into: &bytes)
        bytes.append(contentsOf: payload)
        return bytes
    }
}
