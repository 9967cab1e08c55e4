import Logging
import Replicator
import ServiceLifecycle
import SyncTransport

/// The sync port as a service.
struct SyncService<Authority: SyncAuthority>: Service {
    let listener: SyncListener
    let handler: ProjectSyncHandler<Authority>

    /// Peers that are told to go away have so long to finish what they do.
    private static var graceMax: Duration { .seconds(2) }

    func run() async throws {
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await self.listener.run(self.handler) }
                group.addTask {
                    try await gracefulShutdown()
                    try await Task.sleep(for: Self.graceMax)
                }
                try await group.next()
                group.cancelAll()
            }
        } onGracefulShutdown: {
            self.listener.shutDown()
        }
    }
}
