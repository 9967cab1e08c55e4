import GraphQL
import NIOCore
import NIOWebSocket
import Storage
import Synchronization

/// One WebSocket with GraphQL operations on it.
struct GraphQLSocket: Sendable {
    typealias Channel = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>
    private typealias Closing = SocketProtocol.Closing

    /// How long a client may take to say who is there.
    private static let initialisationMax = Duration.seconds(10)
    /// How often an idle connection shows that it lives, and rights are looked at anew.
    private static let beat = Duration.seconds(30)
    /// A client that says nothing for so long, not even in answer to a ping, is gone.
    private static let silenceMax = Duration.seconds(90)
    /// How long the last words may take.
    private static let farewellMax = Duration.seconds(2)
    /// Bytes of a reason (RFC 6455 §5.5).
    private static let reasonByteCountMax = 123

    let form: SocketProtocol
    let sessions: any GraphQLSessions
    /// What the handshake says of the client.
    let visitor: SocketVisitor
    let log: @Sendable (any Error) -> Void

    private final class State: Sendable {
        struct Values {
            var isInitialised = false
            var session: (any GraphQLSession)?
            var lastHeard = ContinuousClock.now
            /// By the client's ids, each with a number of its own.
            var operations: [String: (number: Int, task: Task<Void, Never>)] = [:]
            var operationCount = 0
        }

        let values = Mutex(Values())
        /// Why the connection must end, from one of its operations.
        let closings: AsyncStream<Closing>
        private let toClosings: AsyncStream<Closing>.Continuation

        init() {
            (self.closings, self.toClosings) = AsyncStream.makeStream()
        }

        func close(_ closing: Closing) { self.toClosings.yield(closing) }

        /// Runs an operation until it ends, or is stopped.
        func begin(_ id: String, _ run: @escaping @Sendable () async -> Void) {
            self.values.withLock { values in
                values.operationCount += 1
                let number = values.operationCount
                values.operations[id] = (
                    number,
                    Task {
                        await run()
                        self.finish(id, number)
                    }
                )
            }
        }

        private func finish(_ id: String, _ number: Int) {
            self.values.withLock { values in
                if values.operations[id]?.number == number { values.operations[id] = nil }
            }
        }

        func cancelAll() {
            for operation in self.values.withLock({ $0.operations }).values { operation.task.cancel() }
        }
    }

    /// Serves the connection to its end.
    func run(_ channel: Channel) async {
        do {
            try await channel.executeThenClose { inbound, outbound in
                let state = State()
                defer { state.cancelAll() }
                let closing = await self.serve(inbound, outbound, state)
                await Self.say(closing, to: outbound)
            }
        } catch {
            self.log(error)
        }
    }

    private func serve(
        _ inbound: NIOAsyncChannelInboundStream<WebSocketFrame>,
        _ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>, _ state: State
    ) async -> Closing {
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await self.receive(inbound, outbound, state) }
                group.addTask { try await self.keepAlive(outbound) }
                group.addTask { try await self.watch(state) }
                group.addTask { for await closing in state.closings { throw closing } }
                defer { group.cancelAll() }
                try await group.next()
            }
            return Closing(code: 1000, reason: "")
        } catch let closing as Closing {
            return closing
        } catch {
            self.log(error)
            return Closing(code: error is CancellationError ? 1001 : 1011, reason: "")
        }
    }

    // MARK: Receiving

    private func receive(
        _ inbound: NIOAsyncChannelInboundStream<WebSocketFrame>,
        _ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>, _ state: State
    ) async throws {
        for try await frame in inbound {
            state.values.withLock { $0.lastHeard = .now }
            switch frame.opcode {
            case .text, .binary:
                try await self.take(try self.form.read(Array(frame.unmaskedData.readableBytesView)), outbound, state)
            case .ping:
                try await outbound.write(WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData))
            case .connectionClose: return
            default: continue
            }
        }
    }

    private func take(
        _ request: SocketProtocol.Request, _ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>, _ state: State
    ) async throws {
        switch request {
        case .initialise(let payload): try await self.initialise(payload, outbound, state)
        case .start(let id, let payload): try await self.start(id, payload, outbound, state)
        case .stop(let id):
            guard let operation = state.values.withLock({ $0.operations.removeValue(forKey: id) }) else { return }
            operation.task.cancel()
            if self.form == .legacy { try await self.send(.completed(id: id), to: outbound) }
        case .ping: try await self.send(.pong, to: outbound)
        case .pong: return
        case .terminate: throw Closing(code: 1000, reason: "")
        }
    }

    private func initialise(
        _ payload: GraphQLObject, _ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>, _ state: State
    ) async throws {
        let isFirst = state.values.withLock { values in
            defer { values.isInitialised = true }
            return !values.isInitialised
        }
        guard isFirst else { throw Closing.tooManyInitialisations }
        var visitor = self.visitor
        visitor.token = Self.token(in: payload) ?? visitor.token
        guard let session = try await self.sessions.session(for: visitor) else {
            try await self.send(.refused("Your token is not valid."), to: outbound)
            throw Closing.forbidden
        }
        state.values.withLock { $0.session = session }
        try await self.send(.acknowledged, to: outbound)
        if self.form == .legacy { try await self.send(.alive, to: outbound) }
    }

    /// `Authorization` in any of the places where clients put it.
    private static func token(in payload: GraphQLObject) -> String? {
        for place in [payload, payload["headers"]?.object ?? [:]] {
            for name in ["Authorization", "authorization"] {
                if let text = place[name]?.string { return TokenMiddleware.token(inHeader: text) }
            }
        }
        return nil
    }

    // MARK: Operations

    private func start(
        _ id: String, _ payload: GraphQLValue, _ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>,
        _ state: State
    ) async throws {
        guard let session = state.values.withLock({ $0.session }) else { throw Closing.unauthorized }
        let request: GraphQLRequest
        do throws(GraphQLError) {
            request = try GraphQLRequest(payload)
        } catch {
            return try await self.send(.failed(id: id, [error]), to: outbound)
        }
        try self.makeRoom(for: id, state)
        switch await session.respond(to: request) {
        case .refused(let errors): try await self.send(.failed(id: id, errors), to: outbound)
        case .responses(let responses):
            state.begin(id) { await self.run(id, responses, outbound, state) }
        }
    }

    private func makeRoom(for id: String, _ state: State) throws {
        try state.values.withLock { values in
            if let running = values.operations[id] {
                // The legacy protocol replaces it.
                guard self.form == .legacy else { throw Closing.duplicate(id) }
                running.task.cancel()
                values.operations[id] = nil
            }
            guard values.operations.count < Limits.socketOperationCountMax else { throw Closing.tooManyOperations }
        }
    }

    /// Sends the responses of one operation. What cannot be sent is not: the connection ends by itself then.
    private func run(
        _ id: String, _ responses: some AsyncSequence<[UInt8], any Error> & Sendable,
        _ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>, _ state: State
    ) async {
        do {
            for try await response in responses {
                try Task.checkCancellation()
                try await self.send(.response(id: id, response), to: outbound)
            }
            try Task.checkCancellation()
            try await self.send(.completed(id: id), to: outbound)
        } catch is CancellationError {
            return
        } catch let closing as Closing {
            state.close(closing)
        } catch {
            self.log(error)
            try? await self.send(.failed(id: id, [Self.explain(error)]), to: outbound)
        }
    }

    private static func explain(_ error: any Error) -> GraphQLError {
        switch error {
        case let error as GraphQLError: error
        case is EventBus.Lagging:
            GraphQLError("Too many events wait for this client. Subscribe again.", code: .badRequest)
        default: GraphQLError("Internal error. The node's log says more.", code: .internalError)
        }
    }

    // MARK: Keeping alive

    private func keepAlive(_ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>) async throws {
        while true {
            try await Task.sleep(for: Self.beat)
            try await self.send(.alive, to: outbound)
            try await outbound.write(WebSocketFrame(fin: true, opcode: .ping, data: ByteBuffer()))
        }
    }

    /// Ends the connection when nobody is there, or may be. Writes nothing: a client that does not read would hold it up.
    private func watch(_ state: State) async throws {
        try await Task.sleep(for: Self.initialisationMax)
        guard state.values.withLock({ $0.session }) != nil else { throw Closing.initialisationTimedOut }
        while true {
            try await Task.sleep(for: Self.beat)
            let (session, lastHeard) = state.values.withLock { ($0.session, $0.lastHeard) }
            guard lastHeard.duration(to: .now) < Self.silenceMax else { throw Closing(code: 1001, reason: "Silence") }
            guard await session?.isValid ?? true else { throw Closing.forbidden }
        }
    }

    /// Says why the connection ends, to whoever reads that soon.
    private static func say(_ closing: Closing, to outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await outbound.write(self.frame(closing)) }
            group.addTask { try? await Task.sleep(for: Self.farewellMax) }
            await group.next()
            group.cancelAll()
        }
    }

    private func send(
        _ reply: SocketProtocol.Reply, to outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>
    ) async throws {
        guard let text = self.form.text(of: reply) else { return }
        try await outbound.write(WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(bytes: text)))
    }

    private static func frame(_ closing: Closing) -> WebSocketFrame {
        var data = ByteBuffer(integer: closing.code)
        data.writeBytes(closing.reason.utf8.prefix(Self.reasonByteCountMax))
        return WebSocketFrame(fin: true, opcode: .connectionClose, data: data)
    }
}
