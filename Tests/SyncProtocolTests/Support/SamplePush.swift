import ObjectModel
import SyncProtocol

/// Pushes objects to a node.
final class PushGiver: StreamDriver {
    private let objects: [Sample]
    private let windowCount: Int
    private let key: [UInt8]
    private let intents: [[UInt8]]
    private var id: UInt32 = 0
    private var machine: PushClient
    private var queue = SendQueue()
    private var windows: [[Sample]] = []
    private var answeredCount = 0
    private var isCommitted = false
    private(set) var sentObjectCount = 0
    /// What the taking side had of blocks that were cut.
    private(set) var skippedByteCount = 0
    private(set) var result: ResultMessage?
    private(set) var failure: ErrorCode?
    /// Objects that are sent although nobody asked for them.
    var unasked: [Sample] = []

    init(
        _ objects: [Sample], windowCount: Int = 5, key: UInt8 = 1, intents: [[UInt8]] = [[0x7B, 0x7D]],
        isUnasked: Bool = false
    ) {
        self.objects = objects
        self.windowCount = windowCount
        self.key = [UInt8](repeating: key, count: CommitMessage.keyByteCount)
        self.intents = intents
        self.machine = PushClient(
            project: Names.project, objectCount: objects.count, isUnasked: isUnasked)
    }

    func start(on peer: Peer) {
        guard let id = peer.connection.openStream() else { return }
        self.id = id
        peer.drivers[id] = self
        self.offerNext()
        if !self.objects.isEmpty, !self.machine.isUnasked { self.offerNext() }
    }

    private func offerNext() {
        let start = self.windows.reduce(0) { $0 + $1.count }
        guard start < self.objects.count || self.windows.isEmpty else { return }
        let window = Array(self.objects[start..<min(start + self.windowCount, self.objects.count)])
        self.windows.append(window)
        self.queue.credited(.offer, self.machine.offering(window.map(\.id)).encoded())
        guard self.machine.isUnasked else { return }
        self.answeredCount += 1
        self.give(window + self.unasked)
        self.unasked = []
        self.offerNext()
    }

    func received(_ header: FrameHeader, _ payload: [UInt8], on peer: Peer) {
        switch self.machine.received(header, payload: payload.span.bytes) {
        case .send(let need):
            let window = self.windows[self.answeredCount]
            self.answeredCount += 1
            let needed = window.indices.filter(need.needs).map { window[$0] } + self.unasked
            self.unasked = []
            self.give(needed)
            self.offerNext()
        case .finish(let result):
            self.result = result
            peer.finish(self.id)
        case .fail(let error): peer.close(self.id, error)
        }
    }

    /// Blocks of at most three objects, so that there are several.
    private func give(_ objects: [Sample]) {
        for start in stride(from: 0, to: objects.count, by: 3) {
            let block = SampleBlock(Array(objects[start..<min(start + 3, objects.count)]))
            let record = self.machine.sending(block.header)
            self.queue.data(record.bytes(of: block))
            self.sentObjectCount += block.objects.count
            self.skippedByteCount += record.skippedByteCount
        }
    }

    func failed(_ error: ErrorCode) {
        self.failure = error
        self.queue = SendQueue()
        self.isCommitted = true
    }

    func step(_ peer: Peer, _ random: inout Seeded) -> Bool {
        if self.queue.sendNext(self.id, on: peer, &random) { return true }
        guard self.queue.isEmpty, !self.isCommitted, self.answeredCount == self.windows.count,
            self.windows.reduce(0, { $0 + $1.count }) == self.objects.count
        else { return false }
        self.isCommitted = true
        let commit = self.machine.committing(idempotencyKey: self.key, intents: self.intents)
        self.queue.plain(commit, self.id, last: true)
        return true
    }
}

/// Takes one push into a node: looks up, stores and applies at moments of its own.
final class PushSink: StreamDriver {
    private enum Todo {
        case answer(window: UInt64, [ObjectID], byteCount: Int)
        case apply(CommitMessage)
    }

    private let node: SampleNode
    private let id: UInt32
    private var machine: PushServer
    private var todo: [Todo] = []
    private var pending: [(SampleBlock, byteCount: Int)] = []

    init(_ node: SampleNode, _ id: UInt32, _ header: FrameHeader, _ payload: [UInt8]) throws(WireError) {
        self.node = node
        self.id = id
        self.machine = try PushServer(header, payload: payload.span.bytes)
        guard self.machine.project == Names.project else { throw WireError(.projectUnknown) }
        if let unfinished = node.unfinished { self.machine.continuing(unfinished) }
    }

    func received(_ header: FrameHeader, _ payload: [UInt8], on peer: Peer) {
        switch self.machine.received(header, payload: payload.span.bytes) {
        case .check(let window, let ids):
            self.todo.append(.answer(window: window, ids, byteCount: payload.count))
        case .expect: peer.send(peer.connection.release(payload.count, stream: self.id))
        case .readData: self.readData(payload, on: peer)
        case .awaitDurability: return
        case .apply(let commit): self.todo.append(.apply(commit))
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
            case .store(let block):
                peer.connection.blockCompleted(stream: self.id)
                guard let objects = SampleBlock.objects(of: block) else {
                    peer.close(self.id, SyncError(.contentMismatch, scope: .stream))
                    return
                }
                self.pending.append((SampleBlock(objects), block.streamByteCount))
            case .fail(let error):
                peer.close(self.id, error)
                return
            }
        }
    }

    /// What a cut leaves of a block.
    var unfinished: [UInt8]? { self.machine.unfinished }

    func failed(_ error: ErrorCode) { (self.todo, self.pending) = ([], []) }

    func step(_ peer: Peer, _ random: inout Seeded) -> Bool {
        if !self.pending.isEmpty, self.todo.isEmpty || random.below(2) == 0 {
            self.makeDurable(1 + random.below(self.pending.count), on: peer)
            return true
        }
        guard !self.todo.isEmpty else { return false }
        switch self.todo.removeFirst() {
        case .answer(let window, let ids, let byteCount):
            peer.send(peer.connection.release(byteCount, stream: self.id))
            let need = self.machine.answer(window: window, needed: ids.map { self.node.objects[$0] == nil })
            peer.send(need.frame(stream: self.id))
        case .apply(let commit): self.apply(commit, on: peer)
        }
        return true
    }

    private func makeDurable(_ count: Int, on peer: Peer) {
        var byteCount = 0
        for (block, length) in self.pending.prefix(count) {
            self.node.append(block)
            byteCount += length
        }
        self.pending.removeFirst(count)
        peer.send(peer.connection.release(byteCount, stream: self.id))
        if case .apply(let commit) = self.machine.madeDurable(count) { self.todo.append(.apply(commit)) }
    }

    private func apply(_ commit: CommitMessage, on peer: Peer) {
        var result = self.node.results[commit.idempotencyKey]
        result?.outcome = .alreadyApplied
        if result == nil {
            self.node.intents += commit.intents
            self.node.results[commit.idempotencyKey] = ResultMessage(
                outcome: .applied, replies: commit.intents.map { _ in [] })
        }
        let answer = self.machine.applied(
            result ?? ResultMessage(outcome: .applied, replies: commit.intents.map { _ in [] }))
        peer.send(answer.frame(stream: self.id, flags: .end))
        peer.connection.ended(stream: self.id)
        peer.finish(self.id)
    }
}
