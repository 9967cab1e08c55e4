import ObjectModel
import SyncProtocol
import Testing

/// Handshake, streams and the way out.
@Suite struct ConnectionTests {
    private static let fetch = FetchMessage(project: Names.project)

    // MARK: Handshake

    @Test("HELLO-1: the first frame is HELLO, and it comes once")
    func helloFirst() {
        for frame in [
            Frame(PingMessage(nonce: 1), stream: 0), Frame(Self.fetch, .end),
            Frame(AuthMessage(.token("x")), stream: 0),
        ] {
            let connection = Machine(.init(side: .acceptor), now: .zero)
            #expect(connection.received(frame).failure == .unexpectedFrame)
        }
        let connection = Machine.open()
        #expect(connection.received(Frame(HelloMessage(), stream: 0)).failure == .unexpectedFrame)
        #expect(Machine.open().received(Frame(.hello, [0], stream: 0)).failure == .unexpectedFrame)
    }

    @Test("AUTH-1: nothing but AUTH follows the HELLO of a dialler, and it comes once")
    func authSecond() {
        for frame in [Frame(PingMessage(nonce: 1), stream: 0), Frame(Self.fetch, .end)] {
            let connection = Machine(.init(side: .acceptor), now: .zero)
            let hello = HelloMessage.standard.frame(stream: 0)
            #expect(connection.received(Frame(HelloMessage(), stream: 0)) == .send(hello))
            #expect(connection.received(frame).failure == .unexpectedFrame)
        }
        let connection = Machine.open()
        #expect(connection.received(Frame(AuthMessage(.token("x")), stream: 0)).failure == .unexpectedFrame)
        let dialler = Machine.open(.dialler)
        #expect(dialler.received(Frame(AuthMessage(.token("x")), stream: 0)).failure == .unexpectedFrame)
    }

    @Test("AUTH-3: before a peer is known, only small frames are read")
    func smallFramesFirst() {
        let connection = Machine(.init(side: .acceptor), now: .zero)
        #expect(connection.payloadByteCountMax == 4096)
        _ = connection.received(Frame(HelloMessage(), stream: 0))
        #expect(connection.payloadByteCountMax == 8192)
        #expect(connection.received(Frame(AuthMessage(.token("x")), stream: 0)) == .authenticate(.token("x")))
        connection.authenticated()
        #expect(connection.payloadByteCountMax == 256 << 10)
        let large = HelloMessage(frameByteCountMax: 1 << 20)
        #expect(Machine(.init(side: .dialler, hello: large), now: .zero).payloadByteCountMax == 1 << 20)
    }

    @Test("AUTH-4: a token that is not good ends the connection")
    func badToken() {
        let link = Link(serving: .filled(), token: "wrong", seed: 1)
        let sink = FetchSink(SampleReplica())
        sink.start(on: link.dialler)
        link.run()
        #expect(link.dialler.closedBy?.code == .unauthenticated)
        #expect(sink.done == nil)
    }

    @Test("VER-1: the newest common version is taken")
    func commonVersion() {
        #expect(ProtocolVersion.common(1...3, 2...5) == 3)
        #expect(ProtocolVersion.common(4...4, 2...5) == 4)
        #expect(ProtocolVersion.common(1...1, 2...5) == nil)
    }

    @Test("VER-2: without a common version the connection ends", arguments: [Connection.Side.dialler, .acceptor])
    func noCommonVersion(_ side: Connection.Side) {
        let connection = Machine(.init(side: side), now: .zero)
        #expect(connection.received(Frame(HelloMessage(versions: 2...9), stream: 0)).failure == .versionUnsupported)
        let tolerant = Machine(.init(side: side), now: .zero)
        #expect(tolerant.received(Frame(HelloMessage(versions: 1...9), stream: 0)).failure == nil)
    }

    @Test("AUTH-5: a token that is judged after the handshake's time changes nothing")
    func lateToken() {
        let connection = Machine(.init(side: .acceptor), now: .zero)
        _ = connection.received(Frame(HelloMessage(), stream: 0))
        _ = connection.received(Frame(AuthMessage(.token("x")), stream: 0))
        guard case .fail(let error, _) = connection.tick(now: .seconds(10)) else {
            Issue.record("the handshake has no end")
            return
        }
        #expect(error.code == .silent)
        connection.authenticated()
        #expect(connection.received(Frame(Self.fetch, .end)) == .none)
        #expect(connection.openStream() == nil)
    }

    // MARK: Frames and streams

    @Test("FRAME-6: kinds from 0x80 on are skipped, whatever their flags and their stream")
    func ignorable() {
        let connection = Machine.open()
        #expect(connection.received(Frame(FrameType(rawValue: 0xC0), [1], .init(rawValue: 0xFF), stream: 0)) == .none)
        #expect(connection.received(Frame(FrameType(rawValue: 0x80), [1], .end, stream: 5)) == .none)
        let offer = OfferMessage(project: Names.project, objectCount: 0, ids: [])
        #expect(connection.received(Frame(offer, stream: 5)) == .opened(stream: 5, .offer))
        #expect(connection.received(Frame(FrameType(rawValue: 0x80), [1], .end, stream: 5)) == .none)
        #expect(connection.received(Frame(.data, [0], stream: 5)) == .stream(5))
        #expect(connection.received(Frame(.data, [0], .end, stream: 5)) == .stream(5))
        #expect(connection.received(Frame(FrameType(rawValue: 0x80), [1], stream: 5)) == .none)
    }

    @Test("FRAME-7: an unknown kind below 0x80 ends its stream, on stream 0 the connection")
    func unknownKind() {
        let type = FrameType(rawValue: 0x7F)
        let connection = Machine.open()
        let refusal = ErrorMessage(code: .unknownFrameType).frame(stream: 3)
        #expect(connection.received(Frame(type, [], stream: 3)) == .send(refusal))
        #expect(connection.received(Frame(Self.fetch, .end, stream: 5)) == .opened(stream: 5, .fetch))
        let offer = OfferMessage(project: Names.project, objectCount: 0, ids: [])
        _ = connection.received(Frame(offer, stream: 7))
        #expect(connection.received(Frame(type, [], stream: 7)) == .failStream(7, SyncError(.unknownFrameType)))
        #expect(connection.received(Frame(type, [], stream: 0)).failure == .unknownFrameType)
    }

    @Test("FRAME-8: frames of the connection stand on stream 0, those of streams do not")
    func wrongStream() {
        for frame in [
            Frame(PingMessage(nonce: 1), stream: 1), Frame(PongMessage(nonce: 1), stream: 1),
            Frame(GoAwayMessage(lastStream: 0), stream: 1), Frame(HelloMessage(), stream: 1),
            Frame(AuthMessage(.token("x")), stream: 1), Frame(Self.fetch, .end, stream: 0), Frame(.data, [], stream: 0),
            Frame(HeadMessage(cursor: JournalCursor(epoch: 1, nextOrdinal: 1)), stream: 0),
        ] {
            let connection = Machine.open()
            #expect(connection.received(frame).failure == .invalidStreamID, "\(frame.header)")
        }
    }

    @Test("STREAM-1: a peer opens streams of its own numbers, ascending")
    func numbers() {
        let connection = Machine.open()
        #expect(connection.received(Frame(Self.fetch, .end, stream: 7)) == .opened(stream: 7, .fetch))
        // A lower number counts as opened and closed.
        #expect(connection.received(Frame(Self.fetch, .end, stream: 5)) == .none)
        #expect(connection.received(Frame(Self.fetch, .end, stream: 8)).failure == .invalidStreamID)
        let dialler = Machine.open(.dialler, servesStreams: true)
        #expect(dialler.received(Frame(Self.fetch, .end, stream: 2)) == .opened(stream: 2, .fetch))
        #expect(dialler.received(Frame(Self.fetch, .end, stream: 1)).failure == .invalidStreamID)
    }

    @Test("STREAM-2: local numbers ascend and are used once")
    func localNumbers() {
        let dialler = Machine.open(.dialler)
        #expect([dialler.openStream(), dialler.openStream(), dialler.openStream()] == [1, 3, 5])
        _ = dialler.close(stream: 5)
        #expect(dialler.openStream() == 7)
        let acceptor = Machine.open()
        #expect([acceptor.openStream(), acceptor.openStream()] == [2, 4])
    }

    @Test(
        "STREAM-3: FETCH, OFFER, WATCH, RECONCILE, BLOB, PUT, NEWS, JOIN, CALL, LEASE and PURGE open streams, nothing else does"
    )
    func openers() {
        #expect(
            FrameType.known.filter(\.opensStream) == [
                .fetch, .offer, .watch, .reconcile, .blob, .put, .news, .join, .call, .lease, .purge,
            ])
        let watch = WatchMessage(project: Names.project)
        let connection = Machine.open()
        #expect(connection.received(Frame(watch, .end, stream: 1)) == .opened(stream: 1, .watch))
        for frame in [Frame(.data, [0], stream: 3), Frame(PlanMessage(epoch: 1), stream: 3)] {
            let connection = Machine.open()
            #expect(connection.received(frame).failure == .invalidStreamID)
        }
        #expect(connection.received(Frame(CreditMessage(byteCount: 1), stream: 9)).failure == .invalidStreamID)
        let other = Machine.open()
        #expect(other.received(Frame(ErrorMessage(code: .cancelled), stream: 9)).failure == .invalidStreamID)
    }

    @Test("STREAM-4: after END only CREDIT and ERROR may follow")
    func afterEnd() {
        let connection = Machine.open()
        _ = connection.received(Frame(Self.fetch, .end, stream: 1))
        #expect(connection.received(Frame(CreditMessage(byteCount: 5), stream: 1)) == .credit(stream: 1))
        let cancelled = ErrorMessage(code: .cancelled)
        #expect(connection.received(Frame(cancelled, stream: 1)) == .streamFailed(1, cancelled))
        _ = connection.received(Frame(Self.fetch, .end, stream: 3))
        #expect(connection.received(Frame(Self.fetch, .end, stream: 3)).failure == .unexpectedFrame)
    }

    @Test("STREAM-5: frames of a stream that is gone are passed over")
    func goneStream() {
        let connection = Machine.open()
        let offer = OfferMessage(project: Names.project, objectCount: 0, ids: [])
        _ = connection.received(Frame(offer, stream: 1))
        #expect(connection.close(stream: 1, SyncError(.busy)) == ErrorMessage(code: .busy).frame(stream: 1))
        for frame in [
            Frame(.data, [1, 2, 3], stream: 1), Frame(CreditMessage(byteCount: 9), stream: 1),
            Frame(ErrorMessage(code: .cancelled), stream: 1), Frame(FrameType(rawValue: 0x7E), [], stream: 1),
        ] {
            #expect(connection.received(frame) == .none)
        }
    }

    @Test("STREAM-6: a stream counts as open until both sides have ended it")
    func streamCount() {
        let hello = HelloMessage(streamCountMax: 2)
        let connection = Machine.open(hello: hello)
        #expect(connection.received(Frame(Self.fetch, .end, stream: 1)) == .opened(stream: 1, .fetch))
        #expect(connection.received(Frame(Self.fetch, .end, stream: 3)) == .opened(stream: 3, .fetch))
        let refusal = ErrorMessage(code: .tooManyStreams).frame(stream: 5)
        #expect(connection.received(Frame(Self.fetch, .end, stream: 5)) == .send(refusal))
        // The peer learns from END that stream 1 is over, before this side's driver lets go of it.
        connection.ended(stream: 1)
        #expect(connection.received(Frame(Self.fetch, .end, stream: 7)) == .opened(stream: 7, .fetch))
        let dialler = Machine.open(.dialler, peer: hello)
        #expect([dialler.openStream(), dialler.openStream(), dialler.openStream()] == [1, 3, nil])
    }

    @Test("STREAM-7: a side that serves nothing refuses streams")
    func refusing() {
        let dialler = Machine.open(.dialler)
        let refusal = ErrorMessage(code: .forbidden).frame(stream: 2)
        #expect(dialler.received(Frame(Self.fetch, .end, stream: 2)) == .send(refusal))
    }

    // MARK: The way out

    @Test("PING-1: a PING is answered with its nonce")
    func ping() {
        let connection = Machine.open()
        let pong = PongMessage(nonce: 77).frame(stream: 0)
        #expect(connection.received(Frame(PingMessage(nonce: 77), stream: 0)) == .send(pong))
        #expect(connection.received(Frame(PongMessage(nonce: 5), stream: 0)) == .none)
    }

    @Test("GOAWAY-1: streams that are open run to their end, new ones are refused")
    func goingAway() {
        let connection = Machine.open()
        _ = connection.received(Frame(Self.fetch, .end, stream: 3))
        #expect(connection.shutDown() == GoAwayMessage(lastStream: 3).frame(stream: 0))
        #expect(!connection.isDrained)
        let refusal = ErrorMessage(code: .shuttingDown).frame(stream: 5)
        #expect(connection.received(Frame(Self.fetch, .end, stream: 5)) == .send(refusal))
        connection.ended(stream: 3)
        #expect(connection.close(stream: 3) == [])
        #expect(connection.isDrained)
        #expect(connection.openStream() == nil)
    }

    @Test("GOAWAY-2: a dialler learns which of its streams will not be served")
    func unserved() {
        let dialler = Machine.open(.dialler)
        _ = [dialler.openStream(), dialler.openStream(), dialler.openStream()]
        let message = GoAwayMessage(lastStream: 1)
        #expect(dialler.received(Frame(message, stream: 0)) == .goAway(message, unserved: [3, 5]))
        #expect(dialler.openStream() == nil)
    }

    @Test("ERR-1: an error on stream 0 ends the connection, on a stream the stream")
    func errors() {
        let connection = Machine.open()
        _ = connection.received(Frame(Self.fetch, .end, stream: 1))
        let error = ErrorMessage(code: ErrorCode(rawValue: 0x7F01), text: "?")
        #expect(connection.received(Frame(error, stream: 1)) == .streamFailed(1, error))
        #expect(connection.close(stream: 1) == [])
        #expect(connection.received(Frame(error, stream: 0)) == .closed(error))
        #expect(connection.received(Frame(Self.fetch, .end, stream: 3)) == .none)
    }

    @Test("ERR-4: a frame of the connection that cannot be read ends it, with its code")
    func malformed() {
        for (frame, code) in [
            (Frame(.ping, [1], stream: 0), ErrorCode.invalidField), (Frame(.credit, [0], stream: 0), .invalidField),
            (Frame(.goAway, [], stream: 0), .missingField), (Frame(.error, [2], stream: 0), .truncated),
        ] {
            let connection = Machine.open()
            #expect(connection.received(frame).failure == code)
        }
        // What stands on a stream is read by its machine: the connection goes on.
        let connection = Machine.open()
        #expect(connection.received(Frame(.fetch, [0xFF], .end, stream: 1)) == .opened(stream: 1, .fetch))
    }

    @Test("ERR-2: the class of an unknown code tells what to do about it")
    func classes() {
        #expect(ErrorCode(rawValue: 0x03EE).errorClass == .retry)
        #expect(ErrorCode(rawValue: 0x05EE).errorClass == .integrity)
        #expect(ErrorCode(rawValue: 0x7F01).errorClass == .protocol)
        #expect(SyncError(.busy).isRetryable && !SyncError(.forbidden).isRetryable)
    }

    @Test("ERR-3: a text that is too long is cut between characters")
    func longText() {
        let message = ErrorMessage(SyncError(.busy, publicMessage: String(repeating: "é", count: 200)))
        #expect(message.text == String(repeating: "é", count: 128))
        #expect(ErrorMessage(SyncError(.busy, publicMessage: "short")).text == "short")
    }
}
