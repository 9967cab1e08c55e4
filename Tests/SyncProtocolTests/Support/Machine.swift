import SyncProtocol

/// A connection that is driven by hand: expectations cannot hold the machine itself, which is not copyable.
final class Machine {
    private var connection: Connection

    init(_ configuration: Connection.Configuration, now: Duration = .zero) {
        self.connection = Connection(configuration, now: now)
    }

    /// A connection whose handshake is over.
    static func open(
        _ side: Connection.Side = .acceptor, hello: HelloMessage = .standard, peer: HelloMessage = .standard,
        credential: Credential = .token(Names.token), servesStreams: Bool? = nil, now: Duration = .zero
    ) -> Machine {
        let machine = Machine(.init(side: side, hello: hello, servesStreams: servesStreams), now: now)
        if side == .dialler { _ = machine.connection.opening(credential) }
        _ = machine.received(Frame(peer, stream: 0), now: now)
        if side == .acceptor {
            _ = machine.received(Frame(AuthMessage(credential), stream: 0), now: now)
            machine.authenticated()
        }
        return machine
    }

    func received(_ frame: Frame, now: Duration = .zero) -> Connection.OnFrame {
        self.connection.received(frame.header, payload: frame.payload.span.bytes, now: now)
    }

    func authenticated() { self.connection.authenticated() }
    func peerHolds(rosterVersion: UInt64) { self.connection.peerHolds(rosterVersion: rosterVersion) }
    func roster(_ message: RosterMessage, version: UInt64) -> [UInt8] {
        self.connection.roster(message, version: version)
    }
    func tick(now: Duration) -> Connection.OnTick { self.connection.tick(now: now) }
    func shutDown() -> [UInt8] { self.connection.shutDown() }
    func openStream() -> UInt32? { self.connection.openStream() }
    func ended(stream id: UInt32) { self.connection.ended(stream: id) }
    func close(stream id: UInt32, _ error: SyncError = SyncError(.cancelled)) -> [UInt8] {
        self.connection.close(stream: id, error)
    }
    func spend(_ byteCount: Int, stream id: UInt32) -> Bool { self.connection.spend(byteCount, stream: id) }
    func nextDataFrame(stream id: UInt32, remaining: Int) -> FrameHeader? {
        self.connection.nextDataFrame(stream: id, remaining: remaining)
    }
    func blockBegan(stream id: UInt32, byteCount: Int) -> [UInt8] {
        self.connection.blockBegan(stream: id, byteCount: byteCount)
    }
    func blockCompleted(stream id: UInt32) { self.connection.blockCompleted(stream: id) }
    func release(_ byteCount: Int, stream id: UInt32) -> [UInt8] { self.connection.release(byteCount, stream: id) }
    var isDrained: Bool { self.connection.isDrained }
    var payloadByteCountMax: Int { self.connection.payloadByteCountMax }
}
