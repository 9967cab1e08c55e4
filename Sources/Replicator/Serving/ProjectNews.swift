import ObjectModel
import Storage
import SyncTransport

/// Waits for projects to change, for as long as the peer of a stream waits.
enum ProjectNews {
    /// Calls `look` at once and after each change, until it returns `true` or the peer gives the stream up.
    static func wait(
        for project: ProjectID, in changes: ProjectChanges, on stream: SyncStream, _ look: () async throws -> Bool
    ) async throws {
        try await self.wait(for: changes.changes(of: project), on: stream, look)
    }

    /// - Parameter changed: an element for each change, subscribed before the first look, so that nothing falls in between.
    static func wait(
        for changed: AsyncStream<Void>, on stream: SyncStream, _ look: () async throws -> Bool
    ) async throws {
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
