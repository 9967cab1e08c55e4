import ObjectModel
import SyncProtocol

/// One stream of a ``Peer``: what a driver does with a machine, without sockets and tasks.
protocol StreamDriver: AnyObject {
    /// Takes one frame of the stream.
    func received(_ header: FrameHeader, _ payload: [UInt8], on peer: Peer)
    /// The stream ended with an error of the peer, or of its own.
    func failed(_ error: ErrorCode)
    /// Does one thing that can be done now; `false` when there is none.
    func step(_ peer: Peer, _ random: inout Seeded) -> Bool
}

/// One end of a connection: the machine, and what a driver keeps around it.
final class Peer {
    var connection: Connection
    var drivers: [UInt32: any StreamDriver] = [:]
    /// What it serves; `nil` for a peer that only asks.
    let serve: ((FrameType, UInt32, FrameHeader, [UInt8]) throws(WireError) -> any StreamDriver)?
    /// Written, but not yet taken by the link.
    var outbox = ByteQueue()
    private var inbox = ByteQueue()
    private(set) var frameCount = 0
    private(set) var failure: SyncError?
    private(set) var closedBy: ErrorMessage?
    private(set) var goAway: GoAwayMessage?
    private(set) var readyHello: HelloMessage?
    var isOpen: Bool { self.failure == nil && self.closedBy == nil }

    init(
        _ configuration: Connection.Configuration,
        serve: ((FrameType, UInt32, FrameHeader, [UInt8]) throws(WireError) -> any StreamDriver)? = nil
    ) {
        self.connection = Connection(configuration, now: .zero)
        self.serve = serve
    }

    func send(_ bytes: [UInt8]) { self.outbox.append(bytes[...]) }

    /// Takes bytes of the link, cut anywhere.
    func receive(_ bytes: ArraySlice<UInt8>) {
        self.inbox.append(bytes)
        while self.isOpen {
            let limit = self.connection.payloadByteCountMax
            let head = self.inbox.peek(FrameHeader.byteCount)
            do throws(WireError) {
                guard let header = try FrameHeader.parse(head.span.bytes, payloadByteCountMax: limit) else { return }
                let end = FrameHeader.byteCount + header.payloadByteCount
                guard self.inbox.count >= end else { return }
                self.receive(header, Array(self.inbox.take(end).dropFirst(FrameHeader.byteCount)))
            } catch {
                self.perform(self.connection.fail(SyncError(error.code)))
            }
        }
    }

    private func receive(_ header: FrameHeader, _ payload: [UInt8]) {
        self.frameCount += 1
        let event = self.connection.received(header, payload: payload.span.bytes, now: .zero)
        switch event {
        case .stream(let id): self.drivers[id]?.received(header, payload, on: self)
        case .opened(let id, let type): self.open(id, type, header, payload)
        default: self.perform(event)
        }
    }

    private func perform(_ event: Connection.OnFrame) {
        switch event {
        case .none, .credit, .stream, .opened, .roster: return
        case .send(let bytes): self.send(bytes)
        case .authenticate(let credential):
            if credential == .token(Names.token) {
                self.connection.authenticated()
            } else {
                self.perform(self.connection.fail(SyncError(.unauthenticated)))
            }
        case .ready(let hello): self.readyHello = hello
        case .streamFailed(let id, let message): self.drop(id, message.code)
        case .failStream(let id, let error): self.close(id, error)
        case .goAway(let message, let unserved):
            self.goAway = message
            for id in unserved { self.drop(id, message.code) }
        case .closed(let message): self.closedBy = message
        case .fail(let error, let bytes):
            self.failure = error
            self.send(bytes)
        }
    }

    private func open(_ id: UInt32, _ type: FrameType, _ header: FrameHeader, _ payload: [UInt8]) {
        guard let serve else { preconditionFailure("a peer that serves nothing took a stream") }
        do throws(WireError) {
            self.drivers[id] = try serve(type, id, header, payload)
            if type == .offer { self.drivers[id]?.received(header, payload, on: self) }
        } catch {
            self.close(id, SyncError(error.code, scope: .stream))
        }
    }

    private func drop(_ id: UInt32, _ code: ErrorCode) {
        self.drivers.removeValue(forKey: id)?.failed(code)
        self.send(self.connection.close(stream: id))
    }

    /// Ends a stream with an error of this side.
    func close(_ id: UInt32, _ error: SyncError) {
        self.drivers.removeValue(forKey: id)?.failed(error.code)
        self.send(self.connection.close(stream: id, error))
    }

    /// Lets go of a stream that ran to its end.
    func finish(_ id: UInt32) {
        self.drivers.removeValue(forKey: id)
        self.send(self.connection.close(stream: id))
    }

    /// Lets one stream do something; `false` when none can.
    func step(_ random: inout Seeded) -> Bool {
        guard self.isOpen else { return false }
        for id in self.drivers.keys.sorted().shuffled(using: &random) {
            if self.drivers[id]?.step(self, &random) == true { return true }
        }
        return false
    }
}

/// Bytes that go in at the end and out at the front.
struct ByteQueue {
    private var bytes: [UInt8] = []
    private var start = 0
    var count: Int { self.bytes.count - self.start }

    mutating func append(_ more: ArraySlice<UInt8>) { self.bytes += more }
    func peek(_ count: Int) -> [UInt8] { Array(self.bytes[self.start..<(self.start + min(count, self.count))]) }

    mutating func take(_ count: Int) -> [UInt8] {
        let taken = self.peek(count)
        self.start += taken.count
        if self.start > 1 << 20, self.start > self.bytes.count / 2 {
            self.bytes.removeFirst(self.start)
            self.start = 0
        }
        return taken
    }
}

/// What one stream has to send, in order, as far as credit goes.
struct SendQueue {
    private enum Item {
        case plain([UInt8], isLast: Bool)
        case credited(FrameType, [UInt8])
        case data([UInt8])
    }

    private var items: [Item] = []
    var isEmpty: Bool { self.items.isEmpty }

    mutating func plain(_ message: some WireMessage, _ stream: UInt32, last: Bool = false) {
        self.items.append(.plain(message.frame(stream: stream, flags: last ? .end : []), isLast: last))
    }

    mutating func credited(_ type: FrameType, _ payload: [UInt8]) { self.items.append(.credited(type, payload)) }
    mutating func data(_ bytes: [UInt8]) { self.items.append(.data(bytes)) }

    /// Sends one frame; `false` when there is none, or no credit for it.
    mutating func sendNext(_ stream: UInt32, on peer: Peer, _ random: inout Seeded) -> Bool {
        switch self.items.first {
        case nil: return false
        case .plain(let frame, let isLast):
            self.items.removeFirst()
            peer.send(frame)
            if isLast { peer.connection.ended(stream: stream) }
        case .credited(let type, let payload):
            guard peer.connection.spend(payload.count, stream: stream) else { return false }
            self.items.removeFirst()
            var frame: [UInt8] = []
            FrameHeader(payloadByteCount: payload.count, type: type, stream: stream).encode(into: &frame)
            peer.send(frame + payload)
        case .data(let bytes):
            let count = random.below(3) == 0 ? 1 + random.below(bytes.count) : bytes.count
            guard let header = peer.connection.nextDataFrame(stream: stream, remaining: count) else { return false }
            let rest = Array(bytes.dropFirst(header.payloadByteCount))
            if rest.isEmpty { self.items.removeFirst() } else { self.items[0] = .data(rest) }
            var frame: [UInt8] = []
            header.encode(into: &frame)
            peer.send(frame + bytes.prefix(header.payloadByteCount))
        }
        return true
    }
}
