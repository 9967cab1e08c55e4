import ObjectModel
import Storage
import StorageTestKit
import SyncProtocol

/// One FETCH between two regions, frame by frame, by the machines that serve real ones. It may end at any byte.
final class SimulatedFetch {
    enum Step {
        case more
        case done
        /// The operations wait: the clock that made them is far ahead, or the project must be removed here.
        case refused
    }

    let client: SimulatedRegion
    let server: SimulatedRegion
    let scope: LogScope
    /// Whether anything came.
    private(set) var broughtNews = false
    /// The server left out operations that the client lacks.
    let isSnapshot: Bool
    private var machine: FetchClient
    private var frames: ArraySlice<(header: FrameHeader, payload: [UInt8])> = []
    /// Blocks that came and are not durable.
    private var snapshot: (intake: SnapshotIntake, messageCount: Int, operationCount: Int)?
    private var pending: [(objects: [ObjectID: [UInt8]], cursor: JournalCursor?)] = []
    private var project: ProjectID { self.scope.name }
    /// What the client holds of the project, and what it had to remove, when it asks.
    private let held: [NodeID: UInt64]
    private let purge: Purge?
    /// Whether a project that had to be removed is back, and may be written to.
    private(set) var isBack = false

    init(_ client: SimulatedRegion, from server: SimulatedRegion, _ scope: LogScope) async throws {
        self.client = client
        self.server = server
        self.scope = scope
        let (project, source) = (scope.name, server.node)
        let (cursor, marks, purge) = try await client.store.read { rows in
            (
                try rows.peerCursor(of: source, in: project), try rows.lastSequences(in: scope),
                try rows.purge(of: project)
            )
        }
        (self.held, self.purge) = (marks, purge)
        let request = FetchMessage(
            project: project, cursor: cursor.map { JournalCursor(epoch: $0.epoch, nextOrdinal: $0.nextOrdinal) },
            marks: marks.sorted { $0.key < $1.key }.map { OperationMark(origin: $0.key, sequence: $0.value) },
            options: scope == .server ? .withoutObjects : [], accepted: .snapshots)
        self.machine = FetchClient(request, begun: client.unfinished[source]?[project])
        client.keep(unfinished: nil, of: project, from: source)
        self.isSnapshot = try await server.store.read { try $0.needsSnapshot(marks, in: scope) }
        self.frames = try await Self.answer(self.machine.request, of: server, scope)[...]
        try await server.store.write { [node = client.node] in try $0.putAcknowledgedMarks(marks, of: node, in: scope) }
    }

    // MARK: The answering side

    private static func answer(
        _ request: FetchMessage, of server: SimulatedRegion, _ scope: LogScope
    ) async throws -> [(header: FrameHeader, payload: [UInt8])] {
        var frames: [(header: FrameHeader, payload: [UInt8])] = []
        func put(_ type: FrameType, _ payload: [UInt8], _ flags: FrameHeader.Flags = []) {
            frames.append((FrameHeader(payloadByteCount: payload.count, type: type, flags: flags, stream: 1), payload))
        }
        let asked = request.encoded()
        let header = FrameHeader(payloadByteCount: asked.count, type: .fetch, flags: .end, stream: 1)
        var machine = try FetchServer(header, payload: asked.span.bytes)
        let held = Dictionary(uniqueKeysWithValues: request.marks.map { ($0.origin, $0.sequence) })
        let (logs, compacted) = try await server.store.read { rows in
            (
                try rows.lastSequences(in: scope),
                try rows.needsSnapshot(held, in: scope) ? try rows.compactedMarks(in: scope) : [:]
            )
        }
        let epoch = server.epoch(of: scope.name)
        let journal = server.journal(of: scope.name) ?? SimulatedJournal(epoch: epoch)
        var plan = PlanMessage(epoch: epoch)
        if let cursor = request.cursor {
            let fits = cursor.epoch == epoch && cursor.nextOrdinal <= journal.nextOrdinal
            if fits { plan.firstOrdinal = cursor.nextOrdinal } else { plan.flags.insert(.startingOver) }
        }
        if !compacted.isEmpty {
            plan.flags.insert(.snapshot)
            plan.compacted = compacted.sorted { $0.key < $1.key }
                .map { OperationMark(origin: $0.key, sequence: $0.value) }
        }
        put(.plan, machine.planned(plan).encoded())
        let takesObjects = !request.options.contains(.withoutObjects)
        var data: [UInt8] = []
        for block in journal.blocks where takesObjects && block.nextOrdinal > plan.firstOrdinal {
            let record = machine.sending(block.header, nextOrdinal: block.nextOrdinal)
            data += record.prefix + block.bytes.dropFirst(record.skippedByteCount)
        }
        // Frames end anywhere.
        var random = SeededRandom(seed: UInt64(data.count))
        while !data.isEmpty {
            let count = min(data.count, Int.random(in: 1...600, using: &random))
            put(.data, Array(data.prefix(count)))
            data.removeFirst(count)
        }
        let ends = logs.filter { $0.value > held[$0.key, default: 0] }
        var feed = OperationFeed(server.store, of: scope, upTo: ends, held: held, isSnapshot: !compacted.isEmpty)
        while let operations = try await feed.next() {
            for message in OperationsMessage.pack(operations.map(\.operation)) {
                put(.operations, machine.sending(message))
            }
        }
        let end = takesObjects ? journal.nextOrdinal : plan.firstOrdinal
        put(.done, machine.finished(nextOrdinal: end).encoded(), .end)
        return frames
    }

    // MARK: The asking side

    /// Delivers one frame.
    func step(_ catalogue: Catalogue) async throws -> Step {
        guard let frame = self.frames.popFirst() else { throw SimulationFailure("an answer without an end") }
        switch self.machine.received(frame.header, payload: frame.payload.span.bytes) {
        case .begin(let plan), .startOver(let plan):
            if plan.flags.contains(.snapshot) { try await self.beginSnapshot(plan) }
            return .more
        case .readData:
            try self.readData(frame.payload)
            return .more
        case .apply(let message):
            try await self.makeDurable(catalogue)
            guard try await self.take(message.operations(in: self.scope)) else { return .refused }
            return self.snapshot == nil ? try await self.note(self.machine.madeDurable()) : .more
        case .awaitDurability:
            try await self.makeDurable(catalogue)
            guard let snapshot else { return .done }
            let taken = try await self.take { try snapshot.intake.take(snapshot.operationCount, in: $0) }
            return taken ? try await self.note(self.machine.madeDurable(snapshot.messageCount)) : .refused
        case .finish(let done):
            try await self.finish(done)
            return .done
        case .fail(let error): throw SimulationFailure("an answer is refused: \(error)")
        case .rebuilt: throw SimulationFailure("no range was asked for")
        }
    }

    private func readData(_ payload: [UInt8]) throws {
        var offset = 0
        while true {
            switch self.machine.nextBlock(in: payload.span.bytes, at: &offset) {
            case .needMore: return
            case .began: continue
            case .store(let block, let cursor):
                guard let objects = SimulatedBlock.objects(of: block) else {
                    throw SimulationFailure("a block is not what was sent")
                }
                self.pending.append((objects, cursor))
            case .fail(let error): throw SimulationFailure("a block is refused: \(error)")
            }
        }
    }

    /// Makes what came durable; several blocks in one transaction or each by itself.
    func makeDurable(_ catalogue: Catalogue) async throws {
        while !self.pending.isEmpty {
            let (objects, cursor) = self.pending.removeFirst()
            let samples = objects.keys.sorted().compactMap { id in
                catalogue[id].flatMap { $0.text == objects[id] ? $0 : nil }
            }
            guard samples.count == objects.count else { throw SimulationFailure("an object is not what was uploaded") }
            try await self.client.take(samples, into: self.project, catalogue, cursor.map(self.cursor))
            self.broughtNews = true
            _ = try await self.note(self.machine.madeDurable())
        }
    }

    private func cursor(_ cursor: JournalCursor) -> PeerCursor {
        PeerCursor(
            project: self.project, node: self.server.node, epoch: cursor.epoch, nextOrdinal: cursor.nextOrdinal)
    }

    private func note(_ event: FetchClient.OnDurable) async throws -> Step {
        guard case .finish(let done) = event else { return .more }
        try await self.finish(done)
        return .done
    }

    private func finish(_ done: DoneMessage) async throws {
        guard self.scope != .server else { return }
        let cursor = self.cursor(done.cursor)
        try await self.client.store.write { try $0.put(cursor) }
        let (admission, project, wasHere) = (Admission(node: self.client.node), self.project, !self.held.isEmpty)
        self.isBack = try await self.client.store.write { rows in
            let hadPurge = try rows.purge(of: project) != nil
            _ = try admission.complete(project, wasHere: wasHere, in: rows)
            return try hadPurge && rows.purge(of: project) == nil
        }
    }

    private var intake: OperationIntake {
        OperationIntake(
            self.scope, now: self.client.clock.now, region: self.client.node, purge: self.purge, held: self.held)
    }

    private func take(_ operations: [Operation]) async throws -> Bool {
        let project = self.project
        let contents = operations.flatMap { operation in
            OperationContent(decoding: operation.body).body?.files ?? []
        }
        if !contents.isEmpty {
            try await self.client.store.write { for content in contents { try $0.noteContent(content, in: project) } }
        }
        if let intake = self.snapshot?.intake {
            self.snapshot?.messageCount += 1
            self.snapshot?.operationCount += operations.count
            try await self.client.store.write { try intake.putAside(operations, in: $0) }
            return true
        }
        let intake = self.intake
        let decoded = operations.map { DecodedOperation($0) }
        return try await self.take { try intake.take(decoded, in: $0) }
    }

    /// - Returns: `false` when a clock is too far ahead, or the project must be removed here.
    private func take(_ body: @Sendable (any MetadataWriting) throws -> Void) async throws -> Bool {
        do {
            try await self.client.store.write(body)
        } catch OperationRefusal.future {
            return false
        } catch OperationRefusal.excluded {
            return false
        } catch let refusal as OperationRefusal {
            throw SimulationFailure("operations are refused: \(refusal)")
        }
        self.broughtNews = true
        return true
    }

    private func beginSnapshot(_ plan: PlanMessage) async throws {
        let compacted = Dictionary(uniqueKeysWithValues: plan.compacted.map { ($0.origin, $0.sequence) })
        let intake = SnapshotIntake(
            self.scope, from: self.server.node, compacted: compacted,
            intake: self.intake)
        self.snapshot = (intake, 0, 0)
        try await self.client.store.write { try intake.begin(in: $0) }
    }

    /// The connection ends here; the process lives, so what came whole is kept.
    func cut(_ catalogue: Catalogue) async throws {
        let left = self.machine.unfinished
        try await self.makeDurable(catalogue)
        self.client.keep(unfinished: left, of: self.project, from: self.server.node)
    }
}
