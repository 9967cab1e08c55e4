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
        try await ProjectNews.wait(for: machine.request.project, in: self.replica.changes, on: self.stream) {
            try await self.answer(&machine)
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
        let marks = try await self.replica.metadata.read { try $0.marks(in: .project(project)) }
        guard let journal = try await self.replica.blocks.journal(of: project, from: 0)?.head else {
            throw StorageError.corrupt("the journal of \(project) does not start at 0")
        }
        return HeadMessage(
            cursor: JournalCursor(epoch: journal.epoch, nextOrdinal: journal.nextOrdinal), marks: marks)
    }
}
