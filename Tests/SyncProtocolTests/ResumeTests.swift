import ObjectModel
import SyncProtocol
import Testing

/// What a cut leaves of a block, and how the rest of it comes (Spec §13.4).
@Suite struct ResumeTests {
    private static let objects = [Sample(1), Sample(2, padding: 1_200_000), Sample(3), Sample(4, padding: 700_000)]
    private static let blocks = objects.map { SampleBlock([$0]) }
    private static let large = blocks[1]

    private static func node() -> SampleNode {
        let node = SampleNode()
        for block in Self.blocks { node.append(block) }
        node.log(2, of: Names.origins[0])
        return node
    }

    @Test("RESUME-6: of a block that was cut, only the rest comes", arguments: 0..<4 as Range<UInt64>)
    func fetch(seed: UInt64) {
        let node = Self.node()
        var continuedCount = 0
        for cut in 4..<200 {
            let replica = SampleReplica()
            let first = Link(serving: node, dialler: FetchTests.narrow, seed: seed * 1000 + UInt64(cut))
            first.cutAfter = cut
            let cutSink = FetchSink(replica)
            cutSink.start(on: first.dialler)
            first.run()
            guard first.isCut else { break }
            replica.unfinished = cutSink.unfinished
            let durableCount = Int(replica.cursor?.nextOrdinal ?? 0)
            var expected = Self.blocks.dropFirst(durableCount).reduce(0) { $0 + 1 + $1.bytes.count }
            if let unfinished = replica.unfinished {
                expected -= unfinished.count - 4
                continuedCount += 1
            }
            replica.receivedByteCount = 0
            let second = Link(serving: node, dialler: FetchTests.narrow, seed: seed)
            let sink = FetchSink(replica)
            sink.start(on: second.dialler)
            second.run()
            #expect(sink.done != nil, "seed \(seed), cut after \(cut)")
            #expect(replica.receivedByteCount == expected)
            #expect(replica.objects == node.objects)
        }
        #expect(continuedCount > 3)
    }

    @Test("RESUME-6: a push sends the rest of a block that was cut", arguments: 0..<4 as Range<UInt64>)
    func push(seed: UInt64) {
        var continuedCount = 0
        for cut in 4..<200 {
            let node = SampleNode()
            let first = Link(serving: node, acceptor: FetchTests.narrow, seed: seed * 1000 + UInt64(cut))
            first.cutAfter = cut
            PushGiver(Self.objects, windowCount: 1).start(on: first.dialler)
            first.run()
            guard first.isCut else { break }
            node.unfinished = first.acceptor.drivers.values.lazy.compactMap { ($0 as? PushSink)?.unfinished }.first
            let beginning = node.unfinished
            let second = Link(serving: node, acceptor: FetchTests.narrow, seed: seed)
            let giver = PushGiver(Self.objects, windowCount: 1)
            giver.start(on: second.dialler)
            second.run()
            #expect(giver.result != nil, "seed \(seed), cut after \(cut)")
            #expect(giver.skippedByteCount == beginning?.count ?? 0)
            #expect(node.objects.count == Self.objects.count)
            if giver.skippedByteCount > 0 { continuedCount += 1 }
        }
        #expect(continuedCount > 3)
    }

    @Test("RESUME-6: where another block comes, it comes as a whole, and the beginning is of use as before")
    func anotherBlock() {
        let node = SampleNode()
        node.append(Self.blocks[0])
        let replica = SampleReplica()
        let beginning = Array(Self.large.bytes.prefix(1000))
        replica.unfinished = beginning
        let link = Link(serving: node, seed: 1)
        let sink = FetchSink(replica)
        sink.start(on: link.dialler)
        link.run()
        #expect(sink.done != nil && replica.receivedByteCount == 1 + Self.blocks[0].bytes.count)

        var client = FetchClient(FetchMessage(project: Names.project), begun: beginning)
        #expect(client.unfinished == beginning)
        client = Self.client(begun: beginning)
        #expect(Self.read([1] + Self.blocks[0].bytes, &client).last == .needMore)
        #expect(client.unfinished == beginning)
        #expect(Self.read([2] + Self.blocks[3].bytes.prefix(500), &client).last == .needMore)
        #expect(client.unfinished == Array(Self.blocks[3].bytes.prefix(500)))
    }

    private static func client(begun: [UInt8]?) -> FetchClient {
        var client = FetchClient(FetchMessage(project: Names.project), begun: begun)
        let plan = PlanMessage(epoch: Names.epoch)
        #expect(client.received(plan) == .begin(plan))
        return client
    }

    /// What comes of `payload`, and how much of it was used.
    private static func read(_ payload: [UInt8], _ client: inout FetchClient) -> [FetchClient.OnData] {
        #expect(client.received(Frame(.data, payload)) == .readData)
        var (offset, events): (Int, [FetchClient.OnData]) = (0, [])
        while true {
            events.append(client.nextBlock(in: payload.span.bytes, at: &offset))
            switch events.last {
            case .began, .store: continue
            default: return events
            }
        }
    }

    @Test("RESUME-7: a rest that nobody asked for, or a second one, ends the stream")
    func unasked() {
        let rest: [UInt8] = [1] + Array("TBR1".utf8)
        let malformed = FetchClient.OnData.fail(SyncError(.malformedBlock, scope: .stream))
        var client = Self.client(begun: nil)
        #expect(Self.read(rest, &client) == [malformed])
        client = Self.client(begun: Array(Self.large.bytes.dropLast()))
        let events = Self.read(rest + Self.large.bytes.suffix(1) + rest, &client)
        #expect(events.first == .began(streamByteCount: rest.count + 1))
        #expect(events.count == 3 && events.last == malformed)
    }

    @Test("RESUME-8: a beginning of another block is found out when the block is verified")
    func wrongBeginning() {
        var beginning = Array(Self.large.bytes.dropLast(10))
        beginning[beginning.count / 2] ^= 1
        let replica = SampleReplica()
        replica.unfinished = beginning
        let link = Link(serving: Self.node(), seed: 1)
        let sink = FetchSink(replica)
        sink.start(on: link.dialler)
        link.run()
        #expect(sink.done == nil && sink.failure == .contentMismatch)
        #expect(replica.objects[Self.objects[1].id] == nil)
    }

    @Test("only a part of a block that has its header is worth asking for")
    func unfinishedBlock() {
        let bytes = Self.blocks[0].bytes
        #expect(UnfinishedBlock(Array(bytes.prefix(BlockHeader.byteCount - 1))) == nil)
        #expect(UnfinishedBlock(bytes) == nil)
        #expect(UnfinishedBlock([UInt8](repeating: 0, count: 100)) == nil)
        let header = Array(bytes.prefix(BlockHeader.byteCount))
        #expect(UnfinishedBlock(header)?.byteCount == BlockHeader.byteCount)
        #expect(UnfinishedBlock(header)?.header == Self.blocks[0].header)
    }
}
