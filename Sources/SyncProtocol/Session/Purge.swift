/// The telling half of one PURGE (Spec §22.3). Pure; the driver sends ``request`` as the stream's only frame.
public struct PurgeClient: ~Copyable {
    public let request: PurgeMessage
    private var isWaiting = true

    public init(_ request: PurgeMessage) { self.request = request }

    public enum OnFrame: Equatable, Sendable {
        case purged(PurgedMessage)
        /// End the stream with this error.
        case fail(SyncError)
    }

    /// Takes one frame of the stream.
    public mutating func received(_ header: FrameHeader, payload: RawSpan) -> OnFrame {
        guard self.isWaiting, header.type == .purged, header.flags.contains(.end) else {
            return .fail(SyncError(.unexpectedFrame, scope: .stream))
        }
        self.isWaiting = false
        do throws(WireError) {
            return .purged(try PurgedMessage(decoding: payload))
        } catch {
            return .fail(SyncError(error.code, scope: .stream))
        }
    }
}

/// The told half of one PURGE (Spec §22.3).
public struct PurgeServer: Sendable {
    /// Check that it comes from a region.
    public let request: PurgeMessage

    /// Reads the frame that opened the stream.
    ///
    /// - Throws: ``WireError``; end the stream with its code.
    public init(_ header: FrameHeader, payload: RawSpan) throws(WireError) {
        let request = try PurgeMessage(decoding: payload)
        guard header.flags.contains(.end) else { throw WireError(.unexpectedFrame) }  // PURGE-2
        self.request = request
    }
}
