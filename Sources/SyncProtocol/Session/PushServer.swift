public import ObjectModel

/// The taking half of one push (Spec §10.2).
///
/// Pure: the driver looks up what is missing, stores blocks, and applies the intents when told to.
public struct PushServer: ~Copyable {
    private enum State: ~Copyable {
        case receiving(PushReceipt)
        /// COMMIT has come; blocks still wait to become durable.
        case storing(CommitMessage, pendingCount: Int)
        case applying
        case closed
    }

    /// Check that the sender may write to it.
    public let project: ProjectID
    /// Objects of the whole push; at most ``Limits/pushObjectCountMax``.
    public let objectCount: Int
    private var state: State

    /// Reads the frame that opened the stream; pass the same frame to ``received(_:payload:)`` next.
    ///
    /// - Throws: ``WireError``; end the stream with its code.
    public init(
        _ header: FrameHeader, payload: RawSpan, blockByteCountMax: Int = Limits.blockByteCountMax
    ) throws(WireError) {
        let offer = try OfferMessage(decoding: payload)
        guard let project = offer.project else { throw WireError(.missingField, tag: 2) }
        self.init(
            project, Int(offer.objectCount),
            .receiving(
                PushReceipt(
                    objectCount: Int(offer.objectCount), isUnasked: offer.isUnasked,
                    blockByteCountMax: blockByteCountMax)))
    }

    private init(_ project: ProjectID, _ objectCount: Int, _ state: consuming State) {
        self.project = project
        self.objectCount = objectCount
        self.state = state
    }

    /// Asks for the rest of a block that a cut left unfinished (`RESUME-6`), with the next answer.
    ///
    /// - Precondition: called before the first frame is passed in.
    public mutating func continuing(_ begun: [UInt8]) {
        switch consume self.state {
        case .receiving(var receipt):
            receipt.begun = begun
            self = Self(self.project, self.objectCount, .receiving(receipt))
        case .storing:
            preconditionFailure("a block is asked for after the commit")
        case .applying:
            preconditionFailure("a block is asked for after the commit")
        case .closed:
            self = Self(self.project, self.objectCount, .closed)
        }
    }

    /// What is worth keeping of a block that has begun, when the connection was cut.
    public var unfinished: [UInt8]? {
        switch self.state {
        case .receiving(let receipt): receipt.unfinished
        case .storing: nil
        case .applying: nil
        case .closed: nil
        }
    }

    public enum OnFrame: Equatable, Sendable {
        /// Look up which of these the project lacks, then call ``PushServer/answer(window:needed:)``.
        case check(window: UInt64, [ObjectID])
        /// A window whose objects all come unasked; its OFFER bytes may be released now.
        case expect
        /// The payload is part of the DATA stream: call ``PushServer/nextBlock(in:at:)`` until it needs more.
        case readData
        /// COMMIT has come, not every block is durable.
        case awaitDurability
        /// Apply the intents, then call ``PushServer/applied(_:)``.
        case apply(CommitMessage)
        /// End the stream with this error.
        case fail(SyncError)
    }

    /// Takes one frame of the stream.
    public mutating func received(_ header: FrameHeader, payload: RawSpan) -> OnFrame {
        do throws(WireError) {
            switch header.type {
            case .offer: return try self.receivedOffer(OfferMessage(decoding: payload), header.flags)
            case .data: return self.receivedData(header.flags)
            case .commit: return try self.receivedCommit(CommitMessage(decoding: payload), header.flags)
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

    private mutating func receivedOffer(_ offer: OfferMessage, _ flags: FrameHeader.Flags) -> OnFrame {
        switch consume self.state {
        case .receiving(var receipt):
            let (verdict, isUnasked) = (receipt.take(offer), receipt.isUnasked)
            self = Self(self.project, self.objectCount, .receiving(receipt))
            guard !flags.contains(.end) else { return self.fail(.unexpectedFrame) }  // PUSH-2
            if let verdict { return self.fail(verdict) }
            return isUnasked ? .expect : .check(window: offer.window, offer.ids)
        case .storing:
            self = Self(self.project, self.objectCount, .closed)
            return self.fail(.unexpectedFrame)
        case .applying:
            self = Self(self.project, self.objectCount, .closed)
            return self.fail(.unexpectedFrame)
        case .closed:
            self = Self(self.project, self.objectCount, .closed)
            return self.fail(.unexpectedFrame)
        }
    }

    private mutating func receivedData(_ flags: FrameHeader.Flags) -> OnFrame {
        switch consume self.state {
        case .receiving(let receipt):
            self = Self(self.project, self.objectCount, .receiving(receipt))
            return flags.contains(.end) ? self.fail(.unexpectedFrame) : .readData  // PUSH-2
        case .storing:
            self = Self(self.project, self.objectCount, .closed)
            return self.fail(.unexpectedFrame)
        case .applying:
            self = Self(self.project, self.objectCount, .closed)
            return self.fail(.unexpectedFrame)
        case .closed:
            self = Self(self.project, self.objectCount, .closed)
            return self.fail(.unexpectedFrame)
        }
    }

    private mutating func receivedCommit(_ commit: CommitMessage, _ flags: FrameHeader.Flags) -> OnFrame {
        switch consume self.state {
        case .receiving(let receipt):
            let verdict = flags.contains(.end) ? receipt.verdict(on: commit) : .unexpectedFrame
            let pendingCount = receipt.pendingCount
            if let verdict {
                self = Self(self.project, self.objectCount, .closed)
                return self.fail(verdict)
            }
            guard pendingCount > 0 else {
                self = Self(self.project, self.objectCount, .applying)
                return .apply(commit)
            }
            self = Self(self.project, self.objectCount, .storing(commit, pendingCount: pendingCount))
            return .awaitDurability
        case .storing:
            self = Self(self.project, self.objectCount, .closed)
            return self.fail(.unexpectedFrame)
        case .applying:
            self = Self(self.project, self.objectCount, .closed)
            return self.fail(.unexpectedFrame)
        case .closed:
            self = Self(self.project, self.objectCount, .closed)
            return self.fail(.unexpectedFrame)
        }
    }

    /// Which objects of a window are wanted. Windows are answered in their order (`NEED-2`).
    ///
    /// - Returns: the NEED; the window's OFFER bytes may be released now.
    public mutating func answer(window: UInt64, needed: some Collection<Bool>) -> NeedMessage {
        var need = NeedMessage(window: window, needed: needed)
        switch consume self.state {
        case .receiving(var receipt):
            need.unfinished = window == 0 ? receipt.begun.flatMap { UnfinishedBlock($0) } : nil
            receipt.answer(need)
            self = Self(self.project, self.objectCount, .receiving(receipt))
            return need
        case .storing:
            preconditionFailure("an answer after the commit")
        case .applying:
            preconditionFailure("an answer after the commit")
        case .closed:
            self = Self(self.project, self.objectCount, .closed)
            return need
        }
    }

    public enum OnData: Equatable, Sendable {
        /// The payload is used up.
        case needMore
        /// Tell the connection: ``Connection/blockBegan(stream:byteCount:)``.
        case began(streamByteCount: Int)
        /// Tell the connection (``Connection/blockCompleted(stream:)``), verify and store the block, then call
        /// ``PushServer/madeDurable(_:)``.
        case store(AssembledBlock)
        /// End the stream with this error.
        case fail(SyncError)
    }

    /// Takes the next bytes of a DATA payload from `offset` on and moves `offset` behind them.
    public mutating func nextBlock(in payload: RawSpan, at offset: inout Int) -> OnData {
        switch consume self.state {
        case .receiving(var receipt):
            let step = receipt.next(in: payload, at: &offset)
            if case .fail = step {
                self = Self(self.project, self.objectCount, .closed)
                return step
            }
            self = Self(self.project, self.objectCount, .receiving(receipt))
            return step
        case .storing:
            self = Self(self.project, self.objectCount, .closed)
            return .fail(SyncError(.unexpectedFrame, scope: .stream))
        case .applying:
            self = Self(self.project, self.objectCount, .closed)
            return .fail(SyncError(.unexpectedFrame, scope: .stream))
        case .closed:
            self = Self(self.project, self.objectCount, .closed)
            return .fail(SyncError(.unexpectedFrame, scope: .stream))
        }
    }

    public enum OnDurable: Equatable, Sendable {
        case none
        /// Apply the intents, then call ``PushServer/applied(_:)``.
        case apply(CommitMessage)
    }

    /// So many blocks are durable now.
    public mutating func madeDurable(_ count: Int = 1) -> OnDurable {
        switch consume self.state {
        case .receiving(var receipt):
            receipt.madeDurable(count)
            self = Self(self.project, self.objectCount, .receiving(receipt))
            return .none
        case .storing(let commit, let pendingCount):
            precondition(count <= pendingCount, "more became durable than came")
            guard count < pendingCount else {
                self = Self(self.project, self.objectCount, .applying)
                return .apply(commit)
            }
            self = Self(self.project, self.objectCount, .storing(commit, pendingCount: pendingCount - count))
            return .none
        case .applying:
            preconditionFailure("everything was durable already")
        case .closed:
            self = Self(self.project, self.objectCount, .closed)
            return .none
        }
    }

    /// The intents are applied durably, or refused.
    ///
    /// - Returns: the RESULT, to be sent with ``FrameHeader/Flags/end``.
    public mutating func applied(_ result: ResultMessage) -> ResultMessage {
        switch consume self.state {
        case .applying:
            self = Self(self.project, self.objectCount, .closed)
            return result
        case .receiving:
            preconditionFailure("a result before the commit, or twice")
        case .storing:
            preconditionFailure("a result before the commit, or twice")
        case .closed:
            preconditionFailure("a result before the commit, or twice")
        }
    }
}

/// What has come of one push so far (Spec §10.2).
struct PushReceipt: ~Copyable {
    private let objectCount: Int
    /// Windows are not answered (`OFFER-6`).
    let isUnasked: Bool
    private var assembler: BlockAssembler
    private var digest = TranscriptDigest()
    private var windowCount: UInt64 = 0
    private var answeredCount: UInt64 = 0
    private var offeredCount = 0
    /// Objects that were asked for, or were announced to come unasked, and have not come.
    private var awaitedCount = 0
    /// Blocks that are not durable yet.
    private(set) var pendingCount = 0

    init(objectCount: Int, isUnasked: Bool, blockByteCountMax: Int) {
        self.objectCount = objectCount
        self.isUnasked = isUnasked
        self.assembler = BlockAssembler(blockByteCountMax: blockByteCountMax)
    }

    /// The beginning of a block whose rest may come.
    var begun: [UInt8]? {
        get { self.assembler.begun }
        set { self.assembler.begun = newValue }
    }

    var unfinished: [UInt8]? { self.assembler.unfinished }

    /// - Returns: what is wrong with the window, or `nil`: it comes between blocks (`DATA-6`), is the next one, and stays
    ///   within the announced count (`OFFER-3`, `OFFER-4`).
    mutating func take(_ offer: OfferMessage) -> ErrorCode? {
        guard self.assembler.isIdle else { return .truncated }
        guard offer.window == self.windowCount, offer.ids.count <= self.objectCount - self.offeredCount else {
            return .orderViolated
        }
        self.windowCount += 1
        self.offeredCount += offer.ids.count
        if self.isUnasked { self.note(answered: offer.ids.count) }
        return nil
    }

    mutating func answer(_ need: NeedMessage) {
        precondition(need.window == self.answeredCount, "windows are answered in their order")
        precondition(self.answeredCount < self.windowCount, "a window is answered before it came")
        self.note(answered: need.neededCount)
    }

    private mutating func note(answered awaitedCount: Int) {
        self.answeredCount += 1
        self.awaitedCount += awaitedCount
    }

    mutating func next(in payload: RawSpan, at offset: inout Int) -> PushServer.OnData {
        do throws(WireError) {
            switch try self.assembler.next(in: payload, at: &offset) {
            case .needMore: return .needMore
            case .began(let byteCount): return .began(streamByteCount: byteCount)
            case .block(let block):
                guard block.nextOrdinal == 0 else { throw WireError(.orderViolated) }  // DATA-4
                let objectCount = Int(block.header.objectCount)
                guard objectCount <= self.awaitedCount else { throw WireError(.orderViolated) }  // PUSH-4
                self.awaitedCount -= objectCount
                self.digest.add(block.header)
                self.pendingCount += 1
                return .store(block)
            }
        } catch {
            return .fail(SyncError(error.code, scope: .stream))
        }
    }

    mutating func madeDurable(_ count: Int) {
        precondition(count <= self.pendingCount, "more became durable than came")
        self.pendingCount -= count
    }

    /// What is wrong with `commit`, or `nil` (`COMMIT-2`, `COMMIT-3`).
    borrowing func verdict(on commit: CommitMessage) -> ErrorCode? {
        guard self.assembler.isIdle else { return .truncated }
        guard self.offeredCount == self.objectCount, self.answeredCount == self.windowCount else {
            return .orderViolated
        }
        return commit.digest == self.digest.value ? nil : .transcriptMismatch
    }
}
