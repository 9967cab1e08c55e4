import ObjectModel
import SyncProtocol
import Testing

/// FETCH between two whole connections, its bytes cut at seeded positions.
@Suite struct FetchTests {
    /// Small windows, so that credit runs out all the time.
    static let narrow = HelloMessage(streamCredit: 1 << 20, connectionCredit: 1 << 20)

    @Test("FETCH-2: a cold clone, then an update, then nothing", arguments: 0..<12 as Range<UInt64>)
    func cloneAndUpdate(seed: UInt64) throws {
        let node = SampleNode.filled()
        let replica = SampleReplica()
        let link = Link(serving: node, seed: seed)
        let clone = FetchSink(replica)
        clone.start(on: link.dialler)
        link.run()
        #expect(clone.failure == nil)
        let done = try #require(clone.done)
        #expect(done.objectCount == UInt64(node.objects.count) && done.blockCount == 6 && done.operationCount == 8)
        Self.expectEqual(replica, node)

        node.append(SampleBlock([Sample(900), Sample(901)]))
        node.log(2, of: Names.origins[1])
        let update = FetchSink(replica)
        update.start(on: link.dialler)
        link.run()
        #expect(update.plan?.firstOrdinal == done.cursor.nextOrdinal)
        #expect(update.done?.objectCount == 2 && update.done?.operationCount == 2)
        Self.expectEqual(replica, node)

        let again = FetchSink(replica)
        again.start(on: link.dialler)
        link.run()
        #expect(again.done?.digest == nil && again.done?.blockCount == 0)
        #expect(link.dialler.isOpen && link.acceptor.isOpen)
        #expect(link.dialler.drivers.isEmpty && link.acceptor.drivers.isEmpty)
    }

    @Test("HELLO-4: the first request travels with HELLO and AUTH")
    func firstFlight() {
        let link = Link(serving: .filled(), seed: 1)
        let sink = FetchSink(SampleReplica())
        #expect(sink.start(on: link.dialler))
        #expect(FetchSink(SampleReplica()).start(on: link.dialler) == false)  // one stream until HELLO came
        link.run()
        #expect(sink.done != nil)
        #expect(link.dialler.readyHello == .standard)
    }

    @Test("RESUME-1: a cut at any frame loses nothing that was durable", arguments: 0..<3 as Range<UInt64>)
    func cutsAndResume(seed: UInt64) throws {
        let node = SampleNode.filled(blockCount: 9, padding: [40, 30_000, 200])
        var cutCount = 0
        for cut in 1..<1000 {
            let replica = SampleReplica()
            let first = Link(serving: node, seed: seed * 1000 + UInt64(cut))
            first.cutAfter = cut
            FetchSink(replica).start(on: first.dialler)
            first.run()
            guard first.isCut else { break }
            cutCount += 1
            let cursor = replica.cursor
            let heldCount = replica.objects.count
            let heldBlockCount = node.journal.count { $0.nextOrdinal <= cursor?.nextOrdinal ?? 0 }
            replica.receivedBlockCount = 0
            let second = Link(serving: node, seed: seed)
            let sink = FetchSink(replica)
            sink.start(on: second.dialler)
            second.run()
            #expect(sink.done != nil, "seed \(seed), cut after \(cut)")
            #expect(sink.plan?.firstOrdinal == cursor?.nextOrdinal ?? 0)
            #expect(replica.receivedBlockCount == node.journal.count - heldBlockCount)
            #expect(sink.done.map { Int($0.objectCount) } == node.objects.count - heldCount)
            Self.expectEqual(replica, node)
        }
        #expect(cutCount > 12)
    }

    @Test("RESUME-2: many cuts in a row still come to an end", arguments: 0..<8 as Range<UInt64>)
    func manyCuts(seed: UInt64) {
        let node = SampleNode.filled(blockCount: 12)
        let replica = SampleReplica()
        var attemptCount = 0
        var isDone = false
        while !isDone, attemptCount < 100 {
            attemptCount += 1
            let link = Link(serving: node, seed: seed * 100 + UInt64(attemptCount))
            link.cutAfter = 6 + attemptCount / 4
            let sink = FetchSink(replica)
            sink.start(on: link.dialler)
            link.run()
            isDone = sink.done != nil
        }
        #expect(isDone && attemptCount > 2)
        Self.expectEqual(replica, node)
    }

    @Test("PLAN-2: another epoch, or an ordinal beyond the end, starts over")
    func startingOver() {
        let node = SampleNode.filled()
        for cursor in [
            JournalCursor(epoch: 7, nextOrdinal: 3), JournalCursor(epoch: Names.epoch, nextOrdinal: 1000),
        ] {
            let replica = SampleReplica()
            replica.cursor = cursor
            let link = Link(serving: node, seed: 5)
            let sink = FetchSink(replica)
            sink.start(on: link.dialler)
            link.run()
            #expect(sink.isStartingOver && sink.plan?.firstOrdinal == 0)
            Self.expectEqual(replica, node)
        }
    }

    @Test("FETCH-5: objects by id leave the cursor where it is")
    func wanted() {
        let node = SampleNode.filled()
        let replica = SampleReplica()
        replica.cursor = JournalCursor(epoch: Names.epoch, nextOrdinal: 2)
        let known = node.journal[1].block.objects[0]
        let link = Link(serving: node, seed: 3)
        let sink = FetchSink(replica, replica.request(wanted: [Sample(77_777).id, known.id]))
        sink.start(on: link.dialler)
        link.run()
        #expect(replica.objects == [known.id: known.text])
        #expect(sink.done?.missingCount == 1 && sink.done?.operationCount == 0)
        #expect(replica.cursor?.nextOrdinal == 2)
    }

    @Test("FETCH-4: options leave out operations, objects, or both")
    func options() {
        let node = SampleNode.filled()
        for (options, objectCount, operationCount) in [
            (FetchMessage.Options.withoutOperations, node.objects.count, 0), (.withoutObjects, 0, 8),
            ([.withoutObjects, .withoutOperations], 0, 0),
        ] {
            let replica = SampleReplica()
            let link = Link(serving: node, seed: 4)
            let sink = FetchSink(replica, replica.request(options: options))
            sink.start(on: link.dialler)
            link.run()
            #expect(sink.done != nil)
            #expect(replica.objects.count == objectCount)
            #expect(replica.logs.values.reduce(0) { $0 + $1.count } == operationCount)
        }
    }

    @Test("FETCH-16: ranges part a journal: each block comes with one of them, and no cursor moves")
    func ranges() throws {
        let node = SampleNode.filled(blockCount: 12)
        let replica = SampleReplica()
        let link = Link(serving: node, seed: 9)
        link.run()
        var random = Seeded(9)
        var first: UInt64 = 0
        var blockCount: UInt64 = 0
        while first < node.nextOrdinal {
            let end = first + 1 + UInt64(random.below(5))
            let request = FetchMessage(
                project: Names.project, range: JournalRange(epoch: node.epoch, ordinals: first..<end))
            let sink = FetchSink(replica, request)
            sink.start(on: link.dialler)
            link.run()
            let done = try #require(sink.done)
            #expect(done.cursor == JournalCursor(epoch: node.epoch, nextOrdinal: node.nextOrdinal))
            #expect(done.operationCount == 0 && sink.plan?.firstOrdinal == 0)
            blockCount += done.blockCount
            first = end
        }
        #expect(blockCount == 12)
        #expect(replica.objects == node.objects && replica.cursor == nil && replica.logs.isEmpty)
    }

    @Test("FETCH-17: a range of another journal brings nothing")
    func rangeOfAnotherJournal() {
        let node = SampleNode.filled()
        let replica = SampleReplica()
        let link = Link(serving: node, seed: 2)
        let range = JournalRange(epoch: node.epoch + 1, ordinals: 0..<100)
        let sink = FetchSink(replica, FetchMessage(project: Names.project, range: range))
        sink.start(on: link.dialler)
        link.run()
        #expect(sink.isRebuilt && sink.done?.blockCount == 0 && replica.objects.isEmpty)
    }

    @Test("FETCH-19: with neither objects nor operations, DONE tells the journal's end")
    func distance() {
        let node = SampleNode.filled()
        let replica = SampleReplica()
        replica.cursor = JournalCursor(epoch: node.epoch, nextOrdinal: 3)
        let link = Link(serving: node, seed: 2)
        let sink = FetchSink(replica, replica.request(options: [.withoutObjects, .withoutOperations]))
        sink.start(on: link.dialler)
        link.run()
        #expect(sink.plan?.firstOrdinal == 3 && sink.done?.cursor.nextOrdinal == node.nextOrdinal)
        #expect(replica.cursor?.nextOrdinal == 3)
    }

    @Test("STREAM-1: streams of one connection interleave", arguments: 0..<6 as Range<UInt64>)
    func interleaved(seed: UInt64) {
        let node = SampleNode.filled(blockCount: 10, padding: [100, 60_000])
        let link = Link(serving: node, dialler: Self.narrow, seed: seed)
        link.run()
        let replicas = (0..<8).map { _ in SampleReplica() }
        let sinks = replicas.map { FetchSink($0) }
        for sink in sinks { #expect(sink.start(on: link.dialler)) }
        link.run()
        for (sink, replica) in zip(sinks, replicas) {
            #expect(sink.done != nil)
            Self.expectEqual(replica, node)
        }
    }

    @Test("CREDIT-5: blocks larger than the windows come through", arguments: 0..<6 as Range<UInt64>)
    func largeBlocks(seed: UInt64) {
        let node = SampleNode()
        for index in 0..<4 {
            node.append(SampleBlock([Sample(index * 10, padding: index % 2 == 0 ? 2_500_000 : 300_000)]))
            node.append(SampleBlock([Sample(index * 10 + 1, padding: 100)]))
        }
        node.log(4, of: Names.origins[0], bodyByteCount: 200_000)
        let link = Link(serving: node, dialler: Self.narrow, seed: seed)
        link.run()
        let replicas = (0..<2).map { _ in SampleReplica() }
        let sinks = replicas.map { FetchSink($0) }
        for sink in sinks { sink.start(on: link.dialler) }
        link.run()
        for (sink, replica) in zip(sinks, replicas) {
            #expect(sink.done != nil, "the streams wait for credit that cannot come")
            Self.expectEqual(replica, node)
        }
    }

    private static func expectEqual(
        _ replica: SampleReplica, _ node: SampleNode, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(replica.objects == node.objects, sourceLocation: sourceLocation)
        #expect(replica.logs == node.logs, sourceLocation: sourceLocation)
        #expect(
            replica.cursor == JournalCursor(epoch: node.epoch, nextOrdinal: node.nextOrdinal),
            sourceLocation: sourceLocation)
    }
}
