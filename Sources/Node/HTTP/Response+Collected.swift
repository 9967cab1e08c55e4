import HTTPTypes
import Hummingbird
import NIOCore

extension Response {
    /// The whole body, in memory.
    func collected() async throws -> ByteBuffer {
        var buffer = ByteBuffer()
        try await self.body.write(BufferWriter { buffer.writeImmutableBuffer($0) })
        return buffer
    }
}

/// Takes a body in memory.
private struct BufferWriter: ResponseBodyWriter {
    private let take: (ByteBuffer) -> Void

    init(_ take: @escaping (ByteBuffer) -> Void) { self.take = take }

    mutating func write(_ buffer: ByteBuffer) async throws { self.take(buffer) }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
