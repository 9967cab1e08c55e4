public import Logging
public import NIOCore
import NIOPosix
import NIOSSL
public import ObjectModel
public import SyncProtocol
import Synchronization

/// What a dialler says that it acts for.
public enum PeerProof: Equatable, Sendable {
    /// Whoever a bearer token stands for. Nobody has looked at it.
    case token(String)
    /// A node. It has proved in the TLS handshake that it holds the key; whether it may do anything is not known.
    case node(NodeID)
}

/// What a node does for its peers. One value serves all connections.
public protocol SyncHandler: Sendable {
    /// Who a peer acts for.
    associatedtype Peer: Sendable

    /// Checks whom a dialler acts for. Costs no slow hash: anybody can make us call it.
    ///
    /// - Throws: ``SyncError`` when the peer must go.
    func authenticate(_ proof: PeerProof) async throws -> Peer

    /// What all connections of a peer have in common; for limits.
    func key(of peer: Peer) -> String

    /// Serves one stream to its end. An error ends the stream only; a ``SyncError`` is told to the peer as it is.
    func serve(_ stream: SyncStream, _ type: FrameType, for peer: Peer) async throws
}

/// The sync port: accepts connections and hands the streams that peers open to a handler.
public struct SyncListener: Sendable {
    private typealias AcceptedChannel = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    private struct Accepted: Sendable {
        var channel: AcceptedChannel
        var counter: WireCounter
    }

    private let channel: NIOAsyncChannel<Accepted, Never>
    private let context: NIOSSLContext
    private let hello: HelloMessage
    private let roster: RosterBook?
    private let logger: Logger
    private let connections: OpenConnections
    private let pacers: PacerPool
    private let shuttingDown: AsyncStream<Void>.Continuation
    private let untilShutDown: AsyncStream<Void>
    /// The port that it listens on.
    public let port: Int

    /// What an HTTP request changes its connection to, and where it asks for that (Spec §3.5).
    public static let upgrade = (protocol: SyncTLS.applicationProtocol, path: UpgradeRequestHandler.path)

    /// Binds the port. 0 takes a free one.
    ///
    /// - Parameters:
    ///   - hello: what this side announces; what `roster` makes it capable of is added.
    ///   - roster: what is exchanged with peers that are nodes, if this side has any.
    ///   - limit: of what each peer is sent.
    ///   - connectionCountMax: connections that are open at a time, whoever they are; others are closed at once.
    public init(
        host: String, port: Int, identity: NodeIdentity, hello: HelloMessage, roster: RosterBook?,
        limit: @escaping Pacer.Limit, connectionCountMax: Int, logger: Logger
    ) async throws {
        let context = try SyncTLS.serverContext(identity)
        self.hello = hello
        self.roster = roster
        self.context = context
        self.pacers = PacerPool(limit: limit)
        self.connections = OpenConnections(countMax: connectionCountMax)
        self.logger = logger
        self.channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(SyncChannel.unsent, value: SyncChannel.unsentByteCountMax)
            .bind(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture { try Self.accept(channel, context) }
            }
        self.port = self.channel.channel.localAddress?.port ?? port
        (self.untilShutDown, self.shuttingDown) = AsyncStream.makeStream(of: Void.self)
    }

    /// Serves until ``shutDown()`` was called and every stream has come to its end, or the task is cancelled: streams
    /// that are open then end with ``ErrorCode/shuttingDown``.
    public func run(_ handler: some SyncHandler) async throws {
        try await self.channel.executeThenClose { connections in
            try await withThrowingDiscardingTaskGroup { group in
                group.addTask { await self.goAwayWhenToldTo() }
                for try await accepted in connections {
                    group.addTask { await self.serve(accepted, handler) }
                }
                self.shutDown()
            }
        }
    }

    /// Accepts no more connections, and tells the peers of those that are open to go elsewhere.
    public func shutDown() { self.shuttingDown.finish() }

    private func goAwayWhenToldTo() async {
        for await _ in self.untilShutDown {}
        try? await self.channel.channel.close().get()
        for connection in self.connections.close() { await connection.goAway() }
    }

    private static func accept(_ channel: any Channel, _ context: NIOSSLContext) throws -> Accepted {
        let counter = WireCounter()
        try channel.pipeline.syncOperations.addHandlers(
            WireCountingHandler(counter), SyncTLS.serverHandler(context))
        return Accepted(channel: try SyncChannel.wrap(channel), counter: counter)
    }

    /// Takes a connection over that came in another way. Its next bytes are those of TLS.
    ///
    /// Call it on the channel's event loop.
    ///
    /// - Returns: serves the connection to its end.
    public func adopt(_ channel: any Channel, _ handler: some SyncHandler) throws -> @Sendable () async -> Void {
        let accepted = try Self.accept(channel, self.context)
        return { await self.serve(accepted, handler) }
    }

    private func serve(_ accepted: Accepted, _ handler: some SyncHandler) async {
        do {
            try await accepted.channel.executeThenClose { inbound, outbound in
                let connection = SyncConnection(
                    Connection.Configuration(side: .acceptor, hello: self.hello.announcing(self.roster)),
                    credential: nil, peer: nil, roster: self.roster, outbound: outbound, counter: accepted.counter)
                guard self.connections.insert(connection) else { return }
                defer { self.connections.remove(connection) }
                try await self.serve(connection, on: accepted.channel.channel, inbound, handler)
            }
        } catch {
            self.logger.debug("a sync connection ended", metadata: ["reason": "\(error)"])
        }
    }

    private func serve<Handler: SyncHandler>(
        _ connection: SyncConnection, on channel: any Channel,
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, _ handler: Handler
    ) async throws {
        let (opened, continuation) = AsyncStream.makeStream(of: (SyncStream, FrameType).self)
        let peer = Mutex<Handler.Peer?>(nil)
        let slots = ServingSlots(count: Self.servedCountMax(self.hello))
        let acceptor = SyncConnection.Acceptor(
            authenticate: { credential async throws(SyncError) -> NodeID? in
                do {
                    let proof = try await Self.proof(credential, channel)
                    let known = try await handler.authenticate(proof)
                    await connection.pace(by: self.pacers.pacer(of: handler.key(of: known)))
                    peer.withLock { $0 = known }
                    return if case .node(let node) = proof { node } else { nil }
                } catch {
                    throw (error as? SyncError) ?? self.internalFailure(error)
                }
            },
            open: { stream, type in
                await slots.take()
                continuation.yield((stream, type))
            })
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask {
                defer { continuation.finish() }
                try await connection.run(inbound, acceptor: acceptor)
            }
            group.addTask { try await connection.keepTime() }
            if let roster { group.addTask { try await connection.keepRoster(roster, leavesUnlisted: false) } }
            group.addTask {
                await connection.waitUntilDrained()
                throw SyncTransportError.disconnected
            }
            for await (stream, type) in opened {
                guard let peer = peer.withLock({ $0 }) else { preconditionFailure("streams follow authentication") }
                group.addTask {
                    await self.serve(stream, type, for: peer, handler)
                    slots.give()
                }
            }
        }
    }

    /// A token says for itself whom it stands for; a certificate counts for nothing beside it (`AUTH-10`).
    private static func proof(_ credential: Credential, _ channel: any Channel) async throws -> PeerProof {
        switch credential {
        case .token(let token): return .token(token)
        case .certificate:
            guard let node = await SyncTLS.node(behind: channel) else {
                throw SyncError(.unauthenticated, publicMessage: "A node proves itself by its certificate.")
            }
            return .node(node)
        }
    }

    /// Streams of one connection that are served at a time. Those above the peer's limit have ended for the peer.
    private static func servedCountMax(_ hello: HelloMessage) -> Int { 2 * hello.streamCountMax }

    private func serve<Handler: SyncHandler>(
        _ stream: SyncStream, _ type: FrameType, for peer: Handler.Peer, _ handler: Handler
    ) async {
        do {
            try await handler.serve(stream, type, for: peer)
            await stream.close(SyncError(await stream.connection.reasonToGiveUp))
        } catch let error as SyncError {
            await stream.close(error)
        } catch let error as WireError {
            await stream.close(SyncError(error.code, scope: .stream))
        } catch is SyncTransportError {
            await stream.close()
        } catch is CancellationError {
            await stream.close(SyncError(.shuttingDown))
        } catch {
            await stream.close(self.internalFailure(error))
        }
    }

    /// The peer learns only that it was our fault.
    private func internalFailure(_ error: any Error) -> SyncError {
        self.logger.error("a sync request failed", metadata: ["error": "\(error)"])
        return SyncError(.internalFailure, scope: .stream, publicMessage: "The node failed. Its log says why.")
    }
}
