import SyncProtocol
import SyncTransport

/// One NEWS, from the asking side.
enum NewsRequest {
    /// Waits until something has changed that `request` does not know of.
    static func ask(_ request: NewsMessage, on connection: SyncConnection) async throws -> ChangedMessage {
        var machine = NewsClient(request)
        return try await connection.ask(request) { header, payload in
            switch machine.received(header, payload: payload) {
            case .changed(let news): return news
            case .fail(let error): throw error
            }
        }
    }
}
