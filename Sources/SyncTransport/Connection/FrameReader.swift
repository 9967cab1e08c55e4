import NIOCore
public import SyncProtocol

/// One frame as it came.
public struct SyncFrame: Sendable {
    public var header: FrameHeader
    public var payload: [UInt8]
}

/// Cuts what a socket reads into frames (Spec §4). Holds at most one frame and one read of the socket.
struct FrameReader {
    private var bytes = ByteBuffer()

    mutating func append(_ chunk: ByteBuffer) {
        if self.bytes.readableBytes == 0 {
            self.bytes = chunk
        } else {
            self.bytes.discardReadBytes()
            self.bytes.writeImmutableBuffer(chunk)
        }
    }

    /// The next whole frame, or `nil` when more must be read first.
    mutating func next(payloadByteCountMax: Int) throws(WireError) -> SyncFrame? {
        guard
            let header = try FrameHeader.parse(
                self.bytes.readableBytesSpan, payloadByteCountMax: payloadByteCountMax),
            self.bytes.readableBytes >= FrameHeader.byteCount + header.payloadByteCount
        else { return nil }
        self.bytes.moveReaderIndex(forwardBy: FrameHeader.byteCount)
        guard let payload = self.bytes.readBytes(length: header.payloadByteCount) else {
            preconditionFailure("the length was checked")
        }
        return SyncFrame(header: header, payload: payload)
    }
}
