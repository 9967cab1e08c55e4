import ObjectModel
import Storage
import SyncProtocol
import SyncTransport

/// Takes one push: objects first, then the versions that refer to them.
struct PushServing: ~Copyable {
    typealias Publishing = @Sendable ([Publication]) async throws -> Publish.Outcome

    private let replica: Replica
    private let stream: SyncStream
    private let publish: Publishing
    /// Who gives.
    private let peer: String
    private var machine: PushServer
    private var intake: BlockIntake
    private var result: ResultMessage?

    init(
        _ replica: Replica, _ stream: SyncStream, _ machine: consuming PushServer, from peer: String,
        publish: @escaping Publishing
    ) {
        self.replica = replica
        self.stream = stream
        self.publish = publish
        self.peer = peer
        self.intake = BlockIntake(replica, project: machine.project, policy: .fromClient, stream: stream)
        self.machine = machine
    }

    /// - Parameter first: the frame that opened the stream.
    mutating func serve(
        _ first: SyncFrame, _ frames: inout AsyncThrowingStream<SyncFrame, any Error>.AsyncIterator
    ) async throws {
        let (project, unfinished) = (self.machine.project, self.replica.unfinished)
        if let begun = try await unfinished.take(of: project, from: self.peer) { self.machine.continuing(begun) }
        do {
            try await withThrowingTaskGroup(of: BlockIntake.Step.self) { steps in
                try await self.received(first, &steps)
                while self.result == nil, let frame = try await frames.next() {
                    try await self.received(frame, &steps)
                }
            }
        } catch let error as HeldMismatch {
            throw error.underlying
        } catch let error where error is SyncTransportError || error is CancellationError {
            try await unfinished.keep(remains: self.machine.unfinished, of: project, from: self.peer)
            throw error
        }
        guard let result else {
            // The end of a connection also shows as the end of its streams.
            try await unfinished.keep(remains: self.machine.unfinished, of: project, from: self.peer)
            throw SyncError(.truncated, scope: .stream)
        }
        try await self.stream.send(self.machine.applied(result), flags: .end)
        self.replica.changes.announce(self.machine.project)
    }

    private mutating func received(_ frame: SyncFrame, _ steps: inout BlockIntake.Steps) async throws {
        switch self.machine.received(frame.header, payload: frame.payload.span.bytes) {
        case .check(let window, let ids):
            let missing = Set(try await self.replica.objects.missing(from: ids, in: self.machine.project))
            try await self.stream.release(frame.payload.count)
            try await self.stream.send(self.machine.answer(window: window, needed: ids.map(missing.contains)))
        case .expect: try await self.stream.release(frame.payload.count)
        case .readData: try await self.readData(frame.payload, &steps)
        case .awaitDurability: try await self.makeDurable(&steps)
        case .apply(let commit): self.result = try await self.apply(commit)
        case .fail(let error): throw error
        }
    }

    private mutating func readData(
        _ payload: [UInt8], _ steps: inout BlockIntake.Steps
    ) async throws {
        var offset = 0
        while true {
            switch self.machine.nextBlock(in: payload.span.bytes, at: &offset) {
            case .needMore: return
            case .began(let byteCount): try await self.stream.blockBegan(byteCount: byteCount)
            case .store(let block):
                await self.stream.blockCompleted()
                try await self.intake.take(block, cursor: nil, in: &steps)
                try await self.noteDurable()
            case .fail(let error): throw error
            }
        }
    }

    private mutating func makeDurable(_ steps: inout BlockIntake.Steps) async throws {
        try await self.intake.finish(&steps)
        try await self.noteDurable()
    }

    private mutating func noteDurable() async throws {
        let count = self.intake.takeDurableCount()
        guard count > 0 else { return }
        if case .apply(let commit) = self.machine.madeDurable(count) { self.result = try await self.apply(commit) }
    }

    private func apply(_ commit: CommitMessage) async throws -> ResultMessage {
        let publications: [Publication]
        do {
            publications = try commit.intents.map(PushIntent.decode)
        } catch {
            throw SyncError(.invalidField, scope: .stream, publicMessage: "An intent cannot be read.")
        }
        guard !publications.isEmpty else { return ResultMessage(outcome: .applied) }
        do {
            switch try await self.publish(publications) {
            case .published(let isNew):
                return ResultMessage(
                    outcome: isNew.contains(true) ? .applied : .alreadyApplied,
                    replies: isNew.map(PushIntent.reply))
            case .objectsMissing(let roots):
                return ResultMessage(
                    outcome: .objectsMissing, missing: Array(roots.prefix(SyncProtocol.Limits.missingCountMax)))
            }
        } catch let error as DomainError {
            return ResultMessage(outcome: .refused, replies: [Array(error.message.utf8)])
        }
    }
}
