import ObjectModel
import Storage
import SyncProtocol
import SyncTransport

/// Answers one NEWS: at once when something changed that the peer has not heard of, else with the next change.
struct NewsServing {
    private let replica: Replica
    private let stream: SyncStream
    private let reader: NodeID
    private let mayRead: @Sendable (ProjectID) async throws -> Bool

    /// - Parameters:
    ///   - reader: the peer. What came from it is no news to it.
    ///   - mayRead: whether the peer may know of a project. Throws when it may not ask any more.
    init(
        _ replica: Replica, _ stream: SyncStream, for reader: NodeID,
        mayRead: @escaping @Sendable (ProjectID) async throws -> Bool
    ) {
        self.replica = replica
        self.stream = stream
        self.reader = reader
        self.mayRead = mayRead
    }

    func serve(_ machine: NewsServer) async throws {
        let changes = self.replica.changes
        var position = machine.position(in: changes.epoch)
        try await ProjectNews.wait(for: changes.allChanges(), on: self.stream) {
            // From the start it is told everything: it may have lost what it gave.
            let (last, projects) = changes.news(
                after: position, limit: SyncProtocol.Limits.changedProjectCountMax,
                butFrom: position == 0 ? nil : self.reader)
            position = last
            var known: [ProjectID] = []
            for project in projects where try await self.mayRead(project) { known.append(project) }
            guard !known.isEmpty else { return false }
            let answer = ChangedMessage(epoch: changes.epoch, last: last, projects: known.sorted())
            try await self.stream.send(answer, flags: .end)
            return true
        }
    }
}
