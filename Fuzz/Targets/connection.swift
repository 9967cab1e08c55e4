import SyncProtocol

/// A connection of either side: the same events, wherever the bytes were cut, and no byte beyond what was granted.
///
/// First byte: bit 0 makes it the dialler, bit 1 has the handshake done, bit 2 makes the dialler act
/// for a node, the rest says where to cut.
@_cdecl("LLVMFuzzerTestOneInput")
public func connection(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = input(start, count)
    guard let options = bytes.first else { return 0 }
    var expected: [Connection.OnFrame]?
    for pieces in Pieces.all(of: bytes.dropFirst(), seed: options) {
        var driver = Driver(
            side: options & 1 == 1 ? .dialler : .acceptor, isGreeted: options & 2 == 2,
            credential: options & 4 == 4 ? .certificate : .token("token"))
        for piece in pieces { driver.receive(piece) }
        require(expected == nil || expected == driver.events, "events depend on where the bytes were cut")
        expected = driver.events
    }
    return 0
}

/// What a socket's driver does, without the socket.
private struct Driver: ~Copyable {
    private var machine: Connection
    private var buffer: [UInt8] = []
    private var isOpen = true
    private(set) var events: [Connection.OnFrame] = []
    /// What the peer may still send, by stream. The windows are small, so that inputs can use them up.
    private var granted: [UInt32: Int] = [0: Self.connectionCredit]
    private static let streamCredit = 128
    private static let connectionCredit = 512

    init(side: Connection.Side, isGreeted: Bool, credential: Credential) {
        let hello = HelloMessage(
            capabilities: [.roster], streamCredit: Self.streamCredit, connectionCredit: Self.connectionCredit)
        self.machine = Connection(.init(side: side, hello: hello), now: .zero)
        if side == .dialler { _ = self.machine.opening(credential) }
        guard isGreeted else { return }
        self.receive(HelloMessage(capabilities: [.roster]).frame(stream: 0)[...])
        if side == .acceptor { self.receive(AuthMessage(credential).frame(stream: 0)[...]) }
        if side == .dialler { for _ in 0..<4 { _ = self.machine.openStream() } }
        self.events = []
    }

    mutating func receive(_ piece: ArraySlice<UInt8>) {
        self.buffer += piece
        while self.isOpen {
            do {
                let limit = self.machine.payloadByteCountMax
                guard let header = try FrameHeader.parse(self.buffer.span.bytes, payloadByteCountMax: limit) else {
                    return
                }
                let end = FrameHeader.byteCount + header.payloadByteCount
                guard self.buffer.count >= end else { return }
                let payload = Array(self.buffer[FrameHeader.byteCount..<end])
                self.buffer.removeFirst(end)
                let event = self.machine.received(header, payload: payload.span.bytes, now: .zero)
                self.spend(header, event)
                self.perform(event, header)
            } catch {
                self.perform(self.machine.fail(SyncError(error.code)), nil)
            }
        }
    }

    private mutating func perform(_ event: Connection.OnFrame, _ header: FrameHeader?) {
        self.events.append(event)
        switch event {
        case .none, .ready, .credit, .goAway: break
        case .roster(let message): self.machine.peerHolds(rosterVersion: UInt64(message.document.count))
        case .send(let bytes): self.noteGrants(bytes)
        case .authenticate: self.machine.authenticated()
        case .opened(let id, _), .stream(let id): self.serve(id, header)
        case .streamFailed(let id, _): self.noteGrants(self.machine.close(stream: id))
        case .failStream(let id, let error): self.noteGrants(self.machine.close(stream: id, error))
        case .closed, .fail: self.isOpen = false
        }
    }

    private mutating func spend(_ header: FrameHeader, _ event: Connection.OnFrame) {
        if case .fail = event { return }
        guard header.type.spendsCredit, !header.type.isIgnorable else { return }
        self.granted[0, default: 0] -= header.payloadByteCount
        require(self.granted[0, default: 0] >= 0, "more came than the connection was granted")
        switch event {
        case .opened(let id, _), .stream(let id), .failStream(let id, _):
            self.granted[id, default: Self.streamCredit] -= header.payloadByteCount
            require(self.granted[id, default: 0] >= 0, "more came than the stream was granted")
        default: break
        }
    }

    /// Counts the CREDIT among frames that this side sends.
    private mutating func noteGrants(_ bytes: [UInt8]) {
        for (header, payload) in Frames(rest: bytes[...]) where header.type == .credit {
            guard let message = try? CreditMessage(decoding: payload.span.bytes) else {
                fatalError("a grant that cannot be read")
            }
            let initial = header.stream == 0 ? 0 : Self.streamCredit
            self.granted[header.stream, default: initial] += message.byteCount
        }
    }

    /// Uses the stream in ways that depend on its number alone.
    private mutating func serve(_ id: UInt32, _ header: FrameHeader?) {
        guard let header else { return }
        if header.type.spendsCredit {
            self.noteGrants(self.machine.blockBegan(stream: id, byteCount: 16 * (1 + Int(id) % 16)))
            self.noteGrants(self.machine.release(header.payloadByteCount, stream: id))
            self.machine.blockCompleted(stream: id)
        }
        if id % 3 == 0 {
            while let frame = self.machine.nextDataFrame(stream: id, remaining: 1 << 20) {
                require(frame.payloadByteCount <= self.machine.peerFrameByteCountMax, "a frame is too large")
                guard frame.payloadByteCount == self.machine.peerFrameByteCountMax else { break }
            }
        }
        if id % 5 == 0 { self.machine.ended(stream: id) }
        if id % 7 == 0 { self.noteGrants(self.machine.close(stream: id)) }
    }
}
