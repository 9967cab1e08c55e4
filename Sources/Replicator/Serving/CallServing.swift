public import ObjectModel
public import SyncProtocol
import SyncTransport
import Synchronization

/// The API of this node, for requests that other nodes pass on (Spec §21.1).
public protocol CallHandler: Sendable {
    /// Answers one request, by ``CallAnswer/begin(_:isLast:)`` first.
    ///
    /// - Parameters:
    ///   - body: of the request; it is read once.
    ///   - holder: whose lease the request is made by, in place of a token. The lease is good; whether the token holds
    ///     still is not known.
    func answer(_ request: CallMessage, body: CallBody, by holder: Lease.Holder?, to answer: CallAnswer) async throws
}

/// The body of a request that another node passes on. What is read is given back as credit when the next piece is asked for.
public struct CallBody: AsyncSequence, Sendable {
    fileprivate let stream: SyncStream
    fileprivate let machine: CallServer
    fileprivate let failure = Shortfall()

    init(_ machine: CallServer, on stream: SyncStream) {
        self.machine = machine
        self.stream = stream
    }

    /// Why a body does not come whole.
    fileprivate final class Shortfall: Sendable {
        private let error = Mutex<SyncError?>(nil)

        func noted(_ error: SyncError) -> SyncError {
            self.error.withLock { $0 = error }
            return error
        }

        func check() throws {
            if let error = self.error.withLock({ $0 }) { throw error }
        }
    }

    public struct Iterator: AsyncIteratorProtocol {
        private let failure: Shortfall
        private var machine: CallServer
        private var frames: CreditedFrames

        init(_ body: CallBody) {
            self.failure = body.failure
            self.machine = body.machine
            self.frames = CreditedFrames(of: body.stream)
        }

        public mutating func next(isolation: isolated (any Actor)?) async throws -> [UInt8]? {
            guard !self.machine.isComplete else {
                try await self.frames.release()
                return nil
            }
            guard let frame = try await self.frames.next(isolation: isolation) else {
                throw self.failure.noted(SyncError(.truncated, scope: .stream))
            }
            if let error = self.machine.received(frame.header) { throw self.failure.noted(error) }
            return frame.payload
        }
    }

    public func makeAsyncIterator() -> Iterator { Iterator(self) }
}

/// Where the answer to a request goes that another node passed on.
public struct CallAnswer: Sendable {
    private let stream: SyncStream
    private let failure: CallBody.Shortfall

    init(to body: CallBody) {
        self.stream = body.stream
        self.failure = body.failure
    }

    /// - Throws: what was wrong with the request's body, whatever the answer is.
    public func begin(_ message: AnswerMessage, isLast: Bool) async throws {
        try self.failure.check()
        try await self.stream.send(message, flags: isLast ? .end : [])
    }

    public func write(_ bytes: [UInt8]) async throws { try await self.stream.sendData(bytes) }

    /// The body is whole.
    public func end() async throws { try await self.stream.endData() }
}
