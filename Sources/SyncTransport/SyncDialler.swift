import NIOCore
import NIOPosix
import NIOSSL
public import ObjectModel
public import SyncProtocol

/// Opens connections to nodes.
public struct SyncDialler: Sendable {
    /// Where a node listens, and which node it must be.
    public struct Target: Equatable, Sendable {
        public var address: NodeAddress
        public var node: NodeID
        /// What this side proves itself with.
        public var credential: Credential

        public init(_ address: NodeAddress, node: NodeID, credential: Credential) {
            self.address = address
            self.node = node
            self.credential = credential
        }
    }

    private static let connectTimeout = TimeAmount.seconds(10)

    private let context: NIOSSLContext
    private let hello: HelloMessage
    private let roster: RosterBook?
    private let patience: Patience

    /// How long a peer may be silent.
    public struct Patience: Sendable {
        /// Before it is asked.
        public var idleMax: Duration
        /// Before it is given up.
        public var silenceMax: Duration

        /// As the specification has it (`TIME-1`).
        public static let standard = Patience(idleMax: .seconds(15), silenceMax: .seconds(45))
        /// Where people wait for the answer.
        public static let brief = Patience(idleMax: .seconds(2), silenceMax: .seconds(6))
    }

    /// - Parameters:
    ///   - hello: what this side announces.
    ///   - identity: what it shows to nodes, if it is one itself.
    ///   - roster: what is exchanged when it acts as a node, if it has any.
    public init(
        hello: HelloMessage, identity: NodeIdentity? = nil, roster: RosterBook? = nil, patience: Patience = .standard
    ) throws {
        self.patience = patience
        self.context = try SyncTLS.clientContext(identity)
        self.hello = hello
        self.roster = roster
    }

    /// As ``withConnection(to:_:)``, by the first of several ways to a node that leads there.
    ///
    /// When a way is cut the next one is tried, so `body` may run more than once.
    ///
    /// - Precondition: there is a way.
    public func withConnection<Result: Sendable>(
        toFirstOf targets: [Target], _ body: @escaping @Sendable (SyncConnection) async throws -> Result
    ) async throws -> Result {
        guard let last = targets.last else { preconditionFailure("no way to the node") }
        for target in targets.dropLast() {
            do {
                return try await self.withConnection(to: target, body)
            } catch SyncTransportError.unreachable, SyncTransportError.untrusted, SyncTransportError.disconnected {
                continue
            }
        }
        return try await self.withConnection(to: last, body)
    }

    /// Connects, runs `body` and closes the connection.
    ///
    /// - Throws: ``SyncTransportError`` when the connection fails, else what `body` throws.
    public func withConnection<Result: Sendable>(
        to target: Target, _ body: @escaping @Sendable (SyncConnection) async throws -> Result
    ) async throws -> Result {
        // Only those who act as a node exchange rosters.
        let roster = target.credential == .certificate ? self.roster : nil
        let counter = WireCounter()
        let channel = try await self.connect(to: target, counter)
        return try await channel.executeThenClose { inbound, outbound in
            var configuration = Connection.Configuration(side: .dialler, hello: self.hello.announcing(roster))
            (configuration.idleMax, configuration.silenceMax) = (self.patience.idleMax, self.patience.silenceMax)
            let connection = SyncConnection(
                configuration,
                credential: target.credential, peer: target.node, roster: roster, outbound: outbound, counter: counter)
            return try await withThrowingTaskGroup(of: Ending<Result>.self) { group in
                group.addTask { .connection(await Self.failure { try await connection.run(inbound, acceptor: nil) }) }
                group.addTask { .connection(await Self.failure { try await connection.keepTime() }) }
                if let roster {
                    group.addTask {
                        .connection(
                            await Self.failure { try await connection.keepRoster(roster, leavesUnlisted: true) })
                    }
                }
                group.addTask {
                    do { return .body(.success(try await body(connection))) } catch { return .body(.failure(error)) }
                }
                defer { group.cancelAll() }
                return try await Self.result(of: &group)
            }
        }
    }

    /// How one of the tasks of a connection ended.
    private enum Ending<Result: Sendable>: Sendable {
        case connection(any Error)
        case body(Swift.Result<Result, any Error>)
    }

    private static func failure(_ body: () async throws -> Void) async -> any Error {
        do { try await body() } catch { return error }
        return SyncTransportError.disconnected
    }

    /// The body's result. When the connection ends first, its streams fail, and the connection says why.
    private static func result<Result: Sendable>(of group: inout ThrowingTaskGroup<Ending<Result>, any Error>)
        async throws -> Result
    {
        var reason: (any Error)?
        for try await ending in group {
            switch ending {
            case .connection(let error): reason = reason ?? error
            case .body(.success(let result)): return result
            case .body(.failure(let error)): throw error is SyncTransportError ? reason ?? error : error
            }
        }
        preconditionFailure("the body has a result")
    }

    private func connect(
        to target: Target, _ counter: WireCounter
    ) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        do {
            let (channel, ready) = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connectTimeout(Self.connectTimeout)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelOption(SyncChannel.unsent, value: SyncChannel.unsentByteCountMax)
                .connect(host: target.address.host, port: Int(target.address.port)) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(WireCountingHandler(counter))
                        let ready = try self.addTLS(to: channel, target)
                        return (try SyncChannel.wrap(channel), ready)
                    }
                }
            do {
                try await ready.get()
            } catch {
                // A channel that nobody runs must be closed all the same.
                try? await channel.executeThenClose { _, _ in }
                throw error
            }
            return channel
        } catch let error as SyncTransportError {
            throw error
        } catch {
            throw SyncTransportError.unreachable("\(target.address): \(error)")
        }
    }
}

extension SyncDialler {
    /// Adds TLS, and before it whatever leads to the node.
    ///
    /// - Returns: succeeds when bytes may be sent.
    private func addTLS(to channel: any Channel, _ target: Target) throws -> EventLoopFuture<Void> {
        let pipeline = channel.pipeline.syncOperations
        let makeTLS: @Sendable () throws -> NIOSSLClientHandler = { [context] in
            try SyncTLS.clientHandler(context, expecting: target.node)
        }
        switch target.address.route {
        case .direct:
            try pipeline.addHandler(makeTLS())
            return channel.eventLoop.makeSucceededVoidFuture()
        case .https:
            // An address cannot be the name of a server.
            let host = target.address.host
            let isName = (try? SocketAddress(ipAddress: host, port: 0)) == nil
            try pipeline.addHandler(
                NIOSSLClientHandler(
                    context: NIOSSLContext(configuration: .makeClientConfiguration()),
                    serverHostname: isName ? host : nil))
        case .http: break
        }
        let isReady = channel.eventLoop.makePromise(of: Void.self)
        try pipeline.addHandler(
            UpgradeRequestHandler(
                host: "\(target.address.host):\(target.address.port)", isReady: isReady, makeTLS: makeTLS))
        return isReady.futureResult
    }
}

/// What both ends of a connection have in common.
enum SyncChannel {
    /// TCP_NOTSENT_LOWAT of Linux.
    static let unsent = ChannelOptions.Types.SocketOption.tcpOption(NIOBSDSocket.Option(rawValue: 25))
    /// Bytes that wait in the socket until the network takes them. More would only stand in the way of small frames.
    static let unsentByteCountMax: SocketOptionValue = 256 << 10

    static func wrap(_ channel: any Channel) throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        try channel.syncOptions?.setOption(
            .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 4096, initial: 65_536, maximum: 256 << 10))
        return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
    }
}
