/// The asking half of one LEASE (Spec §21.2). Pure; the driver sends ``request`` as the stream's only frame.
public struct LeaseClient: ~Copyable {
    public let request: LeaseMessage
    private var isWaiting = true

    public init(_ request: LeaseMessage) { self.request = request }

    public enum OnFrame: Equatable, Sendable {
        /// Check the signature, and that the lease is what was asked for.
        case leased(LeasedMessage)
        /// End the stream with this error.
        case fail(SyncError)
    }

    /// Takes one frame of the stream.
    public mutating func received(_ header: FrameHeader, payload: RawSpan) -> OnFrame {
        guard self.isWaiting, header.type == .leased, header.flags.contains(.end) else {
            return .fail(SyncError(.unexpectedFrame, scope: .stream))
        }
        self.isWaiting = false
        do throws(WireError) {
            return .leased(try LeasedMessage(decoding: payload))
        } catch {
            return .fail(SyncError(error.code, scope: .stream))
        }
    }
}

/// The answering half of one LEASE (Spec §21.2).
public struct LeaseServer: Sendable {
    /// Check that the connection is an edge's, and what the token may do.
    public let request: LeaseMessage

    /// Reads the frame that opened the stream.
    ///
    /// - Throws: ``WireError``; end the stream with its code.
    public init(_ header: FrameHeader, payload: RawSpan) throws(WireError) {
        let request = try LeaseMessage(decoding: payload)
        guard header.flags.contains(.end) else { throw WireError(.unexpectedFrame) }  // LEASE-1
        self.request = request
    }
}
