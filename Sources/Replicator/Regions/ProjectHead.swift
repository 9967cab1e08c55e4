import ObjectModel
import SyncProtocol
import SyncTransport

/// Asks a node where a project stands there.
enum ProjectHead {
    /// Answered at once.
    ///
    /// - Throws: ``SyncTransportError`` also when there is no such project.
    static func ask(_ project: ProjectID, on connection: SyncConnection) async throws -> HeadMessage {
        var machine = WatchClient(WatchMessage(project: project))
        let stream = try await connection.open(machine.request, flags: .end)
        return try await stream.closing {
            for try await frame in stream.frames {
                switch machine.received(frame.header, payload: frame.payload.span.bytes) {
                case .moved(let head): return head
                case .fail(let error): throw error
                }
            }
            throw SyncTransportError.disconnected
        }
    }
}
