import ObjectModel
import Storage
import StorageTestKit
import SyncProtocol

/// One push from an edge to its region, frame by frame, by the machines that real ones use.
final class SimulatedPush {
    enum Step {
        case more
        /// The region has everything, durably.
        case done(PushMark)
        /// The edge may not write to the project, as far as the region remembers.
        case refused
    }

    private typealias Frame = (header: FrameHeader, payload: [UInt8])

    private let edge: SimulatedEdge
    private let project: ProjectID
    private let mark: PushMark
    private let objects: [Sample]
    private var client: PushClient
    private var server: PushServer?
    private var toServer: ArraySlice<Frame> = []
    private var toClient: ArraySlice<Frame> = []
    /// Blocks that came and are not durable.
    private var pending: [[ObjectID: [UInt8]]] = []

    /// - Parameter catalogue: has all objects that were uploaded.
    init(_ project: ProjectID, of edge: SimulatedEdge, _ catalogue: Catalogue) {
        let journal = edge.disk.uploads[project] ?? SimulatedJournal(epoch: 0)
        let first = edge.disk.marks[project]?.begin(epoch: journal.epoch, nextOrdinal: journal.nextOrdinal)
        self.edge = edge
        self.project = project
        self.mark = PushMark(
            source: project, node: edge.region.node, target: project, epoch: journal.epoch,
            nextOrdinal: journal.nextOrdinal)
        self.objects = journal.objects(from: first ?? 0, catalogue)
        // Without a last time it is asked what is needed.
        let isUnasked = first != nil || self.objects.isEmpty
        self.client = PushClient(project: project, objectCount: self.objects.count, isUnasked: isUnasked)
        self.send(.offer, self.client.offering(self.objects.map(\.id)).encoded())
        if isUnasked { self.give(self.objects) }
    }

    private func send(_ type: FrameType, _ payload: [UInt8], _ flags: FrameHeader.Flags = []) {
        self.toServer.append(
            (FrameHeader(payloadByteCount: payload.count, type: type, flags: flags, stream: 1), payload))
    }

    private func give(_ objects: [Sample]) {
        if !objects.isEmpty {
            let block = SimulatedBlock(objects, after: 0)
            let record = self.client.sending(block.header)
            var data = record.prefix + block.bytes.dropFirst(record.skippedByteCount)
            while !data.isEmpty {
                self.send(.data, Array(data.prefix(400)))
                data.removeFirst(min(400, data.count))
            }
        }
        let commit = self.client.committing(idempotencyKey: Array(repeating: 7, count: 16), intents: [])
        self.send(.commit, commit.encoded(), .end)
    }

    // MARK: Frame by frame

    /// Delivers the next frame.
    ///
    /// - Parameter mayPush: whether the region takes objects of the edge.
    func step(_ catalogue: Catalogue, mayPush: Bool) async throws -> Step {
        if let frame = self.toClient.popFirst() { return try self.received(frame) }
        guard let frame = self.toServer.popFirst() else { throw SimulationFailure("a push without an end") }
        if self.server == nil {
            guard mayPush else { return .refused }
            self.server = try PushServer(frame.header, payload: frame.payload.span.bytes)
        }
        try await self.served(frame, catalogue)
        return .more
    }

    private func received(_ frame: Frame) throws -> Step {
        switch self.client.received(frame.header, payload: frame.payload.span.bytes) {
        case .send(let need):
            self.give(self.objects.indices.filter(need.needs).map { self.objects[$0] })
            return .more
        case .finish: return .done(self.mark)
        case .fail(let error): throw SimulationFailure("a push is refused: \(error)")
        }
    }

    private func served(_ frame: Frame, _ catalogue: Catalogue) async throws {
        switch self.server!.received(frame.header, payload: frame.payload.span.bytes) {
        case .check(let window, let ids):
            let held = self.edge.region.journal(of: self.project)?.texts ?? [:]
            self.answer(.need, self.server!.answer(window: window, needed: ids.map { held[$0] == nil }).encoded())
        case .expect: return
        case .readData: try self.readData(frame.payload)
        case .awaitDurability: try await self.makeDurable(catalogue)
        case .apply: self.finish()
        case .fail(let error): throw SimulationFailure("a push is refused: \(error)")
        }
    }

    private func answer(_ type: FrameType, _ payload: [UInt8], _ flags: FrameHeader.Flags = []) {
        self.toClient.append(
            (FrameHeader(payloadByteCount: payload.count, type: type, flags: flags, stream: 1), payload))
    }

    private func readData(_ payload: [UInt8]) throws {
        var offset = 0
        while true {
            switch self.server!.nextBlock(in: payload.span.bytes, at: &offset) {
            case .needMore: return
            case .began: continue
            case .store(let block):
                guard let objects = SimulatedBlock.objects(of: block) else {
                    throw SimulationFailure("a block is not what was sent")
                }
                self.pending.append(objects)
            case .fail(let error): throw SimulationFailure("a block is refused: \(error)")
            }
        }
    }

    private func makeDurable(_ catalogue: Catalogue) async throws {
        while !self.pending.isEmpty {
            let objects = self.pending.removeFirst()
            let samples = objects.keys.sorted().compactMap { id in
                catalogue[id].flatMap { $0.text == objects[id] ? $0 : nil }
            }
            guard samples.count == objects.count else { throw SimulationFailure("an object is not what was uploaded") }
            try await self.edge.region.take(samples, into: self.project, catalogue)
            if case .apply = self.server!.madeDurable() { self.finish() }
        }
    }

    private func finish() {
        self.answer(.result, self.server!.applied(ResultMessage(outcome: .applied)).encoded(), .end)
    }
}
