import ObjectModel

/// The asking half of one FETCH (Spec §9.1).
///
/// Pure: the driver sends ``request`` as the stream's first and last frame, passes in what comes back, stores it, and
/// reports what is durable. The fetch finishes only when everything that came is durable.
public struct FetchClient: ~Copyable {
    private enum State: ~Copyable {
        case awaitingPlan(begun: [UInt8]?)
        case receiving(FetchReceipt)
        /// DONE has come; blocks or operations still wait to become durable.
        case storing(DoneMessage, pendingCount: Int)
        case closed
    }

    public let request: FetchMessage
    private let blockByteCountMax: Int
    private var state: State

    /// - Parameters:
    ///   - begun: the beginning of a block, of which the rest is asked for (`RESUME-6`).
    ///   - blockByteCountMax: the largest block to take, header included, in bytes.
    public init(
        _ request: FetchMessage, begun: [UInt8]? = nil, blockByteCountMax: Int = Limits.blockByteCountMax
    ) {
        var request = request
        request.unfinished = begun.flatMap { UnfinishedBlock($0) }
        self.init(request, blockByteCountMax, .awaitingPlan(begun: request.unfinished == nil ? nil : begun))
    }

    private init(_ request: FetchMessage, _ blockByteCountMax: Int, _ state: consuming State) {
        self.request = request
        self.blockByteCountMax = blockByteCountMax
        self.state = state
    }

    public enum OnFrame: Equatable, Sendable {
        case begin(PlanMessage)
        /// As ``begin(_:)``, but the cursor was of no use: everything comes again, what is held already is skipped.
        case startOver(PlanMessage)
        /// The range is of a journal that is no more: no block comes (`FETCH-17`).
        case rebuilt(PlanMessage)
        /// The payload is part of the DATA stream: call ``FetchClient/nextBlock(in:at:)`` until it needs more.
        case readData
        /// Store these, in order, then call ``FetchClient/madeDurable(_:)``.
        case apply(OperationsMessage)
        /// Everything has come, not everything is durable.
        case awaitDurability
        case finish(DoneMessage)
        /// End the stream with this error.
        case fail(SyncError)
    }

    /// Takes one frame of the stream.
    public mutating func received(_ header: FrameHeader, payload: RawSpan) -> OnFrame {
        do throws(WireError) {
            guard header.type == .done || !header.flags.contains(.end) else {  // FETCH-8
                throw WireError(.unexpectedFrame)
            }
            switch header.type {
            case .plan: return try self.receivedPlan(PlanMessage(decoding: payload))
            case .data: return self.receivedData()
            case .operations: return try self.receivedOperations(OperationsMessage(decoding: payload), payload)
            case .done: return try self.receivedDone(DoneMessage(decoding: payload), header.flags)
            default: return self.fail(.unexpectedFrame)
            }
        } catch {
            return self.fail(error.code)
        }
    }

    private mutating func fail(_ code: ErrorCode) -> OnFrame {
        self.state = .closed
        return .fail(SyncError(code, scope: .stream))
    }

    private mutating func receivedPlan(_ plan: PlanMessage) -> OnFrame {
        switch consume self.state {
        case .awaitingPlan(let begun):
            guard self.request.accepts(plan) else {  // FETCH-6
                self = Self(self.request, self.blockByteCountMax, .closed)
                return self.fail(.orderViolated)
            }
            let receipt = FetchReceipt(
                plan, of: self.request, begun: begun, blockByteCountMax: self.blockByteCountMax)
            self = Self(self.request, self.blockByteCountMax, .receiving(receipt))
            if let range = self.request.range, range.epoch != plan.epoch { return .rebuilt(plan) }
            return plan.flags.contains(.startingOver) ? .startOver(plan) : .begin(plan)
        case .receiving:
            self = Self(self.request, self.blockByteCountMax, .closed)
            return self.fail(.unexpectedFrame)
        case .storing:
            self = Self(self.request, self.blockByteCountMax, .closed)
            return self.fail(.unexpectedFrame)
        case .closed:
            self = Self(self.request, self.blockByteCountMax, .closed)
            return self.fail(.unexpectedFrame)
        }
    }

    private mutating func receivedData() -> OnFrame {
        switch consume self.state {
        case .receiving(let receipt):
            let takesBlocks = receipt.takesBlocks
            self = Self(self.request, self.blockByteCountMax, .receiving(receipt))
            guard takesBlocks else { return self.fail(.unexpectedFrame) }  // FETCH-4, FETCH-17
            return .readData
        case .awaitingPlan:
            self = Self(self.request, self.blockByteCountMax, .closed)
            return self.fail(.unexpectedFrame)
        case .storing:
            self = Self(self.request, self.blockByteCountMax, .closed)
            return self.fail(.unexpectedFrame)
        case .closed:
            self = Self(self.request, self.blockByteCountMax, .closed)
            return self.fail(.unexpectedFrame)
        }
    }

    private mutating func receivedOperations(_ message: OperationsMessage, _ payload: RawSpan) -> OnFrame {
        switch consume self.state {
        case .receiving(var receipt):
            let verdict = receipt.take(message, payload)
            self = Self(self.request, self.blockByteCountMax, .receiving(receipt))
            guard self.request.wantsOperations else { return self.fail(.unexpectedFrame) }
            if let verdict { return self.fail(verdict) }
            return .apply(message)
        case .awaitingPlan:
            self = Self(self.request, self.blockByteCountMax, .closed)
            return self.fail(.unexpectedFrame)
        case .storing:
            self = Self(self.request, self.blockByteCountMax, .closed)
            return self.fail(.unexpectedFrame)
        case .closed:
            self = Self(self.request, self.blockByteCountMax, .closed)
            return self.fail(.unexpectedFrame)
        }
    }

    private mutating func receivedDone(_ done: DoneMessage, _ flags: FrameHeader.Flags) -> OnFrame {
        switch consume self.state {
        case .receiving(let receipt):
            let verdict = receipt.verdict(on: done)
            let pendingCount = receipt.pendingCount
            if let verdict {
                self = Self(self.request, self.blockByteCountMax, .closed)
                return self.fail(verdict)
            }
            guard flags.contains(.end) else {
                self = Self(self.request, self.blockByteCountMax, .closed)
                return self.fail(.unexpectedFrame)
            }
            guard pendingCount > 0 else {
                self = Self(self.request, self.blockByteCountMax, .closed)
                return .finish(done)
            }
            self = Self(self.request, self.blockByteCountMax, .storing(done, pendingCount: pendingCount))
            return .awaitDurability
        case .awaitingPlan:
            self = Self(self.request, self.blockByteCountMax, .closed)
            guard flags.contains(.end), self.request.isAnsweredWithNothing(by: done) else {  // FETCH-14
                return self.fail(.unexpectedFrame)
            }
            return .finish(done)
        case .storing:
            self = Self(self.request, self.blockByteCountMax, .closed)
            return self.fail(.unexpectedFrame)
        case .closed:
            self = Self(self.request, self.blockByteCountMax, .closed)
            return self.fail(.unexpectedFrame)
        }
    }

    public enum OnData: Equatable, Sendable {
        /// The payload is used up.
        case needMore
        /// Tell the connection: ``Connection/blockBegan(stream:byteCount:)``.
        case began(streamByteCount: Int)
        /// Tell the connection (``Connection/blockCompleted(stream:)``), verify the block, store it together with the
        /// cursor in one transaction, then call ``FetchClient/madeDurable(_:)``. The cursor is `nil` when it does not
        /// move.
        case store(AssembledBlock, JournalCursor?)
        /// End the stream with this error.
        case fail(SyncError)
    }

    /// Takes the next bytes of a DATA payload from `offset` on and moves `offset` behind them.
    public mutating func nextBlock(in payload: RawSpan, at offset: inout Int) -> OnData {
        switch consume self.state {
        case .receiving(var receipt):
            let step = receipt.next(in: payload, at: &offset)
            if case .fail = step {
                self = Self(self.request, self.blockByteCountMax, .closed)
                return step
            }
            self = Self(self.request, self.blockByteCountMax, .receiving(receipt))
            return step
        case .awaitingPlan:
            self = Self(self.request, self.blockByteCountMax, .closed)
            return .fail(SyncError(.unexpectedFrame, scope: .stream))
        case .storing:
            self = Self(self.request, self.blockByteCountMax, .closed)
            return .fail(SyncError(.unexpectedFrame, scope: .stream))
        case .closed:
            self = Self(self.request, self.blockByteCountMax, .closed)
            return .fail(SyncError(.unexpectedFrame, scope: .stream))
        }
    }

    /// What is worth keeping of a block that has begun, when the connection was cut.
    public var unfinished: [UInt8]? {
        switch self.state {
        case .awaitingPlan(let begun): begun
        case .receiving(let receipt): receipt.unfinished
        case .storing: nil
        case .closed: nil
        }
    }

    public enum OnDurable: Equatable, Sendable {
        case none
        case finish(DoneMessage)
    }

    /// So many blocks and OPS messages, in the order that they came, are durable now.
    public mutating func madeDurable(_ count: Int = 1) -> OnDurable {
        switch consume self.state {
        case .receiving(var receipt):
            receipt.madeDurable(count)
            self = Self(self.request, self.blockByteCountMax, .receiving(receipt))
            return .none
        case .storing(let done, let pendingCount):
            precondition(count <= pendingCount, "more became durable than came")
            guard count < pendingCount else {
                self = Self(self.request, self.blockByteCountMax, .closed)
                return .finish(done)
            }
            self = Self(self.request, self.blockByteCountMax, .storing(done, pendingCount: pendingCount - count))
            return .none
        case .awaitingPlan:
            preconditionFailure("nothing has come yet")
        case .closed:
            self = Self(self.request, self.blockByteCountMax, .closed)
            return .none
        }
    }
}

extension FetchMessage {
    /// Whether the answer may hold operations (`FETCH-4`, `FETCH-5`, `FETCH-16`).
    fileprivate var wantsOperations: Bool { self.followsJournal && !self.options.contains(.withoutOperations) }

    /// Whether `done` says, without a PLAN, that there is nothing new (`FETCH-14`).
    fileprivate func isAnsweredWithNothing(by done: DoneMessage) -> Bool {
        guard self.followsJournal, let cursor else { return false }
        return done == DoneMessage(cursor: cursor)
    }

    /// Whether `plan` starts where this request asked, or says that it starts over (`FETCH-6`), and is a snapshot only where
    /// one may come (`SNAP-2`).
    fileprivate func accepts(_ plan: PlanMessage) -> Bool {
        let isSnapshot = plan.flags.contains(.snapshot)
        guard isSnapshot != plan.compacted.isEmpty,
            !isSnapshot || (self.accepted.contains(.snapshots) && self.wantsOperations)
        else { return false }
        let cursor = self.followsJournal ? self.cursor : nil
        if plan.flags.contains(.startingOver) { return cursor != nil && plan.firstOrdinal == 0 }
        guard let cursor else { return plan.firstOrdinal == 0 }
        return plan.epoch == cursor.epoch && plan.firstOrdinal == cursor.nextOrdinal
    }
}
