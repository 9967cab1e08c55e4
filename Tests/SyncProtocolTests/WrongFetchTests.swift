import ObjectModel
import SyncProtocol
import Testing

/// The asking half of a FETCH against servers that do not keep to the rules.
@Suite struct WrongFetchTests {
    private static let blocks = (0..<3).map { SampleBlock([Sample($0), Sample($0 + 10)]) }
    private static let operations = OperationsMessage(
        origin: Names.origins[0], firstSequence: 1,
        records: [.init(timestamp: Timestamp(millisecondsSinceEpoch: 1), actor: nil, body: [1, 2])])

    private static func client(
        _ request: FetchMessage = FetchMessage(project: Names.project), plan: PlanMessage? = nil
    ) -> FetchClient {
        var client = FetchClient(request)
        let plan = plan ?? PlanMessage(epoch: Names.epoch, firstOrdinal: request.cursor?.nextOrdinal ?? 0)
        #expect(client.received(plan) == .begin(plan))
        return client
    }

    private static func cursor(_ nextOrdinal: UInt64) -> JournalCursor {
        JournalCursor(epoch: Names.epoch, nextOrdinal: nextOrdinal)
    }

    @Test("FETCH-6: a PLAN starts where it was asked to")
    func wrongPlans() {
        let request = FetchMessage(project: Names.project, cursor: Self.cursor(5))
        for plan in [
            PlanMessage(epoch: 9, firstOrdinal: 5), PlanMessage(epoch: Names.epoch, firstOrdinal: 4),
            PlanMessage(epoch: Names.epoch, firstOrdinal: 5, flags: .startingOver),
        ] {
            var client = FetchClient(request)
            #expect(client.received(plan) == .failed(.orderViolated))
        }
        var cold = FetchClient(FetchMessage(project: Names.project))
        #expect(cold.received(PlanMessage(epoch: 9, firstOrdinal: 1)) == .failed(.orderViolated))
        cold = FetchClient(FetchMessage(project: Names.project))
        #expect(cold.received(PlanMessage(epoch: 9, flags: .startingOver)) == .failed(.orderViolated))
    }

    @Test("FETCH-7: the PLAN is first and comes once, DONE is last")
    func order() {
        var client = FetchClient(FetchMessage(project: Names.project))
        #expect(client.received(Frame(.data, [0])) == .failed(.unexpectedFrame))
        client = FetchClient(FetchMessage(project: Names.project))
        #expect(client.received(Self.operations) == .failed(.unexpectedFrame))
        client = FetchClient(FetchMessage(project: Names.project))
        #expect(client.received(DoneMessage(cursor: Self.cursor(0)), .end) == .failed(.unexpectedFrame))
        client = Self.client()
        #expect(client.received(PlanMessage(epoch: Names.epoch)) == .failed(.unexpectedFrame))
        client = Self.client()
        #expect(client.received(HeadMessage(cursor: Self.cursor(0)), .end) == .failed(.unexpectedFrame))
        client = Self.client()
        let done = DoneMessage(cursor: Self.cursor(0))
        #expect(client.received(done, .end) == .finish(done))
        #expect(client.received(Self.operations) == .failed(.unexpectedFrame))
    }

    @Test("FETCH-8: END stands on DONE and nowhere else")
    func endElsewhere() {
        var client = FetchClient(FetchMessage(project: Names.project))
        #expect(client.received(PlanMessage(epoch: Names.epoch), .end) == .failed(.unexpectedFrame))
        client = Self.client()
        #expect(client.received(Frame(.data, [0], .end)) == .failed(.unexpectedFrame))
        client = Self.client()
        #expect(client.received(Self.operations, .end) == .failed(.unexpectedFrame))
        client = Self.client()
        #expect(client.received(DoneMessage(cursor: Self.cursor(0))) == .failed(.unexpectedFrame))
    }

    @Test("FETCH-4: what was left out must not come")
    func leftOut() {
        var client = Self.client(FetchMessage(project: Names.project, options: .withoutObjects))
        #expect(client.received(Frame(.data, [0])) == .failed(.unexpectedFrame))
        client = Self.client(FetchMessage(project: Names.project, options: .withoutOperations))
        #expect(client.received(Self.operations) == .failed(.unexpectedFrame))
    }

    @Test("FETCH-5: a FETCH by id brings no operations, no ordinals and no more objects than asked for")
    func unwanted() {
        let request = FetchMessage(project: Names.project, wanted: [Sample(0).id, Sample(1).id])
        var client = Self.client(request)
        #expect(client.received(Self.operations) == .failed(.unexpectedFrame))
        client = Self.client(request)
        #expect(
            client.blocks(in: [1] + Self.blocks[0].bytes).last == .fail(SyncError(.orderViolated, scope: .stream)))
        client = Self.client(request)
        #expect(client.blocks(in: [0] + Self.blocks[0].bytes).count == 2)
        #expect(
            client.blocks(in: [0] + Self.blocks[1].bytes).last == .fail(SyncError(.orderViolated, scope: .stream)))
    }

    @Test("FETCH-20: with all below, blocks may bring more than was wanted, but no operations and no ordinals")
    func below() {
        let request = FetchMessage(project: Names.project, wanted: [Sample(0).id], options: .withClosures)
        #expect(!request.followsJournal)
        var client = Self.client(request)
        #expect(client.blocks(in: [0] + Self.blocks[0].bytes + [0] + Self.blocks[1].bytes).count == 4)
        client = Self.client(request)
        #expect(client.received(Self.operations) == .failed(.unexpectedFrame))
        client = Self.client(request)
        #expect(
            client.blocks(in: [1] + Self.blocks[0].bytes).last == .fail(SyncError(.orderViolated, scope: .stream)))
    }

    private static func rangeClient(_ ordinals: Range<UInt64>, epoch: UInt64 = Names.epoch) -> FetchClient {
        Self.client(
            FetchMessage(project: Names.project, range: JournalRange(epoch: epoch, ordinals: ordinals)),
            plan: PlanMessage(epoch: epoch))
    }

    @Test("FETCH-16: a range comes without operations, and its PLAN starts nowhere and not over")
    func rangePlan() {
        var client = Self.rangeClient(2..<6)
        #expect(client.received(Self.operations) == .failed(.unexpectedFrame))
        let request = FetchMessage(
            project: Names.project, cursor: Self.cursor(2), range: JournalRange(epoch: Names.epoch, ordinals: 2..<6))
        for plan in [
            PlanMessage(epoch: Names.epoch, firstOrdinal: 2), PlanMessage(epoch: Names.epoch, flags: .startingOver),
        ] {
            var client = FetchClient(request)
            #expect(client.received(plan) == .failed(.orderViolated))
        }
        client = FetchClient(request)
        #expect(client.received(DoneMessage(cursor: Self.cursor(2)), .end) == .failed(.unexpectedFrame))
    }

    @Test("FETCH-17: no block comes of another journal")
    func rangeOfAnotherJournal() {
        let range = JournalRange(epoch: Names.epoch + 1, ordinals: 2..<6)
        var client = FetchClient(FetchMessage(project: Names.project, range: range))
        let plan = PlanMessage(epoch: Names.epoch)
        #expect(client.received(plan) == .rebuilt(plan))
        #expect(client.received(Frame(.data, [0])) == .failed(.unexpectedFrame))
        client = FetchClient(FetchMessage(project: Names.project, range: range))
        _ = client.received(plan)
        let done = DoneMessage(cursor: Self.cursor(9))
        #expect(client.received(done, .end) == .finish(done))
    }

    @Test("FETCH-18: blocks of a range begin within it and follow each other")
    func rangeOrder() {
        // Each block has two objects; the number says where the block ends.
        for (numbers, isTaken) in [
            ([UInt8(4)], true), ([4, 6], true), ([5, 7], true), ([7], true), ([3], false), ([8], false), ([1], false),
            ([4, 7], false), ([4, 4], false), ([6, 4], false),
        ] {
            var client = Self.rangeClient(2..<6)
            var isFailed = false
            for (index, number) in numbers.enumerated() {
                if case .fail(let error) = client.blocks(in: [number] + Self.blocks[index].bytes).last {
                    #expect(error.code == .orderViolated)
                    isFailed = true
                }
            }
            #expect(isFailed == !isTaken, "\(numbers)")
        }
    }

    @Test("FETCH-18: a range comes as a whole, as far as the journal goes")
    func rangeEnd() throws {
        for (number, end, isTaken) in [
            (UInt8(6), UInt64(100), true), (7, 100, true), (4, 100, false), (5, 6, false), (4, 4, true), (4, 3, false),
        ] {
            var client = Self.rangeClient(2..<6)
            #expect(client.blocks(in: [number] + Self.blocks[0].bytes).count == 2)
            #expect(client.madeDurable() == .none)
            let done = try Self.done(after: client.request, end)
            let expected: FetchClient.OnFrame = isTaken ? .finish(done) : .failed(.orderViolated)
            #expect(client.received(done, .end) == expected, "\(number) \(end)")
        }
    }

    /// The end of an answer that held the first block.
    private static func done(after request: FetchMessage, _ nextOrdinal: UInt64) throws -> DoneMessage {
        let payload = request.encoded()
        let header = FrameHeader(payloadByteCount: payload.count, type: .fetch, flags: .end, stream: 1)
        var server = try FetchServer(header, payload: payload.span.bytes)
        _ = server.planned(PlanMessage(epoch: Names.epoch))
        _ = server.sending(Self.blocks[0].header, nextOrdinal: 0)
        return server.finished(nextOrdinal: nextOrdinal)
    }

    @Test("DATA-3: ordinals do not go back")
    func ordinals() {
        var client = Self.client()
        guard case .store(_, let first?) = client.blocks(in: [2] + Self.blocks[0].bytes).last else {
            Issue.record("no block")
            return
        }
        #expect(first == Self.cursor(2))
        #expect(client.blocks(in: [2] + Self.blocks[1].bytes).count == 2)
        #expect(
            client.blocks(in: [1] + Self.blocks[2].bytes).last == .fail(SyncError(.orderViolated, scope: .stream)))
    }

    @Test("OPS-2: operations follow the mark of their origin without a gap")
    func operationGap() {
        let marked = FetchMessage(
            project: Names.project, marks: [OperationMark(origin: Names.origins[0], sequence: 3)])
        for (sequence, isTaken) in [(UInt64(4), true), (5, false), (3, false)] {
            var message = Self.operations
            message.firstSequence = sequence
            var client = Self.client(marked)
            #expect(client.received(message) == (isTaken ? .apply(message) : .failed(.orderViolated)))
        }
        var last = Self.operations
        last.firstSequence = .max
        var client = Self.client(
            FetchMessage(project: Names.project, marks: [OperationMark(origin: Names.origins[0], sequence: .max - 1)]))
        #expect(client.received(last) == .apply(last))
        #expect(client.received(Self.operations) == .failed(.orderViolated))
    }

    @Test("OPS-3: the operations of one FETCH have no more origins than DONE can name")
    func tooManyOrigins() {
        var client = Self.client()
        var message = Self.operations
        for number in 0..<Limits.markCountMax {
            let digits = String(number, radix: 16)
            message.origin = NodeID(rawValue: String(repeating: "0", count: 64 - digits.count) + digits)
            #expect(client.received(message) == .apply(message))
        }
        message.origin = Names.origins[0]
        #expect(client.received(message) == .failed(.orderViolated))
    }

    /// A fetch that has received one block and one OPS frame, and the DONE that fits.
    private static func received() -> (client: FetchClientBox, done: DoneMessage) {
        let box = FetchClientBox(Self.client())
        _ = box.client.blocks(in: [2] + Self.blocks[0].bytes)
        _ = box.client.received(Self.operations)
        var digest = ExpectedDigest()
        digest.add(block: Self.blocks[0].header.contentDigest)
        digest.add(operations: Self.operations.encoded())
        let done = DoneMessage(
            cursor: Self.cursor(7), marks: [OperationMark(origin: Names.origins[0], sequence: 1)], objectCount: 2,
            blockCount: 1, operationCount: 1, digest: digest.value)
        return (box, done)
    }

    @Test("DIGEST-1: blocks and operations enter the digest in their order")
    func rightDone() {
        let (box, done) = Self.received()
        #expect(box.client.received(done, .end) == .awaitDurability)
        #expect(box.client.madeDurable() == .none)
        #expect(box.client.madeDurable() == .finish(done))
    }

    @Test("DONE-2: counts, marks and digest are those of what came", arguments: 0..<9)
    func wrongDone(_ fault: Int) {
        var (box, done) = Self.received()
        switch fault {
        case 0: done.objectCount = 3
        case 1: done.blockCount = 0
        case 2: done.operationCount = 2
        case 3: done.digest = nil
        case 4: done.digest = Self.blocks[0].header.contentDigest
        case 5: done.marks = []
        case 6: done.marks[0].sequence = 2
        case 7: done.marks[0].origin = Names.origins[1]
        default: done.marks.append(OperationMark(origin: Names.origins[1], sequence: 1))
        }
        #expect(box.client.received(done, .end) == .failed(.transcriptMismatch))
    }

    @Test("DONE-3: the cursor is one of the plan's epoch, and not before the last block")
    func wrongCursor() {
        for cursor in [Self.cursor(1), JournalCursor(epoch: 1, nextOrdinal: 7)] {
            var (box, done) = Self.received()
            done.cursor = cursor
            #expect(box.client.received(done, .end) == .failed(.orderViolated))
        }
    }

    @Test("DONE-4: DONE does not come within a block")
    func withinBlock() {
        var client = Self.client()
        #expect(client.blocks(in: [2] + Self.blocks[0].bytes.dropLast()).count == 1)
        #expect(client.received(DoneMessage(cursor: Self.cursor(2)), .end) == .failed(.truncated))
    }

    @Test("DATA-6: no OPS stands within a block")
    func operationsWithinBlock() {
        var client = Self.client()
        _ = client.blocks(in: [2] + Self.blocks[0].bytes.dropLast())
        #expect(client.received(Self.operations) == .failed(.truncated))
    }

    @Test("FETCH-1: a FETCH ends its side of the stream")
    func fetchWithoutEnd() {
        let request = FetchMessage(project: Names.project)
        #expect(throws: WireError(.unexpectedFrame)) {
            _ = try FetchServer(Frame(request).header, payload: request.encoded().span.bytes)
        }
    }

    @Test("DATA-5: a block above the reader's own limit is refused by its header")
    func blockLimit() {
        var client = FetchClient(FetchMessage(project: Names.project), blockByteCountMax: 200)
        _ = client.received(PlanMessage(epoch: Names.epoch))
        let block = SampleBlock([Sample(1, padding: 300)])
        #expect(
            client.blocks(in: [1] + block.bytes.prefix(BlockHeader.byteCount)).last
                == .fail(SyncError(.malformedBlock, scope: .stream)))
    }

    @Test("WATCH-1: a WATCH ends its side, a HEAD both")
    func watchEnds() throws {
        let request = WatchMessage(project: Names.project)
        #expect(throws: WireError(.unexpectedFrame)) {
            _ = try WatchServer(Frame(request).header, payload: request.encoded().span.bytes)
        }
        var client = WatchClient(request)
        let head = Frame(HeadMessage(cursor: Self.cursor(3)))
        #expect(
            client.received(head.header, payload: head.payload.span.bytes)
                == .fail(SyncError(.unexpectedFrame, scope: .stream)))
    }
}

/// Holds a machine, so that it can be returned together with other values.
final class FetchClientBox {
    var client: FetchClient
    init(_ client: consuming FetchClient) { self.client = client }
}
