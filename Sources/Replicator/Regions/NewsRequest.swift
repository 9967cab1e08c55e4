import SyncProtocol
import SyncTransport

/// One NEWS, from the asking side.
enum NewsRequest {
    /// Waits until something has changed that `request` does not know of.
    static func ask(_ request: NewsMessage, on connection: SyncConnection) async throws -> ChangedMessage {
        var machine = NewsClient(request)
        let stream = try await connection.open(request, flags: .end)
        return try await stream.closing {
            for try await frame in stream.frames {
                switch machine.received(frame.header, payload: frame.payload.span.bytes) {
                case .changed(let news): return news
                case .fail(let error): throw error
                }
            }
            throw SyncTransportError.disconnected
        }
    }
}
