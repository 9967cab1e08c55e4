import SyncProtocol
import SyncTransport

extension SyncConnection {
    /// Sends `request` as the only frame of a stream, and waits for the one that answers it.
    ///
    /// - Parameter read: takes the answer.
    /// - Throws: ``SyncTransportError``; what `read` throws, which the peer is told when it is a ``SyncError``.
    nonisolated func ask<Answer>(
        _ request: some WireMessage, _ read: (FrameHeader, RawSpan) throws -> Answer
    ) async throws -> Answer {
        let stream = try await self.open(request, flags: .end)
        return try await stream.closing {
            for try await frame in stream.frames { return try read(frame.header, frame.payload.span.bytes) }
            throw SyncTransportError.disconnected
        }
    }
}
