import ObjectModel
import Storage
import SyncTransport

/// Waits for a project to change, for as long as the peer of a stream waits.
enum ProjectNews {
    /// Calls `look` at once and after each change, until it returns `true` or the peer gives the stream up.
    static func wait(
        for project: ProjectID, in changes: ProjectChanges, on stream: SyncStream, _ look: () async throws -> Bool
    ) async throws {
        // Subscribed before the first look, so that nothing falls in between.
        let changed = changes.changes(of: project)
        let (looks, toLooks) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        toLooks.yield()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in changed { toLooks.yield() } }
            group.addTask {
                for await _ in stream.life {}
                toLooks.finish()
            }
            for await _ in looks {
                if try await look() { break }
            }
            group.cancelAll()
        }
    }
}
