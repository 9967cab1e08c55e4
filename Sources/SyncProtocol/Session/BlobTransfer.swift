public import ObjectModel

/// The asking half of one BLOB (Spec §19.2). Pure; the driver sends ``request`` with END, verifies and stores the parts.
public struct BlobClient: ~Copyable {
    private enum State { case awaitingParts, receiving, closed }

    public let request: BlobMessage
    private var state = State.awaitingParts
    /// While receiving. Beside the state, so that it grows in place.
    private var receipt: PartReceipt?

    public init(_ request: BlobMessage) { self.request = request }

    public enum OnFrame: Equatable, Sendable {
        /// The file's parts. They are those of the digest that was asked for.
        case begin(BlobParts)
        /// The payload is part of the file: call ``BlobClient/nextPart(in:at:)`` until it needs more.
        case readData
        /// The file is empty, or no part was wanted.
        case finish
        /// End the stream with this error.
        case fail(SyncError)
    }

    /// Takes one frame of the stream.
    public mutating func received(_ header: FrameHeader, payload: RawSpan) -> OnFrame {
        let isLast = header.flags.contains(.end)
        switch (self.state, header.type) {
        case (.awaitingParts, .parts): return self.receivedParts(payload, isLast: isLast)
        case (.receiving, .data):
            if isLast { self.receipt?.end() }
            return .readData
        default: return self.fail(.unexpectedFrame)
        }
    }

    private mutating func receivedParts(_ payload: RawSpan, isLast: Bool) -> OnFrame {
        let parts: BlobParts
        do {
            parts = try PartsMessage(decoding: payload).parts
        } catch {
            return self.fail(error.code)
        }
        guard parts.digest == self.request.digest else { return self.fail(.contentMismatch) }  // PART-4
        guard let wanted = self.request.wanted(of: parts.count) else { return self.fail(.orderViolated) }
        guard wanted.isEmpty == isLast else { return self.fail(isLast ? .truncated : .unexpectedFrame) }
        guard !isLast else {
            self.state = .closed
            return .finish
        }
        self.state = .receiving
        self.receipt = PartReceipt(parts, expecting: Array(wanted))
        return .begin(parts)
    }

    private mutating func fail(_ code: ErrorCode) -> OnFrame {
        self.state = .closed
        return .fail(SyncError(code, scope: .stream))
    }

    /// Takes bytes of a DATA payload from `offset` on and moves `offset` behind them.
    public mutating func nextPart(in payload: RawSpan, at offset: inout Int) -> PartStep {
        self.receipt?.next(in: payload, at: &offset) ?? .fail(SyncError(.unexpectedFrame, scope: .stream))
    }
}

/// The answering half of one BLOB (Spec §19.2). Pure; the driver reads the file.
public struct BlobServer: ~Copyable {
    /// Check that the requester may read its project, and that the project has such a file.
    public let request: BlobMessage

    /// Reads the frame that opened the stream.
    ///
    /// - Throws: ``WireError``; end the stream with its code.
    public init(_ header: FrameHeader, payload: RawSpan) throws(WireError) {
        let request = try BlobMessage(decoding: payload)
        guard header.flags.contains(.end) else { throw WireError(.unexpectedFrame) }  // BLOB-1
        self.request = request
    }

    /// Which parts to send, after PARTS; when there are none, PARTS carries END.
    ///
    /// - Throws: ``WireError`` when the file has no such parts (`BLOB-2`).
    public func wanted(of parts: BlobParts) throws(WireError) -> Range<Int> {
        guard let wanted = self.request.wanted(of: parts.count) else { throw WireError(.orderViolated) }
        return wanted
    }
}

/// The giving half of one PUT (Spec §19.3). Pure; the driver reads the file.
public struct PutClient: ~Copyable {
    private enum State { case awaitingNeed, awaitingResult, closed }

    public let request: PutMessage
    private var state = State.awaitingNeed

    public init(_ request: PutMessage) { self.request = request }

    public enum OnFrame: Equatable, Sendable {
        /// Send the bytes of these parts as DATA, in this order, and end with END.
        case send([Int])
        /// The file is durable there.
        case finish
        /// End the stream with this error.
        case fail(SyncError)
    }

    /// Takes one frame of the stream.
    public mutating func received(_ header: FrameHeader, payload: RawSpan) -> OnFrame {
        let isLast = header.flags.contains(.end)
        do throws(WireError) {
            switch (self.state, header.type, isLast) {
            case (.awaitingNeed, .need, false):
                let need = try NeedMessage(decoding: payload)
                guard need.window == 0, need.indexEnd <= self.request.parts.count else {
                    throw WireError(.orderViolated)  // PUT-2
                }
                self.state = .awaitingResult
                return .send((0..<self.request.parts.count).filter(need.needs))
            case (.awaitingResult, .result, true):
                guard try ResultMessage(decoding: payload).outcome == .applied else {
                    throw WireError(.invalidField, tag: 2)
                }
                self.state = .closed
                return .finish
            default: throw WireError(.unexpectedFrame)
            }
        } catch {
            self.state = .closed
            return .fail(SyncError(error.code, scope: .stream))
        }
    }
}

/// The taking half of one PUT (Spec §19.3). Pure; the driver verifies and stores the parts.
public struct PutServer: ~Copyable {
    /// Check that the sender may write to its project.
    public let request: PutMessage
    private var receipt: PartReceipt?

    /// Reads the frame that opened the stream.
    ///
    /// - Throws: ``WireError``; end the stream with its code.
    public init(_ header: FrameHeader, payload: RawSpan) throws(WireError) {
        let request = try PutMessage(decoding: payload)
        guard !header.flags.contains(.end) else { throw WireError(.unexpectedFrame) }  // PUT-1
        self.request = request
    }

    /// Says which parts are missing, ascending.
    ///
    /// - Returns: the NEED.
    /// - Precondition: called once, first.
    public mutating func needing(_ missing: [Int]) -> NeedMessage {
        precondition(self.receipt == nil, "the parts are asked for once")
        self.receipt = PartReceipt(self.request.parts, expecting: missing)
        let missing = Set(missing)
        return NeedMessage(window: 0, needed: (0..<self.request.parts.count).map(missing.contains))
    }

    /// Takes one frame of the stream.
    ///
    /// - Returns: an error to end the stream with; `nil` when the payload is part of the file: call
    ///   ``nextPart(in:at:)`` until it needs more.
    public mutating func received(_ header: FrameHeader) -> SyncError? {
        guard self.receipt != nil, header.type == .data else { return SyncError(.unexpectedFrame, scope: .stream) }
        if header.flags.contains(.end) { self.receipt?.end() }
        return nil
    }

    /// Takes bytes of a DATA payload from `offset` on and moves `offset` behind them.
    public mutating func nextPart(in payload: RawSpan, at offset: inout Int) -> PartStep {
        self.receipt?.next(in: payload, at: &offset) ?? .fail(SyncError(.unexpectedFrame, scope: .stream))
    }
}
