import SyncProtocol
import SyncTransport

/// The frames of a stream, for whoever is done with one when asking for the next: what was read is given back as credit
/// then.
struct CreditedFrames {
    private let stream: SyncStream
    private var frames: AsyncThrowingStream<SyncFrame, any Error>.AsyncIterator
    private var unreleasedByteCount = 0

    init(of stream: SyncStream) {
        self.stream = stream
        self.frames = stream.frames.makeAsyncIterator()
    }

    /// What was read last is done with.
    mutating func release() async throws {
        guard self.unreleasedByteCount > 0 else { return }
        try await self.stream.release(self.unreleasedByteCount)
        self.unreleasedByteCount = 0
    }

    /// Reads one frame more; `nil` when the peer sends no more.
    mutating func next(isolation: isolated (any Actor)?) async throws -> SyncFrame? {
        try await self.release()
        guard let frame = try await self.frames.next(isolation: isolation) else { return nil }
        self.unreleasedByteCount = frame.payload.count
        return frame
    }
}
