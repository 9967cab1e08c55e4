import ObjectModel
import SyncProtocol
import Testing

/// Both halves of a RECONCILE against peers that do not keep to the rules.
@Suite struct WrongReconcileTests {
    private static let key = SampleIDs.key(4)
    private static let ours = SampleIDs.of(0..<40)
    private static let theirs = SampleIDs.of(0..<43)
    private static let missing = theirs.suffix(3).map(key.keyed).sorted()
    private static let theirDigest = SketchEncoder(theirs, key: key).digest

    /// The cells that a server of 43 objects begins with when 40 are there.
    private static let firstCount = 68

    /// A server whose sketch of 43 objects was asked for by somebody with 40.
    private static func server() throws -> ReconcileServer {
        let request = ReconcileMessage(
            project: Names.project, key: Self.key, digest: SketchEncoder(Self.ours, key: Self.key).digest)
        let frame = Frame(request)
        var server = try ReconcileServer(frame.header, payload: frame.payload.span.bytes)
        let first = SketchMessage(digest: Self.theirDigest, cells: Self.cells(Self.firstCount))
        #expect(server.prepared(SketchEncoder(Self.theirs, key: Self.key)) == .send(.sketch(first)))
        return server
    }

    private static func client(_ ids: [ObjectID] = ours) -> ReconcileClient {
        ReconcileClient(project: Names.project, key: Self.key, sketch: SketchEncoder(ids, key: Self.key))
    }

    private static func cells(_ count: Int, of ids: [ObjectID] = theirs) -> [SketchCell] {
        var sketch = SketchEncoder(ids, key: Self.key)
        return sketch.cells(upTo: count)
    }

    // MARK: The answering half

    @Test("RECON-9: a RECONCILE with END is refused")
    func openingWithEnd() {
        let frame = Frame(Self.client().request, .end)
        #expect(throws: WireError(.unexpectedFrame)) {
            _ = try ReconcileServer(frame.header, payload: frame.payload.span.bytes)
        }
    }

    @Test("RECON-11: the first cells, then exactly those that are asked for")
    func cellsInOrder() throws {
        var server = try Self.server()
        let end = Self.firstCount + Limits.sketchMessageCellCountMax
        guard case .send(.sketch(let sketch)) = server.received(MoreMessage(cellEnd: end)) else {
            Issue.record("no cells")
            return
        }
        #expect(sketch.firstCell == Self.firstCount && sketch.digest == nil)
        #expect(sketch.cells == Array(Self.cells(end).dropFirst(Self.firstCount)))
    }

    @Test("RECON-11: cells that came already, and more than one message holds")
    func wrongCellEnds() throws {
        for offset in [-1, 0, Limits.sketchMessageCellCountMax + 1] {
            var server = try Self.server()
            #expect(server.received(MoreMessage(cellEnd: Self.firstCount + offset)) == .failed(.orderViolated))
            #expect(server.received(MoreMessage(), .end) == .failed(.unexpectedFrame))
        }
    }

    @Test("RECON-11: a sketch ends with cell 4,194,303")
    func lastCell() throws {
        var server = try Self.server()
        var end = Self.firstCount
        while end < Limits.sketchCellCountMax {
            end = min(end + Limits.sketchMessageCellCountMax, Limits.sketchCellCountMax)
            guard case .send(.sketch(let sketch)) = server.received(MoreMessage(cellEnd: end)) else {
                Issue.record("no cells")
                return
            }
            #expect(sketch.firstCell + sketch.cells.count == end)
        }
        #expect(server.received(MoreMessage(cellEnd: end)) == .failed(.orderViolated))
    }

    @Test("RECON-12: names are looked up, unknown ones left out; no more of them than cells")
    func names() throws {
        var server = try Self.server()
        #expect(server.received(MoreMessage(keyedIDs: [1])) == .lookUp([1]))
        #expect(server.found([]) == .send(.ids(IDsMessage())))
        let names = Self.missing
        #expect(server.received(MoreMessage(keyedIDs: names), .end) == .lookUp(names))
        let ids = Self.key.objects(named: names, in: Self.theirs)
        #expect(ids.map(Self.key.keyed) == names)
        #expect(server.found(ids) == .sendLast(.ids(IDsMessage(ids: ids))))
        server = try Self.server()
        let above = (0...UInt64(Self.firstCount)).map { $0 }
        #expect(server.received(MoreMessage(keyedIDs: above)) == .failed(.orderViolated))
    }

    @Test("RECON-12: no cells once names were asked for")
    func cellsAfterNames() throws {
        var server = try Self.server()
        _ = server.received(MoreMessage(keyedIDs: [1]))
        _ = server.found([])
        #expect(server.received(MoreMessage(cellEnd: Self.firstCount + 1)) == .failed(.unexpectedFrame))
    }

    @Test("RECON-14: nothing is asked before the answer to the last question")
    func outOfTurn() throws {
        var server = try Self.server()
        _ = server.received(MoreMessage(keyedIDs: [1]))
        #expect(server.received(MoreMessage(keyedIDs: [2])) == .failed(.unexpectedFrame))
        #expect(server.found([]) == .none)  // it comes too late
        let frame = Frame(Self.client().request)
        server = try ReconcileServer(frame.header, payload: frame.payload.span.bytes)
        #expect(server.received(MoreMessage(cellEnd: Self.firstCount)) == .failed(.unexpectedFrame))
        #expect(server.prepared(SketchEncoder(Self.theirs, key: Self.key)) == .none)
    }

    @Test("RECON-9: END stands on the last MORE, which asks for no cells, and there alone")
    func ends() throws {
        var server = try Self.server()
        #expect(server.received(MoreMessage(cellEnd: Self.firstCount + 1), .end) == .failed(.unexpectedFrame))
        server = try Self.server()
        #expect(server.received(MoreMessage()) == .failed(.unexpectedFrame))
        server = try Self.server()
        #expect(server.received(MoreMessage(), .end) == .sendLast(.ids(IDsMessage())))
        server = try Self.server()
        #expect(server.received(IDsMessage()) == .failed(.unexpectedFrame))
    }

    @Test("RECON-10: after an answer without cells only the end may come")
    func equalSets() throws {
        for (more, flags, step) in [
            (MoreMessage(), .end, .finish), (MoreMessage(), [], .failed(.unexpectedFrame)),
            (MoreMessage(cellEnd: 9), [], .failed(.unexpectedFrame)),
            (MoreMessage(keyedIDs: [1]), .end, .failed(.unexpectedFrame)),
        ] as [(MoreMessage, FrameHeader.Flags, ReconcileServer.Step)] {
            let request = Self.client(Self.theirs).request
            let frame = Frame(request)
            var server = try ReconcileServer(frame.header, payload: frame.payload.span.bytes)
            let answer = server.prepared(SketchEncoder(Self.theirs, key: Self.key))
            #expect(answer == .sendEnd(.sketch(SketchMessage(digest: Self.theirDigest))))
            #expect(server.received(more, flags) == step)
        }
    }

    // MARK: The asking half

    @Test("RECON-10: no cells mean equal sets, and equal sets no cells")
    func wrongEquality() {
        var client = Self.client()
        #expect(client.received(SketchMessage(digest: Self.theirDigest), .end) == .failed(.orderViolated))
        client = Self.client(Self.theirs)
        let cells = SketchMessage(digest: Self.theirDigest, cells: Self.cells(4))
        #expect(client.received(cells) == .failed(.orderViolated))
        client = Self.client(Self.theirs)
        #expect(client.received(SketchMessage(digest: Self.theirDigest), .end) == .equal(MoreMessage()))
        #expect(client.received(IDsMessage(), .end) == .failed(.unexpectedFrame))
    }

    @Test("RECON-9: END stands on the last answer and there alone")
    func wrongEnds() {
        let first = SketchMessage(digest: Self.theirDigest, cells: Self.cells(2))
        var client = Self.client()
        #expect(client.received(first, .end) == .failed(.unexpectedFrame))
        client = Self.client(Self.theirs)
        #expect(client.received(SketchMessage(digest: Self.theirDigest)) == .failed(.unexpectedFrame))
        client = Self.client()
        #expect(client.received(first) == .send(MoreMessage(cellEnd: 34)))
        let later = SketchMessage(firstCell: 2, cells: Array(Self.cells(34).dropFirst(2)))
        #expect(client.received(later, .end) == .failed(.unexpectedFrame))
        client = Self.client()
        _ = client.received(first)
        #expect(client.received(later) == .sendEnd(MoreMessage(keyedIDs: Self.missing)))
        #expect(client.received(IDsMessage()) == .failed(.unexpectedFrame))
    }

    @Test("RECON-11: other cells than those that were asked for")
    func wrongCells() {
        let first = SketchMessage(digest: Self.theirDigest, cells: Self.cells(2))
        let all = Self.cells(40)
        for wrong in [
            SketchMessage(firstCell: 3, cells: Array(all[3..<34])),
            SketchMessage(firstCell: 2, cells: Array(all[2..<33])),
            SketchMessage(firstCell: 2, cells: Array(all[2..<35])), first,
        ] {
            var client = Self.client()
            #expect(client.received(first) == .send(MoreMessage(cellEnd: 34)))
            #expect(client.received(wrong) == .failed(.orderViolated))
        }
        var client = Self.client()
        #expect(client.received(SketchMessage(firstCell: 1, cells: all)) == .failed(.orderViolated))
    }

    @Test("RECON-14: answers that nobody asked for")
    func wrongKinds() {
        var client = Self.client()
        #expect(client.received(IDsMessage(), .end) == .failed(.unexpectedFrame))
        client = Self.client()
        #expect(client.received(MoreMessage(), .end) == .failed(.unexpectedFrame))
        client = Self.client()
        _ = client.received(SketchMessage(digest: Self.theirDigest, cells: Self.cells(2)))
        #expect(client.received(IDsMessage()) == .failed(.unexpectedFrame))
        client = Self.client()
        let whole = SketchMessage(digest: Self.theirDigest, cells: Self.cells(40))
        #expect(client.received(whole) == .sendEnd(MoreMessage(keyedIDs: Self.missing)))
        #expect(client.received(whole) == .failed(.unexpectedFrame))
    }

    @Test("RECON-8: cells of another set than the one that was described")
    func otherSet() {
        var client = Self.client()
        let cells = Self.cells(60, of: SampleIDs.of(0..<44))
        #expect(client.received(SketchMessage(digest: Self.theirDigest, cells: cells)) == .failed(.contentMismatch))
    }

    @Test("RECON-13: IDS holds what was named, in that order; what is gone is counted")
    func wrongIDs() {
        let ids = Self.key.objects(named: Self.missing, in: Self.theirs)
        let whole = SketchMessage(digest: Self.theirDigest, cells: Self.cells(40))
        for wrong in [[ids[1], ids[0]], [ids[0], ids[0]], ids + [ids[0]], [Self.ours[0]]] {
            var client = Self.client()
            _ = client.received(whole)
            #expect(client.received(IDsMessage(ids: wrong), .end) == .failed(.orderViolated))
        }
        for held in [ids, [ids[0], ids[2]], []] {
            var client = Self.client()
            _ = client.received(whole)
            let outcome = ReconcileClient.Outcome(missing: held, goneCount: 3 - held.count)
            #expect(client.received(IDsMessage(ids: held), .end) == .finish(outcome))
        }
    }

    @Test("RECON-7: machines that are given any frames", arguments: 0..<8 as Range<UInt64>)
    func anything(seed: UInt64) throws {
        var random = Seeded(seed)
        var stepCount = 0
        for _ in 0..<150 {
            var client = Self.client()
            var server = try Self.server()
            for _ in 0..<8 {
                let message = ReconcileTests.messages[random.below(ReconcileTests.messages.count)]
                var payload = Array(message.frame(stream: 1).dropFirst(FrameHeader.byteCount))
                if !payload.isEmpty, random.below(2) == 0 {
                    payload[random.below(payload.count)] ^= 1 << UInt8(random.below(8))
                }
                let frame = Frame(message.type, payload, random.below(3) == 0 ? .end : [])
                _ = client.received(frame.header, payload: frame.payload.span.bytes)
                if case .lookUp = server.received(frame.header, payload: frame.payload.span.bytes) {
                    _ = server.found([])
                }
                stepCount += 1
            }
        }
        #expect(stepCount == 150 * 8)
    }
}
