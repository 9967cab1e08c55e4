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
        return try await connection.ask(machine.request) { header, payload in
            switch machine.received(header, payload: payload) {
            case .moved(let head): return head
            case .fail(let error): throw error
            }
        }
    }
}
