import ObjectModel
import SyncProtocol

/// Object ids for sets: those of equal numbers are equal, whatever the sets are.
enum SampleIDs {
    static func of(_ numbers: Range<Int>) -> [ObjectID] {
        numbers.map { number in
            var random = Seeded(UInt64(number))
            return ObjectID(high: random.next(), low: random.next())
        }
    }

    static func key(_ seed: UInt64) -> SketchKey {
        var random = Seeded(seed)
        return SketchKey(random.bytes(SketchKey.byteCount))
    }
}

/// Two sets that are reconciled by their machines, without a connection between them.
struct Reconciliation {
    let ours: [ObjectID]
    let theirs: [ObjectID]
    let key: SketchKey
    var cellCountMax = Limits.sketchCellCountMax
    /// The frames as they went, headers included.
    private(set) var frames: [[UInt8]] = []
    private(set) var cellCount = 0
    private(set) var result: ReconcileClient.Step?

    init(ours: [ObjectID], theirs: [ObjectID], seed: UInt64 = 1, cellCountMax: Int = Limits.sketchCellCountMax) {
        (self.ours, self.theirs, self.key, self.cellCountMax) = (ours, theirs, SampleIDs.key(seed), cellCountMax)
        self.run()
    }

    var byteCount: Int { self.frames.reduce(0) { $0 + $1.count } }
    var sketchByteCount: Int { self.frames.filter { $0[3] == 0x29 }.reduce(0) { $0 + $1.count } }
    /// Messages of the answering side that carry cells.
    var sketchCount: Int { self.frames.count { $0[3] == 0x29 } }

    var outcome: ReconcileClient.Outcome? {
        if case .finish(let outcome) = self.result { outcome } else { nil }
    }

    private mutating func run() {
        var client = ReconcileClient(
            project: Names.project, key: self.key, sketch: SketchEncoder(self.ours, key: self.key),
            cellCountMax: self.cellCountMax)
        let opening = Frame(client.request)
        self.frames.append(client.request.frame(stream: 1))
        guard var server = try? ReconcileServer(opening.header, payload: opening.payload.span.bytes) else { return }
        var answer = server.prepared(SketchEncoder(self.theirs, key: server.request.key))
        while true {
            let reply: ReconcileClient.Step
            switch answer {
            case .send(let message): reply = self.pass(message, [], to: &client)
            case .sendEnd(let message), .sendLast(let message): reply = self.pass(message, .end, to: &client)
            case .lookUp(let names):
                answer = server.found(self.key.objects(named: names, in: self.theirs))
                continue
            case .none, .finish, .fail: return
            }
            switch reply {
            case .send(let more):
                self.frames.append(more.frame(stream: 1))
                answer = server.received(more)
            case .sendEnd(let more), .equal(let more):
                if case .equal = reply { self.result = reply }
                self.frames.append(more.frame(stream: 1, flags: .end))
                answer = server.received(more, .end)
            case .finish, .tooDifferent, .fail:
                self.result = reply
                return
            }
        }
    }

    private mutating func pass(
        _ message: Message, _ flags: FrameHeader.Flags, to client: inout ReconcileClient
    ) -> ReconcileClient.Step {
        let frame = message.frame(stream: 1, flags: flags)
        self.frames.append(frame)
        if case .sketch(let sketch) = message { self.cellCount += sketch.cells.count }
        let payload = Array(frame.dropFirst(FrameHeader.byteCount))
        let header = FrameHeader(payloadByteCount: payload.count, type: message.type, flags: flags, stream: 1)
        return client.received(header, payload: payload.span.bytes)
    }
}

/// Answers one RECONCILE of a node.
final class ReconcileSource: StreamDriver {
    private let node: SampleNode
    private let id: UInt32
    private var machine: ReconcileServer
    private var isPrepared = false
    private var names: [UInt64]?
    private var ids: [ObjectID] { self.node.objects.keys.sorted() }

    init(_ node: SampleNode, _ id: UInt32, _ header: FrameHeader, _ payload: [UInt8]) throws(WireError) {
        self.node = node
        self.id = id
        self.machine = try ReconcileServer(header, payload: payload.span.bytes)
        guard self.machine.request.project == Names.project else { throw WireError(.projectUnknown) }
    }

    func received(_ header: FrameHeader, _ payload: [UInt8], on peer: Peer) {
        self.perform(self.machine.received(header, payload: payload.span.bytes), on: peer)
    }

    private func perform(_ step: ReconcileServer.Step, on peer: Peer) {
        switch step {
        case .none: return
        case .send(let message): peer.send(message.frame(stream: self.id))
        case .sendEnd(let message):
            peer.send(message.frame(stream: self.id, flags: .end))
            peer.connection.ended(stream: self.id)
        case .sendLast(let message):
            peer.send(message.frame(stream: self.id, flags: .end))
            peer.connection.ended(stream: self.id)
            peer.finish(self.id)
        case .lookUp(let names): self.names = names
        case .finish: peer.finish(self.id)
        case .fail(let error): peer.close(self.id, error)
        }
    }

    func failed(_ error: ErrorCode) {}

    func step(_ peer: Peer, _ random: inout Seeded) -> Bool {
        let key = self.machine.request.key
        if !self.isPrepared {
            self.isPrepared = true
            self.perform(self.machine.prepared(SketchEncoder(self.ids, key: key)), on: peer)
            return true
        }
        guard let names = self.names else { return false }
        self.names = nil
        self.perform(self.machine.found(key.objects(named: names, in: self.ids)), on: peer)
        return true
    }
}

/// Asks how a node differs from some objects.
final class ReconcileSink: StreamDriver {
    private var machine: ReconcileClient
    private var id: UInt32 = 0
    private(set) var isEqual = false
    private(set) var outcome: ReconcileClient.Outcome?
    private(set) var failure: ErrorCode?

    init(_ ids: [ObjectID], project: ProjectID = Names.project, cellCountMax: Int = Limits.sketchCellCountMax) {
        let key = SampleIDs.key(UInt64(ids.count))
        self.machine = ReconcileClient(
            project: project, key: key, sketch: SketchEncoder(ids, key: key), cellCountMax: cellCountMax)
    }

    func start(on peer: Peer) {
        guard let id = peer.connection.openStream() else { return }
        self.id = id
        peer.drivers[id] = self
        peer.send(self.machine.request.frame(stream: id))
    }

    func received(_ header: FrameHeader, _ payload: [UInt8], on peer: Peer) {
        switch self.machine.received(header, payload: payload.span.bytes) {
        case .send(let more): peer.send(more.frame(stream: self.id))
        case .sendEnd(let more): self.end(more, on: peer)
        case .equal(let more):
            self.isEqual = true
            self.end(more, on: peer)
            peer.finish(self.id)
        case .finish(let outcome):
            self.outcome = outcome
            peer.finish(self.id)
        case .tooDifferent: peer.close(self.id, SyncError(.cancelled))
        case .fail(let error): peer.close(self.id, error)
        }
    }

    private func end(_ more: MoreMessage, on peer: Peer) {
        peer.send(more.frame(stream: self.id, flags: .end))
        peer.connection.ended(stream: self.id)
    }

    func failed(_ error: ErrorCode) { self.failure = error }
    func step(_ peer: Peer, _ random: inout Seeded) -> Bool { false }
}
