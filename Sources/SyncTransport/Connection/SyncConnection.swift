import NIOCore
import ObjectModel
public import SyncProtocol

/// One connection: reads and writes the socket as the protocol's machine says, and hands frames to their streams.
public actor SyncConnection {
    /// How long a PING and the last words may wait for a peer that does not read.
    private static let briefly = Duration.seconds(1)

    private var machine: Connection
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private let start = ContinuousClock.now
    /// The dialler's first frames, held back until the first request can go with them in one packet.
    private var opening: [UInt8]
    /// Where the frames of each stream go.
    private var inboxes: [UInt32: StreamInbox] = [:]
    /// Answers to the frames of one read of the socket, written together: many small frames must not become many small
    /// writes, which cost more than the frames did.
    private var answers: [UInt8] = []
    private var creditWaiters: [UInt32: [CheckedContinuation<Void, Never>]] = [:]
    private var ending: SyncTransportError?
    /// Why the peer goes away, once it said so.
    private var farewell: SyncTransportError?
    private var isGoingAway = false
    private let drained: AsyncStream<Void>.Continuation
    private nonisolated let untilDrained: AsyncStream<Void>
    /// Whose turn it is to write DATA. Everything else goes past: it waits for one frame of DATA at most.
    private let bulk = WriterTurns()
    /// Whose turn it is to open a stream. The first frames of streams go out in the order of their numbers (`STREAM-1`): a
    /// lower one that comes late is one of a stream that has ended.
    private let openings = WriterTurns()
    private var pacer: Pacer?
    /// The node that the peer is: of an acceptor the pinned one, of a dialler the one that it acts for.
    private var peerNode: NodeID?
    private let roster: RosterBook?
    /// A roster of the peer is looked at. Until then it is not known what the peer holds.
    private var isTakingRoster = false
    public nonisolated let counter: WireCounter

    /// - Parameters:
    ///   - credential: what the dialler proves itself with; `nil` for the acceptor.
    ///   - peer: the node that the dialler expects; `nil` for the acceptor, who learns it.
    ///   - roster: what is exchanged with peers that are nodes, if this side has any.
    init(
        _ configuration: Connection.Configuration, credential: Credential?, peer: NodeID?, roster: RosterBook?,
        outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>, counter: WireCounter
    ) {
        var machine = Connection(configuration, now: .zero)
        self.opening = credential.map { machine.opening($0) } ?? []
        self.machine = machine
        self.peerNode = peer
        self.roster = roster
        self.outbound = outbound
        self.counter = counter
        (self.untilDrained, self.drained) = AsyncStream.makeStream(of: Void.self)
    }

    private var now: Duration { self.start.duration(to: .now) }

    /// Holds DATA to a schedule from now on.
    func pace(by pacer: Pacer) { self.pacer = pacer }

    // MARK: Reading

    /// What an acceptor does with what its peer asks for.
    struct Acceptor: Sendable {
        /// Checks what the dialler proves itself with. Returns the node that it acts for; `nil` for a person.
        var authenticate: @Sendable (Credential) async throws(SyncError) -> NodeID?
        /// Takes a stream that the peer opened. Nothing further is read before it returns.
        var open: @Sendable (SyncStream, FrameType) async -> Void
    }

    /// Reads until the connection ends. Every stream ends with it.
    func run(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, acceptor: Acceptor?) async throws {
        do {
            var reader = FrameReader()
            for try await chunk in inbound {
                self.counter.addReceivedFrames(chunk.readableBytes)
                reader.append(chunk)
                while let frame = try await self.next(&reader) { try await self.receive(frame, acceptor) }
                try await self.writeAnswers()
            }
            throw SyncTransportError.disconnected
        } catch {
            // A peer that said that it goes away was not cut.
            let cause = SyncTransportError(error)
            let reason = cause == .disconnected ? self.farewell ?? cause : cause
            self.end(reason)
            throw reason
        }
    }

    /// The next whole frame. A peer whose header is refused is told why (`FRAME-4`, `FRAME-5`).
    private func next(_ reader: inout FrameReader) async throws -> SyncFrame? {
        do throws(WireError) {
            return try reader.next(payloadByteCountMax: self.machine.payloadByteCountMax)
        } catch {
            try await self.perform(self.machine.fail(SyncError(error.code)))
            return nil
        }
    }

    private func receive(_ frame: SyncFrame, _ acceptor: Acceptor?) async throws {
        let event = self.machine.received(frame.header, payload: frame.payload.span.bytes, now: self.now)
        switch event {
        case .none: return
        case .send(let bytes): self.answers += bytes
        case .authenticate(let credential):
            try await self.writeAnswers()
            guard let acceptor else { preconditionFailure("only an acceptor authenticates") }
            do throws(SyncError) {
                self.peerNode = try await acceptor.authenticate(credential)
                self.machine.authenticated()
            } catch {
                try await self.perform(self.machine.fail(error))
            }
            try await self.offerRoster()
        case .ready:
            self.resumeWaiters(of: 0)
            try await self.offerRoster()
        case .roster(let message):
            try await self.receive(message)
            try await self.offerRoster()
        case .opened(let id, let type):
            let stream = self.makeStream(id)
            try await self.deliver(frame)
            await acceptor?.open(stream, type)
        case .stream: try await self.deliver(frame)
        case .credit(let id): self.resumeWaiters(of: id)
        case .streamFailed(let id, let message): self.finish(id, SyncTransportError.peer(message))
        case .failStream(let id, let error): self.finish(id, SyncTransportError.failed(error))
        case .goAway(let message, let unserved):
            let reason = SyncTransportError.peer(ErrorMessage(code: message.code))
            self.farewell = reason
            for id in unserved { self.finish(id, reason) }
        case .closed(let message): throw SyncTransportError.peer(message)
        case .fail: try await self.perform(event)
        }
    }

    private func perform(_ event: Connection.OnFrame) async throws {
        guard case .fail(let error, let bytes) = event else { return }
        await self.writeBriefly(self.takeAnswers() + bytes)
        throw SyncTransportError.failed(error)
    }

    private func makeStream(_ id: UInt32) -> SyncStream {
        let (stream, inbox) = StreamInbox.make(id, of: self)
        self.inboxes[id] = inbox
        return stream
    }

    private func deliver(_ frame: SyncFrame) async throws {
        do {
            try self.inboxes[frame.header.stream]?.deliver(frame)
        } catch {
            try await self.perform(self.machine.fail(error))
        }
    }

    private func finish(_ id: UInt32, _ reason: any Error) {
        self.inboxes.removeValue(forKey: id)?.finish(throwing: reason)
        self.resumeWaiters(of: id)
    }

    private func end(_ reason: SyncTransportError) {
        guard self.ending == nil else { return }
        self.ending = reason
        for inbox in self.inboxes.values { inbox.finish(throwing: reason) }
        self.inboxes.removeAll()
        self.resumeWaiters(of: 0)
    }

    // MARK: Roster

    private func receive(_ message: RosterMessage) async throws {
        guard let roster else { preconditionFailure("rosters come to those who announced that they take them") }
        self.isTakingRoster = true
        defer { self.isTakingRoster = false }
        do {
            let (found, _) = try await roster.receive(message)
            self.machine.peerHolds(rosterVersion: found.version)
        } catch let error as RosterError {
            try await self.perform(self.machine.fail(SyncError(.rosterInvalid, publicMessage: "\(error)")))
        }
    }

    /// Sends the roster that holds when the peer has an older one and is listed (`ROSTER-4`).
    private func offerRoster() async throws {
        guard !self.isTakingRoster else { return }  // Whoever takes it comes here afterwards.
        guard let held = self.roster?.held, let peerNode, held.roster.node(peerNode) != nil else { return }
        try await self.write(self.machine.roster(held.message, version: held.roster.version))
    }

    /// Passes on each roster that is taken, until the task is cancelled.
    ///
    /// - Parameter leavesUnlisted: ends the connection when the peer is no longer listed (`NODE-8`).
    func keepRoster(_ roster: RosterBook, leavesUnlisted: Bool) async throws {
        // Subscribed before the first look, so that nothing falls in between.
        let changes = roster.changes()
        try await self.followRoster(roster, leavesUnlisted)
        for await _ in changes { try await self.followRoster(roster, leavesUnlisted) }
    }

    private func followRoster(_ roster: RosterBook, _ leavesUnlisted: Bool) async throws {
        if leavesUnlisted, let current = roster.current, let peerNode, current.node(peerNode) == nil {
            let reason = SyncTransportError.unlisted(peerNode)
            self.end(reason)
            throw reason
        }
        try await self.offerRoster()
    }

    // MARK: Time

    /// Asks a silent peer and gives it up, until the task is cancelled.
    func keepTime() async throws {
        while true {
            let deadline: Duration
            switch self.machine.tick(now: self.now) {
            case .wait(let until): deadline = until
            case .send(let bytes, let until):
                await self.writeBriefly(bytes)
                deadline = until
            case .fail(let error, let bytes):
                let reason = SyncTransportError.failed(error)
                self.end(reason)
                await self.writeBriefly(bytes)
                throw reason
            }
            try await Task.sleep(until: self.start + deadline, clock: .continuous)
        }
    }

    // MARK: Streams

    /// Opens a stream with its first frame. The dialler's greeting goes in the same packet.
    public func open(_ message: some WireMessage, flags: FrameHeader.Flags = []) async throws -> SyncStream {
        try await self.openings.take()
        defer { self.openings.give() }
        let id = try await self.openID()
        let stream = self.makeStream(id)
        try await self.send(message.frame(stream: id, flags: flags), ending: flags, of: id)
        return stream
    }

    /// As ``open(_:flags:)``, with a first frame that spends credit.
    public func openCredited(_ type: FrameType, _ payload: [UInt8]) async throws -> SyncStream {
        try await self.openings.take()
        defer { self.openings.give() }
        let stream = self.makeStream(try await self.openID())
        try await self.sendCredited(type, payload, stream: stream.id)
        return stream
    }

    /// Waits until the peer has said what it takes. It does so once a first stream is opened.
    public func waitUntilReady() async throws {
        while self.machine.isAwaitingHello {
            if let ending { throw ending }
            await withCheckedContinuation { self.creditWaiters[0, default: []].append($0) }
        }
        if let ending { throw ending }
    }

    /// No stream goes on, and none can be opened.
    public var hasEnded: Bool { self.ending != nil }

    /// No stream can be opened any more: the connection has ended, or the peer goes away.
    public var isEnding: Bool { self.hasEnded || self.farewell != nil }

    private func openID() async throws -> UInt32 {
        while true {
            if let ending { throw ending }
            if let id = self.machine.openStream() { return id }
            guard self.machine.isAwaitingHello else {
                throw self.farewell ?? SyncTransportError.failed(SyncError(.tooManyStreams))
            }
            // How many the peer takes is not known yet (`HELLO-4`).
            await withCheckedContinuation { self.creditWaiters[0, default: []].append($0) }
        }
    }

    func send(_ frame: [UInt8], ending flags: FrameHeader.Flags, of id: UInt32) async throws {
        if flags.contains(.end) { self.machine.ended(stream: id) }
        try await self.write(frame)
    }

    func sendCredited(_ type: FrameType, _ payload: [UInt8], stream id: UInt32) async throws {
        while !self.machine.spend(payload.count, stream: id) { try await self.waitForCredit(id) }
        try await self.write(FrameHeader(payloadByteCount: payload.count, type: type, stream: id), payload[...])
    }

    func sendData(_ bytes: [UInt8], stream id: UInt32) async throws {
        var offset = 0
        while offset < bytes.count {
            try await self.bulk.take()
            // Credit is spent by whoever has the turn, so that none is lost when the task is cancelled.
            guard let header = self.machine.nextDataFrame(stream: id, remaining: bytes.count - offset) else {
                self.bulk.give()
                try await self.waitForCredit(id)
                continue
            }
            defer { self.bulk.give() }
            try await self.pacer?.wait(for: header.payloadByteCount)
            let end = offset + header.payloadByteCount
            try await self.write(header, bytes[offset..<end])
            offset = end
        }
    }

    /// Ends this side of a stream of DATA by a frame without bytes.
    func endData(stream id: UInt32) async throws {
        self.machine.ended(stream: id)
        try await self.write(FrameHeader(payloadByteCount: 0, type: .data, flags: .end, stream: id), [])
    }

    func blockBegan(byteCount: Int, stream id: UInt32) async throws {
        try await self.write(self.machine.blockBegan(stream: id, byteCount: byteCount))
    }

    func blockCompleted(stream id: UInt32) { self.machine.blockCompleted(stream: id) }

    func release(_ byteCount: Int, stream id: UInt32) async throws {
        try await self.write(self.machine.release(byteCount, stream: id))
    }

    func close(stream id: UInt32, _ error: SyncError) async {
        self.inboxes.removeValue(forKey: id)?.finish()
        // The connection may be gone already, and then nobody needs to be told.
        try? await self.write(self.machine.close(stream: id, error))
        if self.machine.isDrained { self.drained.finish() }
    }

    // MARK: The way out

    /// Tells the peer that no new stream is served (`GOAWAY-1`). Streams that only wait are ended.
    func goAway() async {
        self.isGoingAway = true
        try? await self.write(self.machine.shutDown())
        for inbox in self.inboxes.values { inbox.endLife() }
        if self.machine.isDrained { self.drained.finish() }
    }

    /// Waits until GOAWAY was sent and no stream is left.
    nonisolated func waitUntilDrained() async {
        for await _ in self.untilDrained {}
    }

    /// Why a stream is given up that has not come to its end.
    var reasonToGiveUp: ErrorCode { self.isGoingAway ? .shuttingDown : .cancelled }

    private func waitForCredit(_ id: UInt32) async throws {
        if let ending { throw ending }
        guard self.inboxes[id] != nil else { throw CancellationError() }
        try Task.checkCancellation()
        await withCheckedContinuation { self.creditWaiters[id, default: []].append($0) }
        if let ending { throw ending }
    }

    /// - Parameter id: 0 for all streams.
    private func resumeWaiters(of id: UInt32) {
        if id == 0 {
            let all = self.creditWaiters.values.flatMap { $0 }
            self.creditWaiters.removeAll()
            for waiter in all { waiter.resume() }
        } else {
            for waiter in self.creditWaiters.removeValue(forKey: id) ?? [] { waiter.resume() }
        }
    }

    // MARK: Writing

    private func write(_ bytes: [UInt8]) async throws {
        guard !bytes.isEmpty else { return }
        try await self.write(ByteBuffer(bytes: self.takeOpening() + bytes))
    }

    private func writeAnswers() async throws { try await self.write(self.takeAnswers()) }

    private func takeAnswers() -> [UInt8] {
        defer { self.answers = [] }
        return self.answers
    }

    /// Writes what the peer is told if it reads at all.
    private func writeBriefly(_ bytes: [UInt8]) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await self.write(bytes) }
            group.addTask { try? await Task.sleep(for: Self.briefly) }
            await group.next()
            group.cancelAll()
        }
    }

    private func write(_ header: FrameHeader, _ payload: ArraySlice<UInt8>) async throws {
        var head = self.takeOpening()
        header.encode(into: &head)
        var buffer = ByteBuffer()
        buffer.reserveCapacity(head.count + payload.count)
        buffer.writeBytes(head)
        buffer.writeBytes(payload)
        try await self.write(buffer)
    }

    private func takeOpening() -> [UInt8] {
        defer { self.opening = [] }
        return self.opening
    }

    private func write(_ buffer: ByteBuffer) async throws {
        self.counter.addSentFrames(buffer.readableBytes)
        do {
            try await self.outbound.write(buffer)
        } catch {
            throw self.ending ?? SyncTransportError(error)
        }
    }
}
