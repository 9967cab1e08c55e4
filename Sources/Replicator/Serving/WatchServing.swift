import ObjectModel
import Storage
import SyncProtocol
import SyncTransport

/// Answers one WATCH: at once when the peer lacks something, else with the next change.
struct WatchServing {
    private let replica: Replica
    private let stream: SyncStream
    private let requireAccess: @Sendable () async throws -> Void

    /// - Parameter requireAccess: throws when the peer may not learn the head.
    init(_ replica: Replica, _ stream: SyncStream, requireAccess: @escaping @Sendable () async throws -> Void) {
        self.replica = replica
        self.stream = stream
        self.requireAccess = requireAccess
    }

    func serve(_ machine: consuming WatchServer) async throws {
        let project = machine.request.project
        // Subscribed before the first look, so that nothing falls in between.
        let changes = self.replica.changes.changes(of: project)
        let (looks, look) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        look.yield()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in changes { look.yield() } }
            // The peer may give the watch up at any time.
            group.addTask { [stream] in
                for await _ in stream.life {}
                look.finish()
            }
            for await _ in looks {
                if try await self.answer(&machine) { break }
            }
            group.cancelAll()
        }
    }

    private func answer(_ machine: inout WatchServer) async throws -> Bool {
        switch machine.head(try await self.head(of: machine.request.project)) {
        case .wait: return false
        case .done: return true
        case .send(let head):
            try await self.requireAccess()
            try await self.stream.send(head, flags: .end)
            return true
        }
    }

    private func head(of project: ProjectID) async throws -> HeadMessage {
        let scope = LogScope.project(project)
        let marks = try await self.replica.metadata.read { rows in
            try rows.origins(in: scope).map { origin in
                OperationMark(origin: origin, sequence: try rows.lastSequence(of: origin, in: scope))
            }
        }
        guard let journal = try await self.replica.blocks.journal(of: project, from: 0)?.head else {
            throw StorageError.corrupt("the journal of \(project) does not start at 0")
        }
        return HeadMessage(
            cursor: JournalCursor(epoch: journal.epoch, nextOrdinal: journal.nextOrdinal), marks: marks)
    }
}
