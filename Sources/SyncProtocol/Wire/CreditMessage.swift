/// More bytes that the peer may send, on the stream of the frame or, on stream 0, on the connection (Spec §8.4).
public struct CreditMessage: WireMessage {
    public static let type = FrameType.credit
    /// In payload bytes, 1 to ``Limits/creditMax``.
    public var byteCount: Int

    public init(byteCount: Int) { self.byteCount = byteCount }

    public init(decoding payload: RawSpan) throws(WireError) {
        let field = Field(tag: 0, range: 0..<payload.byteCount)
        do {
            self.byteCount = try field.count(in: payload, default: nil, max: Limits.creditMax)
        } catch {
            throw WireError(error.code)
        }
        guard self.byteCount >= 1 else { throw WireError(.invalidField) }
    }

    public func encoded() -> [UInt8] {
        precondition(self.byteCount >= 1, "credit is positive")
        var bytes: [UInt8] = []
        Varint.encode(UInt64(self.byteCount), into: &bytes)
        return bytes
    }
}
