/// The asking half of one WATCH (Spec §11.1). Pure; the driver sends ``request`` as the stream's only frame.
public struct WatchClient: ~Copyable {
    public let request: WatchMessage
    private var isWaiting = true

    public init(_ request: WatchMessage) { self.request = request }

    public enum OnFrame: Equatable, Sendable {
        /// There is something to fetch.
        case moved(HeadMessage)
        /// End the stream with this error.
        case fail(SyncError)
    }

    /// Takes one frame of the stream.
    public mutating func received(_ header: FrameHeader, payload: RawSpan) -> OnFrame {
        guard self.isWaiting, header.type == .head, header.flags.contains(.end) else {
            return .fail(SyncError(.unexpectedFrame, scope: .stream))
        }
        self.isWaiting = false
        do {
            return .moved(try HeadMessage(decoding: payload))
        } catch {
            return .fail(SyncError(error.code, scope: .stream))
        }
    }
}

/// The answering half of one WATCH (Spec §11.2). Pure; the driver reports the head at the start and at each change.
public struct WatchServer: ~Copyable {
    /// Check that the requester may read its project.
    public let request: WatchMessage
    private var isAnswered = false

    /// Reads the frame that opened the stream.
    ///
    /// - Throws: ``WireError``; end the stream with its code.
    public init(_ header: FrameHeader, payload: RawSpan) throws(WireError) {
        let request = try WatchMessage(decoding: payload)
        guard header.flags.contains(.end) else { throw WireError(.unexpectedFrame) }  // WATCH-1
        self.request = request
    }

    public enum OnHead: Equatable, Sendable {
        /// The requester has all of this; report the next change.
        case wait
        /// Send this with ``FrameHeader/Flags/end``.
        case send(HeadMessage)
        /// The answer was given already.
        case done
    }

    /// Where the project stands now.
    public mutating func head(_ head: HeadMessage) -> OnHead {
        guard !self.isAnswered else { return .done }
        guard head.isAhead(of: self.request.cursor, marks: self.request.marks) else { return .wait }
        self.isAnswered = true
        return .send(head)
    }
}
