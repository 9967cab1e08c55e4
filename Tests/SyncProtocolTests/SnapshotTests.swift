import ObjectModel
import SyncProtocol
import Testing

/// Logs with gaps, and what must not be taken for one.
@Suite struct SnapshotTests {
    private static let plan = PlanMessage(
        epoch: Names.epoch, flags: .snapshot, compacted: [OperationMark(origin: Names.origins[0], sequence: 6)])
    private static let request = FetchMessage(
        project: Names.project, marks: [OperationMark(origin: Names.origins[0], sequence: 2)], accepted: .snapshots)

    private static func operations(_ first: UInt64, _ count: Int = 1, of origin: Int = 0) -> OperationsMessage {
        OperationsMessage(
            origin: Names.origins[origin], firstSequence: first,
            records: (0..<count).map {
                .init(timestamp: Timestamp(millisecondsSinceEpoch: Int64($0)), actor: nil, body: [UInt8($0)])
            })
    }

    /// What becomes of a snapshot of these.
    private static func answer(
        _ all: [OperationsMessage], to request: FetchMessage = Self.request, plan: PlanMessage = Self.plan
    ) throws -> FetchClient.OnFrame {
        let asked = request.encoded()
        let header = FrameHeader(payloadByteCount: asked.count, type: .fetch, flags: .end, stream: 1)
        var server = try FetchServer(header, payload: asked.span.bytes)
        var client = FetchClient(request)
        let begun = client.received(server.planned(plan))
        guard begun == .begin(plan) else { return begun }
        for message in all {
            let taken = client.received(Frame(.operations, server.sending(message)))
            guard taken == .apply(message) else { return taken }
        }
        return client.received(server.finished(nextOrdinal: 0), .end)
    }

    private static func isRefused(_ event: FetchClient.OnFrame) -> Bool {
        event == .fail(SyncError(.orderViolated, scope: .stream))
    }

    @Test("SNAP-3: a snapshot has gaps up to the compacted mark, and none behind it")
    func gaps() throws {
        #expect(try Self.answer([Self.operations(4), Self.operations(6, 2)]) == .awaitDurability)
        #expect(try Self.answer([Self.operations(3, 4)]) == .awaitDurability)
        #expect(try Self.isRefused(Self.answer([Self.operations(4), Self.operations(7)])))
        #expect(try Self.isRefused(Self.answer([Self.operations(6), Self.operations(8)])))
        #expect(try Self.isRefused(Self.answer([Self.operations(6), Self.operations(5)])))
        #expect(try Self.isRefused(Self.answer([Self.operations(2)])))
        #expect(try Self.isRefused(Self.answer([Self.operations(6), Self.operations(2, of: 1)])))
    }

    @Test("SNAP-4: what comes reaches the compacted marks")
    func end() throws {
        #expect(try Self.isRefused(Self.answer([])))
        #expect(try Self.isRefused(Self.answer([Self.operations(5)])))
        var plan = Self.plan
        plan.compacted.append(OperationMark(origin: Names.origins[1], sequence: 1))
        #expect(try Self.isRefused(Self.answer([Self.operations(6)], plan: plan)))
        #expect(try Self.answer([Self.operations(6), Self.operations(1, of: 1)], plan: plan) == .awaitDurability)
    }

    @Test("SNAP-2: a snapshot comes only to those who accept one, with its marks")
    func unasked() throws {
        var request = Self.request
        request.accepted = .deltas
        #expect(try Self.isRefused(Self.answer([], to: request)))
        request = Self.request
        request.options = .withoutOperations
        #expect(try Self.isRefused(Self.answer([], to: request)))
        request = FetchMessage(project: Names.project, wanted: [Sample(1).id], accepted: .snapshots)
        #expect(try Self.isRefused(Self.answer([], to: request)))
        var plan = Self.plan
        plan.compacted = []
        #expect(try Self.isRefused(Self.answer([], plan: plan)))
        plan = Self.plan
        plan.flags = []
        #expect(try Self.isRefused(Self.answer([], plan: plan)))
    }
}
