public import ObjectModel

/// The giving half of one push (Spec §10.1).
///
/// Pure: the driver offers its objects window by window, sends what the node needs, and commits. It may offer further
/// windows while the first are being answered.
public struct PushClient: ~Copyable {
    private enum State: ~Copyable {
        case offering(Offered)
        case awaitingResult
        case closed
    }

    /// What was offered and answered so far.
    private struct Offered {
        var windows: [Int] = []
        var answeredCount = 0
        var offeredCount = 0
        /// What the taking side has a beginning of.
        var unfinished: UnfinishedBlock?
        var digest = TranscriptDigest()
    }

    public let project: ProjectID
    /// Objects of the whole push.
    public let objectCount: Int
    /// Every object is sent without being asked for; windows are not answered (`OFFER-6`).
    public let isUnasked: Bool
    private var state: State

    /// - Precondition: `objectCount` is at most ``Limits/pushObjectCountMax``.
    public init(project: ProjectID, objectCount: Int, isUnasked: Bool = false) {
        precondition(objectCount <= Limits.pushObjectCountMax, "too many objects in one push")
        self.init(project, objectCount, isUnasked, .offering(Offered()))
    }

    private init(_ project: ProjectID, _ objectCount: Int, _ isUnasked: Bool, _ state: consuming State) {
        self.project = project
        self.objectCount = objectCount
        self.isUnasked = isUnasked
        self.state = state
    }

    /// The next window. The first one opens the stream; an empty push offers one empty window.
    ///
    /// - Parameter ids: at most ``Limits/offerWindowCountMax``.
    /// - Precondition: no more objects are offered than announced.
    public mutating func offering(_ ids: [ObjectID]) -> OfferMessage {
        let (objectCount, isUnasked) = (self.objectCount, self.isUnasked)
        switch consume self.state {
        case .offering(var offered):
            let window = offered.windows.count
            offered.windows.append(ids.count)
            offered.offeredCount += ids.count
            if isUnasked { offered.answeredCount += 1 }
            precondition(offered.offeredCount <= objectCount, "more objects than announced")
            self = Self(self.project, self.objectCount, self.isUnasked, .offering(offered))
            guard window == 0 else { return OfferMessage(window: UInt64(window), ids: ids) }
            return OfferMessage(
                project: self.project, objectCount: UInt64(self.objectCount), ids: ids, isUnasked: self.isUnasked)
        case .awaitingResult:
            preconditionFailure("an offer after the commit")
        case .closed:
            preconditionFailure("an offer after the commit")
        }
    }

    public enum OnFrame: Equatable, Sendable {
        /// Send those objects of the window that the message names, as blocks on the DATA stream.
        case send(NeedMessage)
        case finish(ResultMessage)
        /// End the stream with this error.
        case fail(SyncError)
    }

    /// Takes one frame of the stream.
    public mutating func received(_ header: FrameHeader, payload: RawSpan) -> OnFrame {
        do throws(WireError) {
            switch header.type {
            case .need: return try self.receivedNeed(NeedMessage(decoding: payload), header.flags)
            case .result: return try self.receivedResult(ResultMessage(decoding: payload), header.flags)
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

    private mutating func receivedNeed(_ need: NeedMessage, _ flags: FrameHeader.Flags) -> OnFrame {
        switch consume self.state {
        case .offering(var offered):
            guard !flags.contains(.end) else {  // PUSH-2
                self = Self(self.project, self.objectCount, self.isUnasked, .closed)
                return self.fail(.unexpectedFrame)
            }
            let index = offered.answeredCount
            guard need.window == UInt64(index), index < offered.windows.count, need.indexEnd <= offered.windows[index]
            else {  // NEED-1, NEED-2
                self = Self(self.project, self.objectCount, self.isUnasked, .closed)
                return self.fail(.orderViolated)
            }
            offered.answeredCount += 1
            offered.unfinished = need.unfinished ?? offered.unfinished
            self = Self(self.project, self.objectCount, self.isUnasked, .offering(offered))
            return .send(need)
        case .awaitingResult:
            self = Self(self.project, self.objectCount, self.isUnasked, .closed)
            return self.fail(.unexpectedFrame)
        case .closed:
            self = Self(self.project, self.objectCount, self.isUnasked, .closed)
            return self.fail(.unexpectedFrame)
        }
    }

    private mutating func receivedResult(_ result: ResultMessage, _ flags: FrameHeader.Flags) -> OnFrame {
        switch consume self.state {
        case .awaitingResult:
            self = Self(self.project, self.objectCount, self.isUnasked, .closed)
            guard flags.contains(.end) else { return self.fail(.unexpectedFrame) }
            return .finish(result)
        case .offering:
            self = Self(self.project, self.objectCount, self.isUnasked, .closed)
            return self.fail(.unexpectedFrame)
        case .closed:
            self = Self(self.project, self.objectCount, self.isUnasked, .closed)
            return self.fail(.unexpectedFrame)
        }
    }

    /// Puts one block on the DATA stream.
    ///
    /// - Returns: what to send before those of the block, and what to leave out of it.
    public mutating func sending(_ block: BlockHeader) -> DataRecord {
        switch consume self.state {
        case .offering(var offered):
            offered.digest.add(block)
            let record = DataRecord(block, nextOrdinal: 0, &offered.unfinished)
            self = Self(self.project, self.objectCount, self.isUnasked, .offering(offered))
            return record
        case .awaitingResult:
            preconditionFailure("a block after the commit")
        case .closed:
            preconditionFailure("a block after the commit")
        }
    }

    /// The end of the push, once every window is answered and every needed object is sent.
    ///
    /// - Parameter idempotencyKey: 16 random bytes; the same when the push is repeated after a cut.
    /// - Returns: the COMMIT, to be sent with ``FrameHeader/Flags/end``.
    /// - Precondition: all objects are offered and all windows answered.
    public mutating func committing(idempotencyKey: [UInt8], intents: [[UInt8]]) -> CommitMessage {
        let objectCount = self.objectCount
        switch consume self.state {
        case .offering(let offered):
            precondition(offered.offeredCount == objectCount, "not every object was offered")
            precondition(offered.answeredCount == offered.windows.count, "not every window is answered")
            self = Self(self.project, self.objectCount, self.isUnasked, .awaitingResult)
            return CommitMessage(idempotencyKey: idempotencyKey, intents: intents, digest: offered.digest.value)
        case .awaitingResult:
            preconditionFailure("a push commits once")
        case .closed:
            preconditionFailure("a push commits once")
        }
    }
}
