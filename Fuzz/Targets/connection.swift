import SyncProtocol

/// A connection of either side: the same events, wherever the bytes were cut.
///
/// First byte: bit 0 makes it the dialler, bit 1 has the handshake done, the rest says where to cut.
@_cdecl("LLVMFuzzerTestOneInput")
public func connection(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = input(start, count)
    guard let options = bytes.first else { return 0 }
    var expected: [Connection.OnFrame]?
    for pieces in Pieces.all(of: bytes.dropFirst(), seed: options) {
        var driver = Driver(side: options & 1 == 1 ? .dialler : .acceptor, isGreeted: options & 2 == 2)
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

    init(side: Connection.Side, isGreeted: Bool) {
        self.machine = Connection(.init(side: side), now: .zero)
        if side == .dialler { _ = self.machine.opening(token: "token") }
        guard isGreeted else { return }
        self.receive(HelloMessage().frame(stream: 0)[...])
        if side == .acceptor { self.receive(AuthMessage(token: "token").frame(stream: 0)[...]) }
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
                self.perform(self.machine.received(header, payload: payload.span.bytes, now: .zero), header)
            } catch {
                self.perform(self.machine.fail(SyncError(error.code)), nil)
            }
        }
    }

    private mutating func perform(_ event: Connection.OnFrame, _ header: FrameHeader?) {
        self.events.append(event)
        switch event {
        case .none, .send, .ready, .credit, .goAway: break
        case .authenticate: self.machine.authenticated()
        case .opened(let id, _), .stream(let id): self.serve(id, header)
        case .streamFailed(let id, _): _ = self.machine.close(stream: id)
        case .failStream(let id, let error): _ = self.machine.close(stream: id, error)
        case .closed, .fail: self.isOpen = false
        }
    }

    /// Uses the stream in ways that depend on its number alone.
    private mutating func serve(_ id: UInt32, _ header: FrameHeader?) {
        guard let header else { return }
        if header.type.spendsCredit {
            _ = self.machine.blockBegan(stream: id, byteCount: Int(id) << 18)
            _ = self.machine.release(header.payloadByteCount, stream: id)
            self.machine.blockCompleted(stream: id)
        }
        if id % 3 == 0 {
            while let frame = self.machine.nextDataFrame(stream: id, remaining: 1 << 20) {
                require(frame.payloadByteCount <= self.machine.peerFrameByteCountMax, "a frame is too large")
                guard frame.payloadByteCount == self.machine.peerFrameByteCountMax else { break }
            }
        }
        if id % 5 == 0 { self.machine.ended(stream: id) }
        if id % 7 == 0 { _ = self.machine.close(stream: id) }
    }
}
