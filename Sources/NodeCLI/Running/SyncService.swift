import Logging
import Replicator
import ServiceLifecycle
import SyncTransport

/// The sync port as a service.
struct SyncService<Authority: SyncAuthority>: Service {
    let listener: SyncListener
    let handler: ProjectSyncHandler<Authority>

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            do {
                try await listener.run(handler)
            } catch is CancellationError {
                return
            }
        }
    }
}
