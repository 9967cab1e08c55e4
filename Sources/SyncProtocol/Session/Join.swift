/// The asking half of one JOIN (Spec §20.4). Pure; the driver sends ``request`` as the stream's only frame.
public struct JoinClient: ~Copyable {
    public let request: JoinMessage
    private var isWaiting = true

    public init(_ request: JoinMessage) { self.request = request }

    public enum OnFrame: Equatable, Sendable {
        case joined(JoinedMessage)
        /// End the stream with this error.
        case fail(SyncError)
    }

    /// Takes one frame of the stream.
    public mutating func received(_ header: FrameHeader, payload: RawSpan) -> OnFrame {
        guard self.isWaiting, header.type == .joined, header.flags.contains(.end) else {
            return .fail(SyncError(.unexpectedFrame, scope: .stream))
        }
        self.isWaiting = false
        do throws(WireError) {
            return .joined(try JoinedMessage(decoding: payload))
        } catch {
            return .fail(SyncError(error.code, scope: .stream))
        }
    }
}

/// The answering half of one JOIN (Spec §20.4).
public struct JoinServer: Sendable {
    /// Check that the connection's invitation holds.
    public let request: JoinMessage

    /// Reads the frame that opened the stream.
    ///
    /// - Throws: ``WireError``; end the stream with its code.
    public init(_ header: FrameHeader, payload: RawSpan) throws(WireError) {
        let request = try JoinMessage(decoding: payload)
        guard header.flags.contains(.end) else { throw WireError(.unexpectedFrame) }  // JOIN-2
        self.request = request
    }
}
