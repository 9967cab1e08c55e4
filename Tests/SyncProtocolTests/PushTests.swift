import ObjectModel
import SyncProtocol
import Testing

/// OFFER, NEED, DATA, COMMIT and RESULT between two whole connections.
@Suite struct PushTests {
    private static let objects = (0..<23).map { Sample($0, padding: $0 % 4 == 0 ? 4000 : 50) }

    @Test("PUSH-1: only what is needed travels, and it is all there", arguments: 0..<12 as Range<UInt64>)
    func push(seed: UInt64) throws {
        let node = SampleNode()
        node.append(SampleBlock(Array(Self.objects[3..<9])))
        let link = Link(serving: node, seed: seed)
        let giver = PushGiver(Self.objects)
        giver.start(on: link.dialler)
        link.run()
        #expect(giver.failure == nil)
        #expect(giver.result == ResultMessage(outcome: .applied, replies: [[]]))
        #expect(giver.sentObjectCount == Self.objects.count - 6)
        #expect(node.objects == Dictionary(uniqueKeysWithValues: Self.objects.map { ($0.id, $0.text) }))
        #expect(node.intents == [[0x7B, 0x7D]])
        #expect(link.dialler.drivers.isEmpty && link.acceptor.drivers.isEmpty)
        #expect(link.dialler.isOpen && link.acceptor.isOpen)
    }

    @Test("OFFER-6: what comes unasked is all taken, and nothing is answered", arguments: 0..<12 as Range<UInt64>)
    func unasked(seed: UInt64) {
        let node = SampleNode()
        node.append(SampleBlock(Array(Self.objects[3..<9])))
        let link = Link(serving: node, seed: seed)
        let giver = PushGiver(Self.objects, isUnasked: true)
        giver.start(on: link.dialler)
        link.run()
        #expect(giver.failure == nil)
        #expect(giver.result == ResultMessage(outcome: .applied, replies: [[]]))
        #expect(giver.sentObjectCount == Self.objects.count)
        #expect(node.objects == Dictionary(uniqueKeysWithValues: Self.objects.map { ($0.id, $0.text) }))
        #expect(link.dialler.isOpen && link.acceptor.isOpen)
    }

    @Test("PUSH-4: no more comes unasked than was offered")
    func tooManyUnasked() {
        let link = Link(serving: SampleNode(), seed: 1)
        let giver = PushGiver(Array(Self.objects.prefix(4)), isUnasked: true)
        giver.unasked = [Self.objects[9]]
        giver.start(on: link.dialler)
        link.run()
        #expect(giver.failure == .orderViolated)
    }

    @Test("OFFER-6: an answer to what comes unasked ends the stream")
    func answerToUnasked() {
        var client = PushClient(project: Names.project, objectCount: 1, isUnasked: true)
        #expect(client.offering([Sample(1).id]).isUnasked)
        #expect(client.received(NeedMessage(window: 0, needed: [true])) == .failed(.orderViolated))
    }

    @Test("OFFER-1: a push without objects is one empty window")
    func empty() {
        let node = SampleNode()
        let link = Link(serving: node, seed: 1)
        let giver = PushGiver([], intents: [[1], [2]])
        giver.start(on: link.dialler)
        link.run()
        #expect(giver.result?.replies.count == 2)
        #expect(node.intents == [[1], [2]])
    }

    @Test("COMMIT-4: a push that is repeated after any cut is applied once", arguments: 0..<3 as Range<UInt64>)
    func cutsAndRepeat(seed: UInt64) {
        var (cutCount, appliedBeforeCount) = (0, 0)
        for cut in 1..<60 {
            let node = SampleNode()
            let first = Link(serving: node, seed: seed * 1000 + UInt64(cut))
            first.cutAfter = cut
            PushGiver(Self.objects).start(on: first.dialler)
            first.run()
            guard first.isCut else { continue }
            cutCount += 1
            let held = node.objects.count
            if !node.intents.isEmpty { appliedBeforeCount += 1 }
            let second = Link(serving: node, seed: seed)
            let giver = PushGiver(Self.objects)
            giver.start(on: second.dialler)
            second.run()
            #expect(giver.result != nil, "seed \(seed), cut after \(cut)")
            #expect(giver.sentObjectCount == Self.objects.count - held)
            #expect(node.intents.count == 1)
            #expect(node.objects.count == Self.objects.count)
            #expect(node.nextOrdinal == UInt64(Self.objects.count))
        }
        #expect(cutCount > 12 && appliedBeforeCount > 0)
    }

    @Test("CREDIT-5: pushed blocks larger than the windows come through", arguments: 0..<4 as Range<UInt64>)
    func largeBlocks(seed: UInt64) {
        let node = SampleNode()
        let objects = (0..<8).map { Sample($0, padding: $0 % 3 == 0 ? 1_400_000 : 200_000) }
        let link = Link(serving: node, acceptor: FetchTests.narrow, seed: seed)
        let giver = PushGiver(objects, windowCount: 3)
        giver.start(on: link.dialler)
        link.run()
        #expect(giver.result != nil, "the stream waits for credit that cannot come")
        #expect(node.objects.count == objects.count)
    }

    @Test("PUSH-4: objects that nobody asked for end the stream", arguments: 0..<4 as Range<UInt64>)
    func unrequested(seed: UInt64) {
        let node = SampleNode()
        node.append(SampleBlock(Array(Self.objects[0..<5])))
        let link = Link(serving: node, seed: seed)
        let giver = PushGiver(Array(Self.objects[0..<5]))
        giver.unasked = [Sample(5000)]
        giver.start(on: link.dialler)
        link.run()
        #expect(giver.failure == .orderViolated)
        #expect(giver.result == nil && node.intents.isEmpty && node.objects.count == 5)
        #expect(link.dialler.isOpen && link.acceptor.isOpen)
    }

    @Test("AUTH-6: a project that the peer may not write to refuses the push alone")
    func forbidden() {
        let link = Link(serving: nil, seed: 2)
        let giver = PushGiver(Self.objects)
        giver.start(on: link.dialler)
        link.run()
        #expect(giver.failure == .projectUnknown)
        #expect(link.dialler.isOpen && link.acceptor.isOpen)
    }
}

/// The machines of a push against peers that do not keep to the rules.
@Suite struct WrongPushTests {
    private static let objects = (0..<4).map { Sample($0) }
    private static let block = SampleBlock(objects)

    private static func digest(_ blocks: [SampleBlock]) -> ContentHash? {
        var digest = ExpectedDigest()
        for block in blocks { digest.add(block: block.header.contentDigest) }
        return digest.value
    }

    private static func server(_ ids: [ObjectID], objectCount: UInt64? = nil) throws -> PushServer {
        let offer = OfferMessage(
            project: Names.project, objectCount: objectCount ?? UInt64(ids.count), ids: ids)
        var server = try PushServer(Frame(offer).header, payload: offer.encoded().span.bytes)
        #expect(server.received(offer) == .check(window: 0, ids))
        return server
    }

    @Test("OFFER-2: a push does not begin with a later window")
    func laterWindowFirst() {
        let offer = OfferMessage(window: 1, ids: [Self.objects[0].id])
        #expect(throws: WireError(.missingField, tag: 2)) {
            _ = try PushServer(Frame(offer).header, payload: offer.encoded().span.bytes)
        }
    }

    @Test("OFFER-3: windows come without gaps")
    func windowGap() throws {
        var server = try Self.server([Self.objects[0].id], objectCount: 3)
        #expect(server.received(OfferMessage(window: 2, ids: [Self.objects[1].id])) == .failed(.orderViolated))
    }

    @Test("OFFER-4: no more objects are offered than announced")
    func tooManyOffered() throws {
        var server = try Self.server([Self.objects[0].id], objectCount: 2)
        let ids = Self.objects[1...3].map(\.id)
        #expect(server.received(OfferMessage(window: 1, ids: ids)) == .failed(.orderViolated))
    }

    @Test("PUSH-2: END stands on the COMMIT and nowhere else")
    func endElsewhere() throws {
        var server = try Self.server([Self.objects[0].id], objectCount: 2)
        let offer = OfferMessage(window: 1, ids: [Self.objects[1].id])
        #expect(server.received(offer, .end) == .failed(.unexpectedFrame))
        server = try Self.server([Self.objects[0].id])
        #expect(server.received(data: [0], .end) == .failed(.unexpectedFrame))
        server = try Self.server([Self.objects[0].id])
        _ = server.answer(window: 0, needed: [false])
        let commit = CommitMessage(idempotencyKey: [UInt8](repeating: 0, count: 16), intents: [])
        #expect(server.received(commit) == .failed(.unexpectedFrame))
    }

    @Test("PUSH-4: data before the answer is data that nobody asked for")
    func dataBeforeNeed() throws {
        var server = try Self.server(Self.objects.map(\.id))
        #expect(server.blocks(in: [0] + Self.block.bytes).last == .fail(SyncError(.orderViolated, scope: .stream)))
    }

    @Test("PUSH-4: what was asked for comes once")
    func objectsTwice() throws {
        var server = try Self.server(Self.objects.map(\.id))
        _ = server.answer(window: 0, needed: Self.objects.map { _ in true })
        #expect(server.blocks(in: [0] + Self.block.bytes).count == 2)
        #expect(server.blocks(in: [0] + Self.block.bytes).last == .fail(SyncError(.orderViolated, scope: .stream)))
    }

    @Test("COMMIT-2: every announced object is offered and every window answered before the COMMIT")
    func earlyCommit() throws {
        let commit = CommitMessage(idempotencyKey: [UInt8](repeating: 0, count: 16), intents: [])
        var server = try Self.server([Self.objects[0].id], objectCount: 2)
        _ = server.answer(window: 0, needed: [false])
        #expect(server.received(commit, .end) == .failed(.orderViolated))
        server = try Self.server([Self.objects[0].id])
        #expect(server.received(commit, .end) == .failed(.orderViolated))
    }

    @Test("COMMIT-3: the digest is that of the blocks, in their order")
    func badDigest() throws {
        let blocks = Self.objects.map { SampleBlock([$0]) }
        for digest in [nil, Self.digest(blocks.reversed()), Self.digest(Array(blocks.dropLast()))] {
            var server = try Self.server(Self.objects.map(\.id))
            _ = server.answer(window: 0, needed: Self.objects.map { _ in true })
            for block in blocks { _ = server.blocks(in: [0] + block.bytes) }
            let commit = CommitMessage(
                idempotencyKey: [UInt8](repeating: 0, count: 16), intents: [], digest: digest)
            #expect(server.received(commit, .end) == .failed(.transcriptMismatch))
        }
        var server = try Self.server(Self.objects.map(\.id))
        _ = server.answer(window: 0, needed: Self.objects.map { _ in true })
        for block in blocks { _ = server.blocks(in: [0] + block.bytes) }
        let commit = CommitMessage(
            idempotencyKey: [UInt8](repeating: 0, count: 16), intents: [], digest: Self.digest(blocks))
        #expect(server.received(commit, .end) == .awaitDurability)
        #expect(server.madeDurable(3) == .none)
        #expect(server.madeDurable() == .apply(commit))
    }

    @Test("DATA-1: a COMMIT within a block is too early")
    func commitWithinBlock() throws {
        var server = try Self.server(Self.objects.map(\.id))
        _ = server.answer(window: 0, needed: Self.objects.map { _ in true })
        _ = server.blocks(in: [0] + Self.block.bytes.dropLast())
        let commit = CommitMessage(idempotencyKey: [UInt8](repeating: 0, count: 16), intents: [])
        #expect(server.received(commit, .end) == .failed(.truncated))
    }

    @Test("DATA-6: no OFFER stands within a block")
    func offerWithinBlock() throws {
        var server = try Self.server([Self.objects[0].id], objectCount: 2)
        _ = server.answer(window: 0, needed: [true])
        _ = server.blocks(in: [0] + SampleBlock([Self.objects[0]]).bytes.dropLast())
        #expect(server.received(OfferMessage(window: 1, ids: [Self.objects[1].id])) == .failed(.truncated))
    }

    @Test("DATA-4: the number before a pushed block is 0")
    func ordinalInPush() throws {
        var server = try Self.server(Self.objects.map(\.id))
        _ = server.answer(window: 0, needed: Self.objects.map { _ in true })
        #expect(server.blocks(in: [1] + Self.block.bytes).last == .fail(SyncError(.orderViolated, scope: .stream)))
    }

    @Test("NEED-2: answers come in the order of the windows, for objects that were offered")
    func wrongNeeds() {
        for need in [
            NeedMessage(window: 1, needed: [true]), NeedMessage(window: 0, needed: [false, true, false, false, true]),
        ] {
            var client = PushClient(project: Names.project, objectCount: 4)
            _ = client.offering(Self.objects.map(\.id))
            #expect(client.received(need) == .failed(.orderViolated))
            #expect(client.received(NeedMessage(window: 0, needed: [true])) == .failed(.unexpectedFrame))
        }
        var client = PushClient(project: Names.project, objectCount: 4)
        _ = client.offering(Self.objects.map(\.id))
        #expect(client.received(NeedMessage(window: 0, needed: [true]), .end) == .failed(.unexpectedFrame))
    }

    @Test("RESULT-3: a RESULT answers a COMMIT and ends the stream")
    func earlyResult() {
        var client = PushClient(project: Names.project, objectCount: 0)
        _ = client.offering([])
        #expect(client.received(ResultMessage(outcome: .applied), .end) == .failed(.unexpectedFrame))
        client = PushClient(project: Names.project, objectCount: 0)
        _ = client.offering([])
        #expect(client.received(NeedMessage(window: 0, needed: [])) == .send(NeedMessage(window: 0, needed: [])))
        _ = client.committing(idempotencyKey: [UInt8](repeating: 0, count: 16), intents: [])
        #expect(client.received(ResultMessage(outcome: .applied)) == .failed(.unexpectedFrame))
    }

    @Test("PUSH-3: frames of other kinds end the stream")
    func otherKinds() throws {
        var server = try Self.server(Self.objects.map(\.id))
        #expect(server.received(NeedMessage(window: 0, needed: [])) == .failed(.unexpectedFrame))
        var client = PushClient(project: Names.project, objectCount: 0)
        _ = client.offering([])
        #expect(client.received(PlanMessage(epoch: 1)) == .failed(.unexpectedFrame))
    }
}
