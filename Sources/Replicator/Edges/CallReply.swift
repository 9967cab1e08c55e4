public import SyncProtocol
import SyncTransport

/// The answer of a region's API to a request that was passed on. Its stream ends with the last reference to this.
public final class CallReply: Sendable {
    public let message: AnswerMessage
    public let hasBody: Bool
    private let stream: SyncStream
    private let slot: StreamSlots.Slot
    /// Has seen the answer.
    private let machine: CallClient

    /// Waits for the answer to a request that was sent.
    init(to request: CallMessage, on stream: SyncStream, in slot: StreamSlots.Slot) async throws {
        var machine = CallClient(request)
        var frames = stream.frames.makeAsyncIterator()
        guard let frame = try await frames.next() else { throw SyncTransportError.disconnected }
        switch machine.received(frame.header, payload: frame.payload.span.bytes) {
        case .answer(let message, let isLast):
            self.message = message
            self.hasBody = !isLast
        case .body: preconditionFailure("an answer comes first")
        case .fail(let error): throw error
        }
        self.machine = machine
        self.stream = stream
        self.slot = slot
    }

    deinit {
        let (stream, slot) = (self.stream, self.slot)
        Task {
            await stream.close()
            withExtendedLifetime(slot) {}
        }
    }

    /// The body, which is read once. Fails when it does not come whole.
    public var body: Body { Body(reply: self) }

    /// What is read is given back as credit when the next piece is asked for.
    public struct Body: AsyncSequence, Sendable {
        fileprivate let reply: CallReply

        public func makeAsyncIterator() -> Iterator { Iterator(self.reply) }

        public struct Iterator: AsyncIteratorProtocol {
            /// Keeps the stream open.
            private let reply: CallReply
            private var machine: CallClient
            private var frames: CreditedFrames
            private var isComplete: Bool

            fileprivate init(_ reply: CallReply) {
                self.reply = reply
                self.machine = reply.machine
                self.frames = CreditedFrames(of: reply.stream)
                self.isComplete = !reply.hasBody
            }

            public mutating func next(isolation: isolated (any Actor)?) async throws -> [UInt8]? {
                guard !self.isComplete else {
                    try await self.frames.release()
                    return nil
                }
                guard let frame = try await self.frames.next(isolation: isolation) else {
                    throw SyncTransportError.disconnected
                }
                switch self.machine.received(frame.header, payload: frame.payload.span.bytes) {
                case .body(let isLast): self.isComplete = isLast
                case .answer: preconditionFailure("there is one answer")
                case .fail(let error): throw error
                }
                return frame.payload
            }
        }
    }
}
