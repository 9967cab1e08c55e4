public import ObjectModel

/// The answering half of one RECONCILE (Spec §18.7).
///
/// Pure: the driver makes the sketch of the project's objects and looks up the objects that are named.
public struct ReconcileServer: ~Copyable {
    private enum State: Equatable {
        /// The sketch is being made.
        case preparing
        case sketching
        /// The driver looks up what was named.
        case lookingUp(isLast: Bool)
        case naming
        /// The sets are equal; the peer has only to end its side.
        case ending
        case closed
    }

    /// Check that the requester may read its project, then make its sketch under the key.
    public let request: ReconcileMessage
    private var state = State.preparing
    private var sketch = SketchEncoder()
    private var namedCount = 0

    /// Reads the frame that opened the stream.
    ///
    /// - Throws: ``WireError``; end the stream with its code.
    public init(_ header: FrameHeader, payload: RawSpan) throws(WireError) {
        let request = try ReconcileMessage(decoding: payload)
        guard !header.flags.contains(.end) else { throw WireError(.unexpectedFrame) }  // RECON-9
        self.request = request
    }

    public enum Step: Equatable, Sendable {
        /// Nothing: the stream is over already.
        case none
        case send(Message)
        /// Send this with ``FrameHeader/Flags/end``; the peer's last frame is still to come.
        case sendEnd(Message)
        /// Send this with ``FrameHeader/Flags/end``; the stream is over.
        case sendLast(Message)
        /// Find the objects of these keyed ids (``SketchKey/objects(named:in:)``), then call
        /// ``ReconcileServer/found(_:)``.
        case lookUp([UInt64])
        /// The stream is over.
        case finish
        /// End the stream with this error.
        case fail(SyncError)
    }

    /// The sketch of the project is there.
    ///
    /// - Parameter sketch: of all objects of the project, under the key of ``request``; no cells made.
    public mutating func prepared(_ sketch: consuming SketchEncoder) -> Step {
        guard self.state == .preparing else { return .none }
        let digest = sketch.digest
        if digest == self.request.digest {  // RECON-10
            self.state = .ending
            return .sendEnd(.sketch(SketchMessage(digest: digest)))
        }
        self.state = .sketching
        self.sketch = sketch
        let cells = self.sketch.cells(upTo: Self.firstCellCount(digest, self.request.digest))
        return .send(.sketch(SketchMessage(digest: digest, cells: cells)))
    }

    /// The cells to begin with: enough when one set holds the other one, or nearly.
    private static func firstCellCount(_ one: SetDigest, _ other: SetDigest) -> Int {
        let least = abs(one.count - other.count)
        return min(least + 3 * least / 8 + 64, Limits.sketchMessageCellCountMax)
    }

    /// Takes one frame of the stream. Making cells may take a moment when the set is large.
    public mutating func received(_ header: FrameHeader, payload: RawSpan) -> Step {
        guard header.type == .more else { return self.fail(.unexpectedFrame) }
        let more: MoreMessage
        do {
            more = try MoreMessage(decoding: payload)
        } catch {
            return self.fail(error.code)
        }
        let isLast = header.flags.contains(.end)
        switch self.state {
        case .sketching where more.cellEnd > 0 && !isLast: return self.sendCells(upTo: more.cellEnd)
        case .sketching where more.cellEnd == 0, .naming where more.cellEnd == 0:
            return self.receivedNames(more.keyedIDs, isLast: isLast)
        case .ending where more == MoreMessage() && isLast:
            self.state = .closed
            return .finish
        case .preparing, .sketching, .lookingUp, .naming, .ending, .closed: return self.fail(.unexpectedFrame)
        }
    }

    private mutating func sendCells(upTo end: Int) -> Step {
        let start = self.sketch.cellCount
        guard end > start, end - start <= Limits.sketchMessageCellCountMax else {  // RECON-11
            return self.fail(.orderViolated)
        }
        return .send(.sketch(SketchMessage(firstCell: start, cells: self.sketch.cells(upTo: end))))
    }

    private mutating func receivedNames(_ names: [UInt64], isLast: Bool) -> Step {
        self.namedCount += names.count
        guard self.namedCount <= self.sketch.cellCount else { return self.fail(.orderViolated) }  // RECON-12
        guard isLast || !names.isEmpty else { return self.fail(.unexpectedFrame) }  // RECON-9
        self.state = .lookingUp(isLast: isLast)
        return names.isEmpty ? self.found([]) : .lookUp(names)
    }

    /// The objects that were asked for, in the order of their names; unknown ones left out.
    public mutating func found(_ ids: [ObjectID]) -> Step {
        guard case .lookingUp(let isLast) = self.state else { return .none }
        self.state = isLast ? .closed : .naming
        let message = Message.ids(IDsMessage(ids: ids))
        return isLast ? .sendLast(message) : .send(message)
    }

    private mutating func fail(_ code: ErrorCode) -> Step {
        self.state = .closed
        return .fail(SyncError(code, scope: .stream))
    }
}
