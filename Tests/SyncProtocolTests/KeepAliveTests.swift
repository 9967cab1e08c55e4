import ObjectModel
import SyncProtocol
import Testing

/// Time, by a clock that is moved by hand.
@Suite struct KeepAliveTests {
    private func pinged(_ tick: Connection.OnTick) -> Bool { if case .send = tick { true } else { false } }
    private func lost(_ tick: Connection.OnTick) -> ErrorCode? {
        if case .fail(let error, _) = tick { error.code } else { nil }
    }

    @Test("TIME-1: a silent peer is asked after 15 seconds and given up after 45")
    func silence() {
        let connection = Machine.open(now: .seconds(100))
        #expect(connection.tick(now: .seconds(100)) == .wait(until: .seconds(115)))
        #expect(connection.tick(now: .seconds(114.9)) == .wait(until: .seconds(115)))
        let first = PingMessage(nonce: 1).frame(stream: 0)
        #expect(connection.tick(now: .seconds(115)) == .send(first, until: .seconds(130)))
        #expect(self.pinged(connection.tick(now: .seconds(130))))
        #expect(connection.tick(now: .seconds(144.9)) == .wait(until: .seconds(145)))
        #expect(self.lost(connection.tick(now: .seconds(145))) == .silent)
        #expect(connection.received(Frame(PingMessage(nonce: 1), stream: 0), now: .seconds(146)) == .none)
    }

    @Test("TIME-1: any frame shows that the peer is there")
    func heard() {
        let connection = Machine.open(now: .zero)
        for second in stride(from: 10, through: 200, by: 10) {
            _ = connection.received(Frame(FrameType(rawValue: 0x99), [], stream: 0), now: .seconds(second))
            #expect(!self.pinged(connection.tick(now: .seconds(second))))
        }
        #expect(connection.tick(now: .seconds(214)) == .wait(until: .seconds(215)))
    }

    @Test("TIME-1: a PONG resets the clock, and PINGs carry new nonces")
    func pong() {
        let connection = Machine.open(now: .zero)
        #expect(
            connection.tick(now: .seconds(15)) == .send(PingMessage(nonce: 1).frame(stream: 0), until: .seconds(30)))
        #expect(connection.received(Frame(PongMessage(nonce: 1), stream: 0), now: .seconds(16)) == .none)
        #expect(connection.tick(now: .seconds(30)) == .wait(until: .seconds(31)))
        #expect(
            connection.tick(now: .seconds(31)) == .send(PingMessage(nonce: 2).frame(stream: 0), until: .seconds(46)))
        #expect(connection.tick(now: .seconds(60.9)) != .wait(until: .seconds(61)))
        #expect(self.lost(connection.tick(now: .seconds(61))) == .silent)
    }

    @Test("TIME-2: a handshake has ten seconds", arguments: [Connection.Side.dialler, .acceptor])
    func handshake(_ side: Connection.Side) {
        let connection = Machine(.init(side: side), now: .seconds(5))
        #expect(connection.tick(now: .seconds(5)) == .wait(until: .seconds(15)))
        #expect(self.lost(connection.tick(now: .seconds(15))) == .silent)
        let late = Machine(.init(side: .acceptor), now: .zero)
        _ = late.received(Frame(HelloMessage(), stream: 0), now: .seconds(9))
        #expect(self.lost(late.tick(now: .seconds(10))) == .silent)
    }

    @Test("TIME-3: nothing is sent before the handshake is over")
    func noPingInHandshake() {
        var configuration = Connection.Configuration(side: .acceptor)
        configuration.idleMax = .seconds(2)
        let connection = Machine(configuration, now: .zero)
        #expect(connection.tick(now: .seconds(3)) == .wait(until: .seconds(5)))
        #expect(!self.pinged(connection.tick(now: .seconds(9))))
    }
}
