public import ObjectModel

/// The asking half of one RECONCILE (Spec §18.6).
///
/// Pure: the driver opens a stream with ``request``, without END, and does what comes back.
public struct ReconcileClient: ~Copyable {
    private enum State: Equatable {
        case starting
        /// Cells up to before `end` are asked for.
        case sketching(end: Int)
        /// So many of the names that were found are asked for.
        case naming(end: Int)
        case closed
    }

    public let request: ReconcileMessage
    private let cellCountMax: Int
    private var state = State.starting
    private var sketch: SketchEncoder
    private var decoder: SketchDecoder
    private var difference = SketchDifference()
    /// Names that were asked for and answered.
    private var namedCount = 0
    private var missing: [ObjectID] = []

    /// - Parameters:
    ///   - sketch: of all objects that this side has, under `key`; no cells made.
    ///   - cellCountMax: cells after which comparing the sets in another way is cheaper.
    public init(
        project: ProjectID, key: SketchKey, sketch: consuming SketchEncoder,
        cellCountMax: Int = Limits.sketchCellCountMax
    ) {
        self.request = ReconcileMessage(project: project, key: key, digest: sketch.digest)
        self.decoder = SketchDecoder(ours: sketch.digest, theirs: SetDigest())
        self.sketch = sketch
        self.cellCountMax = min(cellCountMax, Limits.sketchCellCountMax)
    }

    /// How the sets differ.
    public struct Outcome: Equatable, Sendable {
        /// Objects that only the peer has.
        public var missing: [ObjectID]
        /// Objects that only the peer had, and that it does not know any more.
        public var goneCount: Int
        /// Keyed ids of objects that only this side has, ascending (``SketchKey/objects(named:in:)``).
        public var surplus: [UInt64]

        public init(missing: [ObjectID] = [], goneCount: Int = 0, surplus: [UInt64] = []) {
            self.missing = missing
            self.goneCount = goneCount
            self.surplus = surplus
        }
    }

    public enum Step: Equatable, Sendable {
        case send(MoreMessage)
        /// Send this with ``FrameHeader/Flags/end``; the last answer is still to come.
        case sendEnd(MoreMessage)
        /// The sets are equal. Send this with ``FrameHeader/Flags/end``; the stream is over.
        case equal(MoreMessage)
        /// The stream is over.
        case finish(Outcome)
        /// More cells would be needed than allowed: give the stream up with ``ErrorCode/cancelled``.
        case tooDifferent(estimatedCount: Int)
        /// End the stream with this error.
        case fail(SyncError)
    }

    /// Takes one frame of the stream. Making cells may take a moment when the set is large.
    public mutating func received(_ header: FrameHeader, payload: RawSpan) -> Step {
        let isLast = header.flags.contains(.end)
        do throws(WireError) {
            switch (self.state, header.type) {
            case (.starting, .sketch): return try self.receivedFirst(SketchMessage(decoding: payload), isLast)
            case (.sketching(let end), .sketch):
                return try self.receivedCells(SketchMessage(decoding: payload), isLast, end)
            case (.naming(let end), .ids): return try self.receivedIDs(IDsMessage(decoding: payload), isLast, end)
            case (.starting, _), (.sketching, _), (.naming, _), (.closed, _): throw WireError(.unexpectedFrame)
            }
        } catch {
            self.state = .closed
            return .fail(SyncError(error.code, scope: .stream))
        }
    }

    private mutating func receivedFirst(_ message: SketchMessage, _ isLast: Bool) throws(WireError) -> Step {
        guard let digest = message.digest else { throw WireError(.orderViolated) }  // RECON-11
        let isEqual = digest == self.request.digest
        guard message.cells.isEmpty == isEqual else { throw WireError(.orderViolated) }  // RECON-10
        guard isLast == isEqual else { throw WireError(.unexpectedFrame) }  // RECON-9
        if isEqual {
            self.state = .closed
            return .equal(MoreMessage())
        }
        self.decoder = SketchDecoder(ours: self.request.digest, theirs: digest)
        return try self.decode(message.cells)
    }

    private mutating func receivedCells(_ message: SketchMessage, _ isLast: Bool, _ end: Int) throws(WireError) -> Step
    {
        guard !isLast else { throw WireError(.unexpectedFrame) }  // RECON-9
        let start = self.decoder.cellCount
        guard message.firstCell == start, message.cells.count == end - start else {  // RECON-11
            throw WireError(.orderViolated)
        }
        return try self.decode(message.cells)
    }

    private mutating func decode(_ cells: [SketchCell]) throws(WireError) -> Step {
        let ours = self.sketch.cells(upTo: self.sketch.cellCount + cells.count)
        switch self.decoder.add(cells, minus: ours) {
        case .inconsistent: throw WireError(.contentMismatch)  // RECON-8
        case .complete(let difference):
            self.difference = difference
            return self.askForNames()
        case .needMore:
            let (have, wanted) = (self.decoder.cellCount, self.decoder.cellCountWanted)
            guard wanted <= self.cellCountMax else {
                self.state = .closed
                return .tooDifferent(estimatedCount: self.decoder.estimatedCount)
            }
            let end = min(wanted, have + Limits.sketchMessageCellCountMax)
            self.state = .sketching(end: end)
            return .send(MoreMessage(cellEnd: end))
        }
    }

    private mutating func askForNames() -> Step {
        let names = self.difference.onlyTheirs
        let end = min(self.namedCount + Limits.namedCountMax, names.count)
        self.state = .naming(end: end)
        let message = MoreMessage(keyedIDs: Array(names[self.namedCount..<end]))
        return end < names.count ? .send(message) : .sendEnd(message)
    }

    private mutating func receivedIDs(_ message: IDsMessage, _ isLast: Bool, _ end: Int) throws(WireError) -> Step {
        let names = self.difference.onlyTheirs
        guard isLast == (end == names.count) else { throw WireError(.unexpectedFrame) }  // RECON-9
        var open = names[self.namedCount..<end]
        for id in message.ids {
            let keyedID = self.request.key.keyed(id)
            guard let place = open.firstIndex(of: keyedID) else { throw WireError(.orderViolated) }  // RECON-13
            open = open[(place + 1)...]
        }
        self.missing += message.ids
        self.namedCount = end
        guard isLast else { return self.askForNames() }
        self.state = .closed
        return .finish(
            Outcome(
                missing: self.missing, goneCount: names.count - self.missing.count, surplus: self.difference.onlyOurs))
    }
}
