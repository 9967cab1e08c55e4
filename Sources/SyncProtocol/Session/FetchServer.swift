public import ObjectModel

/// The answering half of one FETCH (Spec §9.2).
///
/// Pure: the driver plans against its storage, then passes each block and operation through here, in order, and sends
/// what comes back.
public struct FetchServer: ~Copyable {
    private enum State: ~Copyable {
        case planning
        case sending(Sent)
        case closed
    }

    /// What was sent so far.
    private struct Sent {
        var epoch: UInt64
        var nextOrdinal: UInt64
        /// What the requester has a beginning of.
        var unfinished: UnfinishedBlock?
        var digest = TranscriptDigest()
        var objectCount: UInt64 = 0
        var blockCount: UInt64 = 0
        var operationCount: UInt64 = 0
        var marks: [NodeID: UInt64] = [:]
    }

    /// Check that the requester may read its project, then plan it.
    public let request: FetchMessage
    private var state: State

    /// Reads the frame that opened the stream.
    ///
    /// - Throws: ``WireError``; end the stream with its code.
    public init(_ header: FrameHeader, payload: RawSpan) throws(WireError) {
        let request = try FetchMessage(decoding: payload)
        guard header.flags.contains(.end) else { throw WireError(.unexpectedFrame) }  // FETCH-1
        self.init(request, .planning)
    }

    private init(_ request: FetchMessage, _ state: consuming State) {
        self.request = request
        self.state = state
    }

    /// The asking half has nothing more to say: any further frame is an error.
    public mutating func received(_ header: FrameHeader) -> SyncError {
        self.state = .closed
        return SyncError(.unexpectedFrame, scope: .stream)
    }

    /// Starts sending.
    ///
    /// - Parameter plan: what will come. With ``PlanMessage/Flags/startingOver`` its first ordinal is 0.
    /// - Returns: the PLAN.
    /// - Precondition: called once, first.
    public mutating func planned(_ plan: PlanMessage) -> PlanMessage {
        switch consume self.state {
        case .planning:
            let sent = Sent(
                epoch: plan.epoch, nextOrdinal: plan.firstOrdinal, unfinished: self.request.unfinished)
            self = Self(self.request, .sending(sent))
            return plan
        case .sending:
            preconditionFailure("a FETCH is planned once")
        case .closed:
            preconditionFailure("a FETCH is planned once")
        }
    }

    /// The whole answer when the requester's cursor stands and nothing is new (`FETCH-14`).
    ///
    /// - Returns: the DONE, to be sent with ``FrameHeader/Flags/end``.
    /// - Precondition: called in place of ``planned(_:)``; the request has a cursor.
    public mutating func unchanged() -> DoneMessage {
        guard let cursor = self.request.cursor else { preconditionFailure("nothing to stand still at") }
        switch consume self.state {
        case .planning:
            self = Self(self.request, .closed)
            return DoneMessage(cursor: cursor)
        case .sending:
            preconditionFailure("a FETCH is planned once")
        case .closed:
            preconditionFailure("a FETCH is planned once")
        }
    }

    /// Puts one block on the DATA stream.
    ///
    /// - Parameter nextOrdinal: the ordinal behind the block's last object; 0 when objects were asked for by id.
    /// - Returns: what to send before those of the block, in the same DATA stream, and what to leave out of it.
    /// - Precondition: ordinals do not go back.
    public mutating func sending(_ block: BlockHeader, nextOrdinal: UInt64) -> DataRecord {
        switch consume self.state {
        case .sending(var sent):
            precondition(nextOrdinal >= sent.nextOrdinal, "ordinals go back")
            sent.nextOrdinal = nextOrdinal
            sent.digest.add(block)
            sent.objectCount += UInt64(block.objectCount)
            sent.blockCount += 1
            let record = DataRecord(block, nextOrdinal: nextOrdinal, &sent.unfinished)
            self = Self(self.request, .sending(sent))
            return record
        case .planning:
            preconditionFailure("a block before the plan, or after the end")
        case .closed:
            preconditionFailure("a block before the plan, or after the end")
        }
    }

    /// Puts operations on the stream.
    ///
    /// - Returns: the payload of an OPS frame; sending it spends credit.
    /// - Precondition: they follow the requester's mark of their origin without a gap.
    public mutating func sending(_ operations: OperationsMessage) -> [UInt8] {
        switch consume self.state {
        case .sending(var sent):
            let payload = operations.encoded()
            sent.digest.add(operations: payload.span.bytes)
            sent.operationCount += UInt64(operations.records.count)
            sent.marks[operations.origin] = operations.lastSequence
            self = Self(self.request, .sending(sent))
            return payload
        case .planning:
            preconditionFailure("operations before the plan, or after the end")
        case .closed:
            preconditionFailure("operations before the plan, or after the end")
        }
    }

    /// The end.
    ///
    /// - Parameters:
    ///   - nextOrdinal: where the next FETCH starts, or the journal's end (`FETCH-19`); not before the last block's.
    ///   - missingCount: wanted objects that the project does not have.
    /// - Returns: the DONE, to be sent with ``FrameHeader/Flags/end``.
    public mutating func finished(nextOrdinal: UInt64, missingCount: UInt64 = 0) -> DoneMessage {
        switch consume self.state {
        case .sending(let sent):
            precondition(nextOrdinal >= sent.nextOrdinal, "the end lies before the last block")
            self = Self(self.request, .closed)
            return DoneMessage(
                cursor: JournalCursor(epoch: sent.epoch, nextOrdinal: nextOrdinal),
                marks: sent.marks.sorted { $0.key < $1.key }.map { OperationMark(origin: $0.key, sequence: $0.value) },
                objectCount: sent.objectCount, blockCount: sent.blockCount, operationCount: sent.operationCount,
                missingCount: missingCount, digest: sent.digest.value)
        case .planning:
            preconditionFailure("the end before the plan, or twice")
        case .closed:
            preconditionFailure("the end before the plan, or twice")
        }
    }
}
