import ObjectModel
import SyncProtocol

/// What a reader of one project has durably.
final class SampleReplica {
    var cursor: JournalCursor?
    private(set) var objects: [ObjectID: [UInt8]] = [:]
    private(set) var logs: [NodeID: [Operation]] = [:]
    /// Blocks that came, durable or not.
    var receivedBlockCount = 0
    /// Bytes of blocks that came, in this fetch.
    var receivedByteCount = 0
    /// What a cut left of a block.
    var unfinished: [UInt8]?
    var marks: [OperationMark] {
        self.logs.sorted { $0.key < $1.key }.map { OperationMark(origin: $0.key, sequence: UInt64($0.value.count)) }
    }

    func store(_ objects: [Sample], _ cursor: JournalCursor?) {
        for object in objects { self.objects[object.id] = object.text }
        self.cursor = cursor ?? self.cursor
    }

    func apply(_ message: OperationsMessage) {
        self.logs[message.origin, default: []] += message.operations(in: .project(Names.project))
    }

    func request(wanted: [ObjectID] = [], options: FetchMessage.Options = []) -> FetchMessage {
        FetchMessage(
            project: Names.project, cursor: self.cursor, marks: self.marks, wanted: wanted, options: options)
    }
}

/// Asks for one FETCH and makes what comes durable, some at a time.
final class FetchSink: StreamDriver {
    private enum Pending {
        case block([Sample], JournalCursor?, byteCount: Int)
        case operations(OperationsMessage, byteCount: Int)
    }

    private let replica: SampleReplica
    private var id: UInt32 = 0
    private var machine: FetchClient
    private var pending: [Pending] = []
    /// Nothing becomes durable meanwhile.
    var isPaused = false
    private(set) var plan: PlanMessage?
    private(set) var isStartingOver = false
    private(set) var isRebuilt = false
    private(set) var isStoring = false
    private(set) var done: DoneMessage?
    private(set) var failure: ErrorCode?

    init(_ replica: SampleReplica, _ request: FetchMessage? = nil, blockByteCountMax: Int = Limits.blockByteCountMax) {
        self.replica = replica
        self.machine = FetchClient(
            request ?? replica.request(), begun: replica.unfinished, blockByteCountMax: blockByteCountMax)
    }

    /// What a cut leaves of a block.
    var unfinished: [UInt8]? { self.machine.unfinished }

    /// Opens the stream; `false` when the peer takes no more.
    @discardableResult
    func start(on peer: Peer) -> Bool {
        guard let id = peer.connection.openStream() else { return false }
        self.id = id
        peer.drivers[id] = self
        peer.send(self.machine.request.frame(stream: id, flags: .end))
        peer.connection.ended(stream: id)
        return true
    }

    func received(_ header: FrameHeader, _ payload: [UInt8], on peer: Peer) {
        switch self.machine.received(header, payload: payload.span.bytes) {
        case .begin(let plan): self.plan = plan
        case .startOver(let plan):
            self.plan = plan
            self.isStartingOver = true
        case .rebuilt(let plan):
            self.plan = plan
            self.isRebuilt = true
        case .readData: self.readData(payload, on: peer)
        case .apply(let message): self.pending.append(.operations(message, byteCount: payload.count))
        case .awaitDurability: self.isStoring = true
        case .finish(let done): self.finish(done, on: peer)
        case .fail(let error): peer.close(self.id, error)
        }
    }

    private func readData(_ payload: [UInt8], on peer: Peer) {
        var offset = 0
        while true {
            switch self.machine.nextBlock(in: payload.span.bytes, at: &offset) {
            case .needMore: return
            case .began(let byteCount):
                peer.send(peer.connection.blockBegan(stream: self.id, byteCount: byteCount))
            case .store(let block, let cursor):
                peer.connection.blockCompleted(stream: self.id)
                guard let objects = SampleBlock.objects(of: block) else {
                    peer.close(self.id, SyncError(.contentMismatch, scope: .stream))
                    return
                }
                self.replica.receivedBlockCount += 1
                self.replica.receivedByteCount += block.streamByteCount
                self.pending.append(.block(objects, cursor, byteCount: block.streamByteCount))
            case .fail(let error):
                peer.close(self.id, error)
                return
            }
        }
    }

    func failed(_ error: ErrorCode) {
        self.failure = error
        self.pending = []
    }

    func step(_ peer: Peer, _ random: inout Seeded) -> Bool {
        guard !self.pending.isEmpty, !self.isPaused else { return false }
        let count = 1 + random.below(self.pending.count)
        var byteCount = 0
        for item in self.pending.prefix(count) {
            switch item {
            case .block(let objects, let cursor, let length):
                self.replica.store(objects, cursor)
                byteCount += length
            case .operations(let message, let length):
                self.replica.apply(message)
                byteCount += length
            }
        }
        self.pending.removeFirst(count)
        peer.send(peer.connection.release(byteCount, stream: self.id))
        if case .finish(let done) = self.machine.madeDurable(count) { self.finish(done, on: peer) }
        return true
    }

    private func finish(_ done: DoneMessage, on peer: Peer) {
        self.done = done
        if self.machine.request.followsJournal, !self.machine.request.options.contains(.withoutObjects) {
            self.replica.cursor = done.cursor
        }
        peer.finish(self.id)
    }
}

/// Asks for one HEAD.
final class WatchSink: StreamDriver {
    private var machine: WatchClient
    private var id: UInt32 = 0
    private(set) var head: HeadMessage?
    private(set) var failure: ErrorCode?

    init(_ replica: SampleReplica) {
        self.machine = WatchClient(
            WatchMessage(project: Names.project, cursor: replica.cursor, marks: replica.marks))
    }

    func start(on peer: Peer) {
        guard let id = peer.connection.openStream() else { return }
        self.id = id
        peer.drivers[id] = self
        peer.send(self.machine.request.frame(stream: id, flags: .end))
        peer.connection.ended(stream: id)
    }

    func received(_ header: FrameHeader, _ payload: [UInt8], on peer: Peer) {
        switch self.machine.received(header, payload: payload.span.bytes) {
        case .moved(let head):
            self.head = head
            peer.finish(self.id)
        case .fail(let error): peer.close(self.id, error)
        }
    }

    func failed(_ error: ErrorCode) { self.failure = error }
    func step(_ peer: Peer, _ random: inout Seeded) -> Bool { false }
}
