import ObjectModel
import SyncProtocol
import Testing

/// WATCH between two whole connections.
@Suite struct WatchTests {
    @Test("WATCH-2: a reader that lacks something is answered at once")
    func answeredAtOnce() {
        let node = SampleNode.filled()
        let link = Link(serving: node, seed: 1)
        let watch = WatchSink(SampleReplica())
        watch.start(on: link.dialler)
        link.run()
        #expect(watch.head?.cursor == JournalCursor(epoch: node.epoch, nextOrdinal: node.nextOrdinal))
        #expect(watch.head?.marks == node.marks)
        #expect(link.acceptor.drivers.isEmpty)
    }

    @Test("WATCH-3: a reader that has everything hears of the next change", arguments: 0..<6 as Range<UInt64>)
    func answeredLater(seed: UInt64) {
        let node = SampleNode.filled()
        let replica = SampleReplica()
        let link = Link(serving: node, seed: seed)
        FetchSink(replica).start(on: link.dialler)
        link.run()
        let watch = WatchSink(replica)
        watch.start(on: link.dialler)
        link.run()
        #expect(watch.head == nil && watch.failure == nil)
        // Another stream runs to its end meanwhile.
        let fetch = FetchSink(replica)
        fetch.start(on: link.dialler)
        link.run()
        #expect(fetch.done != nil && watch.head == nil)
        if seed % 2 == 0 { node.log(1, of: Names.origins[1]) } else { node.append(SampleBlock([Sample(321)])) }
        link.run()
        #expect(watch.head?.marks == node.marks)
        #expect(watch.head?.cursor.nextOrdinal == node.nextOrdinal)
    }

    @Test("HEAD-2: what counts as ahead")
    func ahead() {
        let origin = Names.origins[0]
        let head = HeadMessage(
            cursor: JournalCursor(epoch: 5, nextOrdinal: 10), marks: [OperationMark(origin: origin, sequence: 4)])
        let marks = head.marks
        #expect(!head.isAhead(of: head.cursor, marks: marks))
        #expect(!head.isAhead(of: head.cursor, marks: [OperationMark(origin: origin, sequence: 5)]))
        #expect(head.isAhead(of: nil, marks: marks))
        #expect(head.isAhead(of: JournalCursor(epoch: 5, nextOrdinal: 9), marks: marks))
        #expect(head.isAhead(of: JournalCursor(epoch: 6, nextOrdinal: 10), marks: marks))
        #expect(head.isAhead(of: head.cursor, marks: [OperationMark(origin: origin, sequence: 3)]))
        #expect(head.isAhead(of: head.cursor, marks: []))
        let empty = HeadMessage(cursor: JournalCursor(epoch: 5, nextOrdinal: 0))
        #expect(!empty.isAhead(of: nil, marks: []))
    }

    @Test("WATCH-4: a HEAD is given once")
    func once() throws {
        let frame = Frame(WatchMessage(project: Names.project), .end)
        var server = try WatchServer(frame.header, payload: frame.payload.span.bytes)
        let empty = HeadMessage(cursor: JournalCursor(epoch: 5, nextOrdinal: 0))
        let head = HeadMessage(cursor: JournalCursor(epoch: 5, nextOrdinal: 1))
        #expect(server.head(empty) == .wait)
        #expect(server.head(head) == .send(head))
        #expect(server.head(head) == .done)
    }
}
