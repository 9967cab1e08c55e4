import Logging
import ObjectModel
import Storage
import SyncProtocol
import SyncTransport

/// Tells one region what it must remove, for as long as the connection to it lives (Spec §22.3).
struct PurgeOrdering: Sendable {
    private let replica: Replica
    private let region: NodeID
    private let node: NodeID
    private let logger: Logger
    private let bring: @Sendable (ProjectID) async throws -> Bool

    /// - Parameters:
    ///   - region: at the other end.
    ///   - node: this one.
    ///   - bring: fetches what the region has of a project. Returns whether that came.
    init(
        _ replica: Replica, region: NodeID, by node: NodeID, logger: Logger,
        bring: @escaping @Sendable (ProjectID) async throws -> Bool
    ) {
        self.replica = replica
        self.region = region
        self.node = node
        self.logger = logger
        self.bring = bring
    }

    func run(on connection: SyncConnection) async throws {
        // Subscribed before the first look, so that nothing falls in between.
        var changes = self.replica.changes.allChanges().makeAsyncIterator()
        var backoff = Backoff(upTo: Limits.regionPauseMax)
        while !Task.isCancelled {
            let orders = try await self.replica.metadata.read { [region, node] in
                try $0.purgeOrders(for: region, by: node)
            }
            var isDone = true
            for order in orders where try await !self.settle(order.project, on: connection) { isDone = false }
            if isDone {
                backoff.reset()
                _ = await changes.next(isolation: #isolation)
            }
            // What waits for further copies is asked for again; and many changes are looked at once.
            try await Task.sleep(for: max(Limits.purgePause, isDone ? .zero : backoff.next()))
        }
    }

    /// - Returns: whether the region holds nothing any more, or may have the project again.
    private func settle(_ project: ProjectID, on connection: SyncConnection) async throws -> Bool {
        var held: [NodeID: UInt64] = [:]
        for _ in 0..<Limits.purgeRoundCount {
            // Bringing may have taken long, and the policy may be another one (`PURGE-7`).
            let found = try await self.replica.metadata.read { [region, node] in
                try $0.purgeOrder(of: project, for: region, by: node)
            }
            guard var order = found else { return true }
            order.held = held
            let answer: PurgeAnswer
            do {
                answer = try await Self.ask(order, on: connection)
            } catch SyncTransportError.peer(let error)
                where error.code == .projectUnknown || error.code == .unknownFrameType
            {
                // It may not tell this region of the project, or runs an older release.
                return false
            }
            guard case .holding(let marks) = answer else {
                try await self.replica.metadata.write { [region] in
                    try $0.deletePeerCursor(of: region, in: project)
                }
                self.logger.notice(
                    "a region removed a project",
                    metadata: ["project": "\(project)", "peer.id": "\(self.region)"])
                return true
            }
            if try await self.holds(marks, of: project) {
                guard held != marks else { return false }
                held = marks
            } else if try await !self.bring(project) {
                return false
            }
        }
        return false
    }

    private func holds(_ marks: [NodeID: UInt64], of project: ProjectID) async throws -> Bool {
        try await self.replica.metadata.read { try $0.lastSequences(in: .project(project)) }.covers(marks)
    }

    private static func ask(_ order: PurgeOrder, on connection: SyncConnection) async throws -> PurgeAnswer {
        var machine = PurgeClient(PurgeMessage(order))
        return try await connection.ask(machine.request) { header, payload in
            switch machine.received(header, payload: payload) {
            case .purged(let message): return PurgeAnswer(message)
            case .fail(let error): throw error
            }
        }
    }
}

extension PurgeMessage {
    init(_ order: PurgeOrder) {
        self.init(
            project: order.project, exclusion: [OperationMark](order.exclusion), copies: UInt64(order.minimumCopies),
            held: [OperationMark](order.held))
    }

    var order: PurgeOrder {
        PurgeOrder(
            project: self.project, exclusion: self.exclusion.sequences, minimumCopies: Int(self.copies),
            held: self.held.sequences)
    }
}

extension PurgedMessage {
    init(_ answer: PurgeAnswer) {
        switch answer {
        case .removed: self.init()
        case .holding(let marks): self.init(marks: [OperationMark](marks))
        }
    }
}

extension PurgeAnswer {
    fileprivate init(_ message: PurgedMessage) {
        self = message.marks.isEmpty ? .removed : .holding(message.marks.sequences)
    }
}

extension [OperationMark] {
    fileprivate init(_ sequences: [NodeID: UInt64]) {
        self = sequences.map { OperationMark(origin: $0.key, sequence: $0.value) }.sorted { $0.origin < $1.origin }
    }
}
