/// The asking half of one NEWS (Spec §20.1). Pure; the driver sends ``request`` as the stream's only frame.
public struct NewsClient: ~Copyable {
    public let request: NewsMessage
    private var isWaiting = true

    public init(_ request: NewsMessage) { self.request = request }

    public enum OnFrame: Equatable, Sendable {
        /// These may hold something new.
        case changed(ChangedMessage)
        /// End the stream with this error.
        case fail(SyncError)
    }

    /// Takes one frame of the stream.
    public mutating func received(_ header: FrameHeader, payload: RawSpan) -> OnFrame {
        guard self.isWaiting, header.type == .changed, header.flags.contains(.end) else {
            return .fail(SyncError(.unexpectedFrame, scope: .stream))
        }
        self.isWaiting = false
        do throws(WireError) {
            let changed = try ChangedMessage(decoding: payload)
            // NEWS-4
            guard changed.epoch != self.request.epoch || changed.last >= self.request.after else {
                throw WireError(.orderViolated)
            }
            return .changed(changed)
        } catch {
            return .fail(SyncError(error.code, scope: .stream))
        }
    }
}

/// The answering half of one NEWS (Spec §20.2). Pure; the driver answers once, when there is something to tell.
public struct NewsServer: Sendable {
    /// Check that the requester may ask.
    public let request: NewsMessage

    /// Reads the frame that opened the stream.
    ///
    /// - Throws: ``WireError``; end the stream with its code.
    public init(_ header: FrameHeader, payload: RawSpan) throws(WireError) {
        let request = try NewsMessage(decoding: payload)
        guard header.flags.contains(.end) else { throw WireError(.unexpectedFrame) }  // NEWS-1
        self.request = request
    }

    /// The change after which there is news for the requester, in the numbering of `epoch`.
    public func position(in epoch: UInt64) -> UInt64 { self.request.epoch == epoch ? self.request.after : 0 }
}
