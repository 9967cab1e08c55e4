import NIOCore
public import SyncProtocol

/// One frame as it came.
public struct SyncFrame: Sendable {
    public var header: FrameHeader
    public var payload: [UInt8]
}

/// Cuts what a socket reads into frames (Spec §4). Holds at most one frame and one read of the socket, and copies each
/// byte of a payload once.
struct FrameReader {
    private var chunk = ByteBuffer()
    /// What has come of the next header.
    private var head: [UInt8] = []
    /// The header whose payload comes in, and what has come of it.
    private var header: FrameHeader?
    private var payload: [UInt8] = []

    /// - Precondition: ``next(payloadByteCountMax:)`` has returned `nil` since the last time.
    mutating func append(_ chunk: ByteBuffer) {
        precondition(self.chunk.readableBytes == 0, "the last read of the socket is not used up")
        self.chunk = chunk
    }

    /// The next whole frame, or `nil` when more must be read first.
    mutating func next(payloadByteCountMax: Int) throws(WireError) -> SyncFrame? {
        if self.header == nil { self.header = try self.readHeader(payloadByteCountMax) }
        guard let header else { return nil }
        Self.move(header.payloadByteCount - self.payload.count, from: &self.chunk, to: &self.payload)
        guard self.payload.count == header.payloadByteCount else { return nil }
        defer { (self.header, self.payload) = (nil, []) }
        return SyncFrame(header: header, payload: self.payload)
    }

    private mutating func readHeader(_ payloadByteCountMax: Int) throws(WireError) -> FrameHeader? {
        Self.move(FrameHeader.byteCount - self.head.count, from: &self.chunk, to: &self.head)
        guard let header = try FrameHeader.parse(self.head.span.bytes, payloadByteCountMax: payloadByteCountMax) else {
            return nil
        }
        self.head.removeAll(keepingCapacity: true)
        self.payload.reserveCapacity(header.payloadByteCount)
        return header
    }

    private static func move(_ byteCount: Int, from chunk: inout ByteBuffer, to bytes: inout [UInt8]) {
        chunk.readWithUnsafeReadableBytes { readable in
            let part = readable.prefix(byteCount)
            bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: part))
            return part.count
        }
    }
}
