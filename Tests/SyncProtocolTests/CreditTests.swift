import ObjectModel
import SyncProtocol
import Testing

/// Who may send how much, seen from outside of a connection.
@Suite struct CreditTests {
    private static let offer = OfferMessage(project: Names.project, objectCount: 1, ids: [Sample(1).id])
    private static let offerByteCount = offer.encoded().count

    @Test("CREDIT-1: DATA, OPS and OFFER spend credit, nothing else does")
    func spenders() {
        #expect(FrameType.known.filter(\.spendsCredit) == [.data, .offer, .operations])
    }

    @Test("CREDIT-3: more than was granted on a stream ends the connection")
    func overStreamCredit() {
        let connection = Machine.open(hello: HelloMessage(streamCredit: 1 << 20))
        _ = connection.received(Frame(Self.offer))
        let rest = (1 << 20) - Self.offerByteCount
        let chunk = [UInt8](repeating: 0, count: 1 << 17)
        for _ in 0..<7 { #expect(connection.received(Frame(.data, chunk)) == .stream(1)) }
        #expect(connection.received(Frame(.data, Array(chunk.prefix(rest - 7 * chunk.count)))) == .stream(1))
        #expect(connection.received(Frame(.data, [])) == .stream(1))
        #expect(connection.received(Frame(.data, [0])).failure == .creditExceeded)
    }

    @Test("CREDIT-3: more than was granted on the connection ends it")
    func overConnectionCredit() {
        let connection = Machine.open(hello: HelloMessage(connectionCredit: 1 << 20))
        let chunk = [UInt8](repeating: 0, count: 250_000)
        for stream in [1, 3, 5, 7] as [UInt32] {
            _ = connection.received(Frame(Self.offer, stream: stream))
            #expect(connection.received(Frame(.data, chunk, stream: stream)) == .stream(stream))
        }
        #expect(connection.received(Frame(.data, chunk, stream: 7)).failure == .creditExceeded)
    }

    @Test("CREDIT-2: a sender spends what it was granted, of both windows")
    func spending() {
        let dialler = Machine.open(.dialler, peer: HelloMessage(connectionCredit: 3 << 20))
        let ids = [dialler.openStream(), dialler.openStream(), dialler.openStream(), dialler.openStream()].compactMap(
            \.self)
        for id in ids.prefix(3) {
            #expect(dialler.spend(1 << 20, stream: id))
            #expect(!dialler.spend(1, stream: id))
        }
        #expect(!dialler.spend(1, stream: ids[3]))  // the connection's window is used up
        #expect(dialler.received(Frame(CreditMessage(byteCount: 10), stream: 0)) == .credit(stream: 0))
        #expect(!dialler.spend(11, stream: ids[3]))
        #expect(dialler.spend(4, stream: ids[3]))
        #expect(!dialler.spend(1, stream: ids[0]))  // that stream's window is used up
        #expect(dialler.received(Frame(CreditMessage(byteCount: 7), stream: ids[0])) == .credit(stream: ids[0]))
        #expect(dialler.nextDataFrame(stream: ids[0], remaining: 100)?.payloadByteCount == 6)
        #expect(dialler.nextDataFrame(stream: ids[0], remaining: 94) == nil)
    }

    @Test("CREDIT-2: a stream that was opened before HELLO came gets what HELLO grants")
    func earlyStream() {
        let dialler = Machine(.init(side: .dialler), now: .zero)
        guard let id = dialler.openStream() else {
            Issue.record("no stream")
            return
        }
        #expect(dialler.spend(1 << 20, stream: id))
        #expect(!dialler.spend(1, stream: id))
        let hello = HelloMessage(streamCredit: 3 << 20, connectionCredit: 4 << 20)
        #expect(dialler.received(Frame(hello, stream: 0)) == .ready(hello))
        #expect(dialler.spend(2 << 20, stream: id))
        #expect(!dialler.spend(1, stream: id))
    }

    @Test("FRAME-4: DATA frames are no larger than the peer takes")
    func frameSizes() {
        for byteCount in [256 << 10, 1 << 20] {
            let dialler = Machine.open(
                .dialler, peer: HelloMessage(frameByteCountMax: byteCount, streamCredit: 8 << 20))
            guard let id = dialler.openStream() else { return }
            #expect(dialler.nextDataFrame(stream: id, remaining: 5 << 20)?.payloadByteCount == byteCount)
        }
    }

    @Test("CREDIT-4: a peer that grants without measure is stopped")
    func boundlessGrants() {
        let connection = Machine.open()
        let grant = Frame(CreditMessage(byteCount: Limits.creditMax), stream: 0)
        var grantCount = 0
        while connection.received(grant) == .credit(stream: 0), grantCount < 2000 { grantCount += 1 }
        #expect((1020...1024).contains(grantCount))
    }

    @Test("CREDIT-5: what is durable comes back in quarters of a window")
    func returning() {
        let connection = Machine.open(hello: HelloMessage(streamCredit: 1 << 20, connectionCredit: 2 << 20))
        _ = connection.received(Frame(Self.offer))
        for _ in 0..<4 { _ = connection.received(Frame(.data, [UInt8](repeating: 0, count: 200_000))) }
        #expect(connection.release(Self.offerByteCount, stream: 1) == [])
        let rest = (1 << 18) - Self.offerByteCount
        #expect(connection.release(rest - 1, stream: 1) == [])
        #expect(connection.release(1, stream: 1) == CreditMessage(byteCount: 1 << 18).frame(stream: 1))
        let both =
            CreditMessage(byteCount: 1 << 18).frame(stream: 1) + CreditMessage(byteCount: 1 << 19).frame(stream: 0)
        #expect(connection.release(1 << 18, stream: 1) == both)
    }

    @Test("CREDIT-5: a block that may not fit is granted before it is whole, and paid for after")
    func inAdvance() {
        let connection = Machine.open(hello: HelloMessage(streamCredit: 1 << 20, connectionCredit: 1 << 20))
        _ = connection.received(Frame(Self.offer))
        #expect(connection.blockBegan(stream: 1, byteCount: 1 << 18) == [])
        connection.blockCompleted(stream: 1)
        let size = 3 << 20
        let grant = CreditMessage(byteCount: size)
        #expect(connection.blockBegan(stream: 1, byteCount: size) == grant.frame(stream: 1) + grant.frame(stream: 0))
        let chunk = [UInt8](repeating: 0, count: 1 << 18)
        for _ in 0..<14 { #expect(connection.received(Frame(.data, chunk)) == .stream(1)) }
        connection.blockCompleted(stream: 1)
        #expect(!connection.release(Self.offerByteCount + (1 << 18), stream: 1).isEmpty)
        #expect(connection.release(size, stream: 1) == [])
        #expect(connection.blockBegan(stream: 1, byteCount: 1 << 18) == [])
        connection.blockCompleted(stream: 1)
        #expect(!connection.release(1 << 18, stream: 1).isEmpty)
    }

    @Test("CREDIT-5: what other streams used up of a grant in advance comes back before its block is whole")
    func besideOthers() {
        let size = 3 << 19  // larger than the connection's window
        let connection = Machine.open(hello: HelloMessage(streamCredit: 64 << 20, connectionCredit: 1 << 20))
        for stream in [1, 3] as [UInt32] { _ = connection.received(Frame(Self.offer, stream: stream)) }
        let half = [UInt8](repeating: 0, count: 1 << 17)
        #expect(connection.received(Frame(.data, half)) == .stream(1))
        var credit = (1 << 20) - 2 * Self.offerByteCount - half.count + size
        #expect(
            connection.blockBegan(stream: 1, byteCount: size) == CreditMessage(byteCount: size).frame(stream: 0))
        // The other stream takes all there is, in small blocks that become durable at once.
        while credit >= half.count {
            #expect(connection.blockBegan(stream: 3, byteCount: half.count) == [])
            #expect(connection.received(Frame(.data, half, stream: 3)) == .stream(3))
            connection.blockCompleted(stream: 3)
            credit -= half.count
        }
        let returned = credit
        for _ in 0..<(((1 << 20) + size) / half.count - 2) {
            let frames = connection.release(half.count, stream: 3)
            if !frames.isEmpty { credit += 1 << 18 }
        }
        #expect(credit - returned >= size - half.count, "the block can never come: \(credit) of \(size) bytes")
    }

    @Test("CREDIT-7: what was granted for a block that was given up is paid for by others")
    func givenUp() {
        let size = 3 << 19
        let connection = Machine.open(hello: HelloMessage(streamCredit: 64 << 20, connectionCredit: 1 << 20))
        for stream in [1, 3] as [UInt32] { _ = connection.received(Frame(Self.offer, stream: stream)) }
        let half = [UInt8](repeating: 0, count: 1 << 17)
        #expect(connection.received(Frame(.data, half)) == .stream(1))
        _ = connection.blockBegan(stream: 1, byteCount: size)
        let error = ErrorMessage(code: .busy).frame(stream: 1)
        #expect(connection.close(stream: 1, SyncError(.busy)) == error)
        // Of the grant, all but what came is left to the peer: nothing is given back until that is used up.
        let surplus = size - half.count - Self.offerByteCount
        var used = 0
        while used + half.count <= surplus {
            #expect(connection.received(Frame(.data, half, stream: 3)) == .stream(3))
            #expect(connection.release(half.count, stream: 3) == [])
            used += half.count
        }
        for _ in 0..<3 { #expect(connection.received(Frame(.data, half, stream: 3)) == .stream(3)) }
        #expect(!connection.release(3 * half.count, stream: 3).isEmpty)
    }

    @Test("CREDIT-7: what a stream left unread comes back to the connection when it is closed")
    func closing() {
        let connection = Machine.open(hello: HelloMessage(connectionCredit: 1 << 20))
        _ = connection.received(Frame(Self.offer))
        for _ in 0..<4 { _ = connection.received(Frame(.data, [UInt8](repeating: 0, count: 200_000))) }
        let error = ErrorMessage(code: .busy).frame(stream: 1)
        let credit = CreditMessage(byteCount: 800_000 + Self.offerByteCount).frame(stream: 0)
        #expect(connection.close(stream: 1, SyncError(.busy)) == error + credit)
        // So does what arrives later.
        #expect(connection.received(Frame(.data, [UInt8](repeating: 0, count: 200_000))) == .none)
        let rest = CreditMessage(byteCount: 400_000).frame(stream: 0)
        #expect(connection.received(Frame(.data, [UInt8](repeating: 0, count: 200_000))) == .send(rest))
    }

    @Test(
        "CREDIT-6: a sender that has no credit waits, and goes on with the first grant",
        arguments: 0..<4 as Range<UInt64>)
    func exhaustion(seed: UInt64) {
        let node = SampleNode()
        for index in 0..<40 { node.append(SampleBlock([Sample(index, padding: 100_000)])) }
        let replica = SampleReplica()
        let hello = HelloMessage(streamCredit: 1 << 20, connectionCredit: 1 << 20)
        let link = Link(serving: node, dialler: hello, seed: seed)
        let sink = FetchSink(replica)
        sink.isPaused = true
        sink.start(on: link.dialler)
        link.run()
        // Four megabytes wait; not more than the window has come, and not much less.
        #expect((1_000_000...(1 << 20) + 10_000).contains(link.byteCount))
        #expect(sink.done == nil && link.dialler.isOpen && link.acceptor.isOpen)
        sink.isPaused = false
        link.run()
        #expect(sink.done != nil)
        #expect(replica.objects == node.objects)
    }
}
