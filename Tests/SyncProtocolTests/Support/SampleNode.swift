import ObjectModel
import SyncProtocol

/// A node with one project, in memory: what is in here is durable.
final class SampleNode {
    struct Entry {
        var block: SampleBlock
        /// Where a reader stands that has this block and all before it.
        var nextOrdinal: UInt64
    }

    var epoch = Names.epoch
    private(set) var journal: [Entry] = []
    var logs: [NodeID: [Operation]] = [:]
    private(set) var objects: [ObjectID: [UInt8]] = [:]
    /// Answers by idempotency key.
    var results: [[UInt8]: ResultMessage] = [:]
    var intents: [[UInt8]] = []
    /// What a push that was cut left of a block.
    var unfinished: [UInt8]?
    private(set) var plans: [PlanMessage] = []
    var nextOrdinal: UInt64 { self.journal.last?.nextOrdinal ?? 0 }
    var marks: [OperationMark] {
        self.logs.sorted { $0.key < $1.key }.map { OperationMark(origin: $0.key, sequence: UInt64($0.value.count)) }
    }

    func append(_ block: SampleBlock) {
        self.journal.append(Entry(block: block, nextOrdinal: self.nextOrdinal + UInt64(block.objects.count)))
        for object in block.objects { self.objects[object.id] = object.text }
    }

    /// Adds operations of one origin, of growing lengths.
    func log(_ count: Int, of origin: NodeID, bodyByteCount: Int = 30) {
        for _ in 0..<count {
            let sequence = UInt64((self.logs[origin]?.count ?? 0) + 1)
            let body = [UInt8](repeating: UInt8(truncatingIfNeeded: sequence), count: bodyByteCount + Int(sequence))
            self.logs[origin, default: []].append(
                Operation(
                    scope: .project(Names.project), origin: origin, sequence: sequence,
                    timestamp: Timestamp(millisecondsSinceEpoch: Int64(sequence) - 2),
                    actor: sequence % 2 == 0 ? UserID(rawValue: "u\(sequence)") : nil, body: body))
        }
    }

    /// A node with blocks of several lengths and two logs.
    static func filled(blockCount: Int = 6, padding: [Int] = [40, 3000, 200]) -> SampleNode {
        let node = SampleNode()
        for index in 0..<blockCount {
            let byteCount = padding[index % padding.count]
            node.append(SampleBlock((0..<(index % 4 + 1)).map { Sample(index * 10 + $0, padding: byteCount) }))
        }
        node.log(5, of: Names.origins[0])
        node.log(3, of: Names.origins[1])
        return node
    }

    func serve(
        _ type: FrameType, _ id: UInt32, _ header: FrameHeader, _ payload: [UInt8]
    ) throws(WireError) -> any StreamDriver {
        switch type {
        case .fetch:
            let driver = try FetchSource(self, id, header, payload)
            self.plans.append(driver.plan)
            return driver
        case .watch: return try WatchSource(self, id, header, payload)
        case .offer: return try PushSink(self, id, header, payload)
        case .reconcile: return try ReconcileSource(self, id, header, payload)
        default: throw WireError(.unexpectedFrame)
        }
    }
}

/// Answers one FETCH.
final class FetchSource: StreamDriver {
    private let id: UInt32
    private var queue = SendQueue()
    private var machine: FetchServer
    let plan: PlanMessage

    init(_ node: SampleNode, _ id: UInt32, _ header: FrameHeader, _ payload: [UInt8]) throws(WireError) {
        self.id = id
        self.machine = try FetchServer(header, payload: payload.span.bytes)
        let request = self.machine.request
        self.plan = Self.plan(request, of: node)
        self.queue.plain(self.machine.planned(self.plan), id)
        guard request.wanted.isEmpty else {
            self.answer(request.wanted, of: node)
            return
        }
        self.queueObjects(request, of: node)
        self.queueOperations(request, of: node)
        let isMoving = !request.options.contains(.withoutObjects) || request.options.contains(.withoutOperations)
        let end = isMoving ? node.nextOrdinal : self.plan.firstOrdinal
        self.queue.plain(self.machine.finished(nextOrdinal: end), id, last: true)
    }

    private static func plan(_ request: FetchMessage, of node: SampleNode) -> PlanMessage {
        guard request.followsJournal, let cursor = request.cursor else { return PlanMessage(epoch: node.epoch) }
        guard cursor.epoch == node.epoch, cursor.nextOrdinal <= node.nextOrdinal else {
            return PlanMessage(epoch: node.epoch, flags: .startingOver)
        }
        return PlanMessage(epoch: node.epoch, firstOrdinal: cursor.nextOrdinal)
    }

    private func queueObjects(_ request: FetchMessage, of node: SampleNode) {
        guard !request.options.contains(.withoutObjects) else { return }
        for entry in node.journal where entry.nextOrdinal > self.plan.firstOrdinal {
            let first = entry.nextOrdinal - UInt64(entry.block.objects.count)
            if let range = request.range {
                guard range.epoch == node.epoch, range.ordinals.contains(first) else { continue }
            }
            let record = self.machine.sending(entry.block.header, nextOrdinal: entry.nextOrdinal)
            self.queue.data(record.bytes(of: entry.block))
        }
    }

    private func queueOperations(_ request: FetchMessage, of node: SampleNode) {
        guard request.followsJournal, !request.options.contains(.withoutOperations) else { return }
        let held = Dictionary(uniqueKeysWithValues: request.marks.map { ($0.origin, Int($0.sequence)) })
        for (origin, log) in node.logs.sorted(by: { $0.key < $1.key }) {
            for message in OperationsMessage.pack(Array(log.dropFirst(held[origin, default: 0]))) {
                self.queue.credited(.operations, self.machine.sending(message))
            }
        }
    }

    private func answer(_ wanted: [ObjectID], of node: SampleNode) {
        let found = wanted.compactMap { id in node.objects[id].map { Sample(id: id, text: $0) } }
        if !found.isEmpty {
            let block = SampleBlock(found)
            self.queue.data(self.machine.sending(block.header, nextOrdinal: 0).bytes(of: block))
        }
        let missingCount = UInt64(wanted.count - found.count)
        self.queue.plain(self.machine.finished(nextOrdinal: 0, missingCount: missingCount), self.id, last: true)
    }

    func received(_ header: FrameHeader, _ payload: [UInt8], on peer: Peer) {
        peer.close(self.id, self.machine.received(header))
    }

    func failed(_ error: ErrorCode) { self.queue = SendQueue() }

    func step(_ peer: Peer, _ random: inout Seeded) -> Bool {
        guard self.queue.sendNext(self.id, on: peer, &random) else { return false }
        if self.queue.isEmpty { peer.finish(self.id) }
        return true
    }
}

/// Answers one WATCH.
final class WatchSource: StreamDriver {
    private let node: SampleNode
    private let id: UInt32
    private var machine: WatchServer

    init(_ node: SampleNode, _ id: UInt32, _ header: FrameHeader, _ payload: [UInt8]) throws(WireError) {
        self.node = node
        self.id = id
        self.machine = try WatchServer(header, payload: payload.span.bytes)
    }

    func received(_ header: FrameHeader, _ payload: [UInt8], on peer: Peer) {}
    func failed(_ error: ErrorCode) {}

    func step(_ peer: Peer, _ random: inout Seeded) -> Bool {
        let cursor = JournalCursor(epoch: self.node.epoch, nextOrdinal: self.node.nextOrdinal)
        switch self.machine.head(HeadMessage(cursor: cursor, marks: self.node.marks)) {
        case .wait, .done: return false
        case .send(let head):
            peer.send(head.frame(stream: self.id, flags: .end))
            peer.connection.ended(stream: self.id)
            peer.finish(self.id)
            return true
        }
    }
}
