import ObjectModel

/// What has come of one FETCH so far: checks order, counts and digest (Spec §9.1).
struct FetchReceipt: ~Copyable {
    private let epoch: UInt64
    private let movesCursor: Bool
    private let ordinals: Range<UInt64>?
    /// Whether any block may come.
    let takesBlocks: Bool
    /// Objects that may come at most; `nil` when they were not asked for by id.
    private let objectCountMax: UInt64?
    private var assembler: BlockAssembler
    private var digest = TranscriptDigest()
    private var nextOrdinal: UInt64
    private var sequences: [NodeID: UInt64]
    /// Of a snapshot: up to where operations may be left out, by origin.
    private let compacted: [NodeID: UInt64]
    private var newSequences: [NodeID: UInt64] = [:]
    private var objectCount: UInt64 = 0
    private var blockCount: UInt64 = 0
    private var operationCount: UInt64 = 0
    /// Blocks and OPS messages that are not durable yet.
    private(set) var pendingCount = 0

    init(_ plan: PlanMessage, of request: FetchMessage, begun: [UInt8]?, blockByteCountMax: Int) {
        self.epoch = plan.epoch
        self.movesCursor = request.followsJournal
        self.ordinals = request.range?.ordinals
        self.takesBlocks =
            !request.options.contains(.withoutObjects) && request.range.map { $0.epoch == plan.epoch } ?? true
        let isBounded = !request.wanted.isEmpty && !request.options.contains(.withClosures)
        self.objectCountMax = isBounded ? UInt64(request.wanted.count) : nil
        self.assembler = BlockAssembler(
            blockByteCountMax: blockByteCountMax,
            takesDeltas: request.accepted.contains(.deltas) && request.range == nil, begun: begun)
        self.nextOrdinal = plan.firstOrdinal
        self.sequences = request.marks.sequences
        self.compacted = plan.compacted.sequences
    }

    var unfinished: [UInt8]? { self.assembler.unfinished }

    mutating func next(in payload: RawSpan, at offset: inout Int) -> FetchClient.OnData {
        do throws(WireError) {
            switch try self.assembler.next(in: payload, at: &offset) {
            case .needMore: return .needMore
            case .began(let byteCount): return .began(streamByteCount: byteCount)
            case .block(let block): return try self.take(block)
            }
        } catch {
            return .fail(SyncError(error.code, scope: .stream))
        }
    }

    private mutating func take(_ block: AssembledBlock) throws(WireError) -> FetchClient.OnData {
        guard self.isInOrder(block) else { throw WireError(.orderViolated) }
        self.nextOrdinal = block.nextOrdinal
        self.digest.add(block.header)
        self.objectCount += UInt64(block.header.objectCount)
        guard self.objectCount <= self.objectCountMax ?? .max else { throw WireError(.orderViolated) }  // FETCH-5
        self.blockCount += 1
        self.pendingCount += 1
        return .store(block, self.movesCursor ? JournalCursor(epoch: self.epoch, nextOrdinal: self.nextOrdinal) : nil)
    }

    /// Whether the number before a block is what it must be (`DATA-3`, `FETCH-5`, `FETCH-18`).
    private borrowing func isInOrder(_ block: AssembledBlock) -> Bool {
        guard let ordinals else {
            return self.movesCursor ? block.nextOrdinal >= self.nextOrdinal : block.nextOrdinal == 0
        }
        let (first, isBelow) = block.nextOrdinal.subtractingReportingOverflow(UInt64(block.header.objectCount))
        guard !isBelow, ordinals.contains(first) else { return false }
        return self.blockCount == 0 || first == self.nextOrdinal
    }

    /// - Returns: what is wrong with the operations, or `nil`: they come between blocks (`DATA-6`), follow those that
    ///   are held, without a gap (`OPS-2`) but for what a snapshot leaves out (`SNAP-3`), and DONE can name their origin
    ///   (`OPS-3`).
    mutating func take(_ message: OperationsMessage, _ payload: RawSpan) -> ErrorCode? {
        guard self.assembler.isIdle else { return .truncated }
        guard self.newSequences[message.origin] != nil || self.newSequences.count < Limits.markCountMax else {
            return .orderViolated
        }
        let next = self.sequences[message.origin, default: 0] &+ 1
        guard message.firstSequence == next || self.isGap(from: next, to: message.firstSequence, of: message.origin)
        else { return .orderViolated }
        self.sequences[message.origin] = message.lastSequence
        self.newSequences[message.origin] = message.lastSequence
        self.digest.add(operations: payload)
        self.operationCount += UInt64(message.records.count)
        self.pendingCount += 1
        return nil
    }

    private borrowing func isGap(from next: UInt64, to first: UInt64, of origin: NodeID) -> Bool {
        first > next && first <= self.compacted[origin, default: 0]
    }

    mutating func madeDurable(_ count: Int) {
        precondition(count <= self.pendingCount, "more became durable than came")
        self.pendingCount -= count
    }

    /// What is wrong with `done`, or `nil` (`DONE-1` to `DONE-4`, `FETCH-18`).
    borrowing func verdict(on done: DoneMessage) -> ErrorCode? {
        guard self.assembler.isIdle else { return .truncated }
        guard done.digest == self.digest.value, done.objectCount == self.objectCount,
            done.blockCount == self.blockCount, done.operationCount == self.operationCount
        else { return .transcriptMismatch }
        let marks = self.newSequences.sorted { $0.key < $1.key }
        guard done.marks.map(\.origin) == marks.map(\.key), done.marks.map(\.sequence) == marks.map(\.value) else {
            return .transcriptMismatch
        }
        guard done.cursor.epoch == self.epoch else { return .orderViolated }
        // The last operation that may be left out never is (`SNAP-4`).
        guard self.compacted.allSatisfy({ self.sequences[$0.key, default: 0] >= $0.value }) else {
            return .orderViolated
        }
        let end = done.cursor.nextOrdinal
        if let ordinals {
            let isWhole = self.blockCount == 0 || self.nextOrdinal >= min(ordinals.upperBound, end)
            return end >= self.nextOrdinal && isWhole ? nil : .orderViolated
        }
        return end >= self.nextOrdinal || !self.movesCursor ? nil : .orderViolated
    }
}
