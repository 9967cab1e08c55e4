import SyncProtocol

/// Where frames of one stream wait for whoever serves it.
struct StreamInbox {
    /// Frames that nobody has looked at. The bytes of DATA, OPS and OFFER are bounded by credit, their number by this.
    private static let unreadFrameCountMax = 16_384
    /// Payload bytes of other frames that nobody has looked at. No rule lets a peer have more of them under way.
    private static let uncreditedByteCountMax = 1 << 20

    private let frames: AsyncThrowingStream<SyncFrame, any Error>.Continuation
    private let life: AsyncStream<Void>.Continuation
    private var uncreditedByteCount = 0

    /// A stream and the inbox of its frames.
    static func make(_ id: UInt32, of connection: SyncConnection) -> (SyncStream, StreamInbox) {
        let (frames, toFrames) = AsyncThrowingStream.makeStream(
            of: SyncFrame.self, throwing: (any Error).self, bufferingPolicy: .bufferingOldest(Self.unreadFrameCountMax))
        let (life, toLife) = AsyncStream.makeStream(of: Void.self)
        let stream = SyncStream(id: id, connection: connection, frames: frames, life: life)
        return (stream, StreamInbox(frames: toFrames, life: toLife))
    }

    private init(
        frames: AsyncThrowingStream<SyncFrame, any Error>.Continuation, life: AsyncStream<Void>.Continuation
    ) {
        self.frames = frames
        self.life = life
    }

    /// - Throws: ``ErrorCode/rateLimited`` when too much would wait.
    mutating func deliver(_ frame: SyncFrame) throws(SyncError) {
        switch self.frames.yield(frame) {
        case .enqueued(let remaining):
            // Nothing else waits, so whatever came before was taken.
            if remaining >= Self.unreadFrameCountMax - 1 { self.uncreditedByteCount = 0 }
            if !frame.header.type.spendsCredit { self.uncreditedByteCount += frame.payload.count }
        case .dropped: throw SyncError(.rateLimited, scope: .connection)
        default: break
        }
        guard self.uncreditedByteCount <= Self.uncreditedByteCountMax else {
            throw SyncError(.rateLimited, scope: .connection)
        }
        if frame.header.flags.contains(.end) { self.frames.finish() }
    }

    /// Whoever only waits for something to happen waits no longer.
    func endLife() { self.life.finish() }

    /// - Parameter reason: `nil` when this side lets go of the stream.
    func finish(throwing reason: (any Error)? = nil) {
        self.frames.finish(throwing: reason)
        self.life.finish()
    }
}
