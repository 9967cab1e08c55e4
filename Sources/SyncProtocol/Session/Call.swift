/// The asking half of one CALL (Spec §21.1). Pure; the driver sends ``request`` and, unless it carries END, its body as
/// DATA. It may be answered before the body has gone out.
public struct CallClient: Sendable {
    private enum State { case awaitingAnswer, receiving, closed }

    public let request: CallMessage
    private var state = State.awaitingAnswer

    public init(_ request: CallMessage) { self.request = request }

    public enum OnFrame: Equatable, Sendable {
        case answer(AnswerMessage, isLast: Bool)
        /// The payload is part of the answer's body. Release its bytes once they are done with.
        case body(isLast: Bool)
        /// End the stream with this error.
        case fail(SyncError)
    }

    /// Takes one frame of the stream.
    public mutating func received(_ header: FrameHeader, payload: RawSpan) -> OnFrame {
        let isLast = header.flags.contains(.end)
        switch (self.state, header.type) {
        case (.awaitingAnswer, .answer):
            self.state = isLast ? .closed : .receiving
            do throws(WireError) {
                return .answer(try AnswerMessage(decoding: payload), isLast: isLast)
            } catch {
                self.state = .closed
                return .fail(SyncError(error.code, scope: .stream))
            }
        case (.receiving, .data):
            if isLast { self.state = .closed }
            return .body(isLast: isLast)
        default:
            self.state = .closed
            return .fail(SyncError(.unexpectedFrame, scope: .stream))  // CALL-2
        }
    }
}

/// The answering half of one CALL (Spec §21.1). Pure; the driver asks its API and sends ANSWER, then the body as DATA.
public struct CallServer: Sendable {
    public let request: CallMessage
    /// No body follows, or all of it has come.
    public private(set) var isComplete: Bool

    /// Reads the frame that opened the stream.
    ///
    /// - Throws: ``WireError``; end the stream with its code.
    public init(_ header: FrameHeader, payload: RawSpan) throws(WireError) {
        self.request = try CallMessage(decoding: payload)
        self.isComplete = header.flags.contains(.end)
    }

    /// Takes one further frame. Its payload is part of the request's body; release its bytes once they are done with.
    ///
    /// - Returns: an error to end the stream with.
    public mutating func received(_ header: FrameHeader) -> SyncError? {
        guard !self.isComplete, header.type == .data else {
            return SyncError(.unexpectedFrame, scope: .stream)  // CALL-2
        }
        self.isComplete = header.flags.contains(.end)
        return nil
    }
}
