import NIOCore
import NIOPosix
import NIOSSL
public import ObjectModel
public import SyncProtocol

/// Opens connections to nodes.
public struct SyncDialler: Sendable {
    /// Where a node listens, and which node it must be.
    public struct Target: Equatable, Sendable {
        public var host: String
        public var port: Int
        public var node: NodeID
        /// Bearer token of the API.
        public var token: String

        public init(host: String, port: Int, node: NodeID, token: String) {
            self.host = host
            self.port = port
            self.node = node
            self.token = token
        }
    }

    private static let connectTimeout = TimeAmount.seconds(10)

    private let context: NIOSSLContext
    private let hello: HelloMessage

    /// - Parameter hello: what this side announces.
    public init(hello: HelloMessage) throws {
        self.context = try SyncTLS.clientContext()
        self.hello = hello
    }

    /// Connects, runs `body` and closes the connection.
    ///
    /// - Throws: ``SyncTransportError`` when the connection fails, else what `body` throws.
    public func withConnection<Result: Sendable>(
        to target: Target, _ body: @escaping @Sendable (SyncConnection) async throws -> Result
    ) async throws -> Result {
        let counter = WireCounter()
        let channel = try await self.connect(to: target, counter)
        return try await channel.executeThenClose { inbound, outbound in
            let connection = SyncConnection(
                Connection.Configuration(side: .dialler, hello: self.hello), token: target.token, outbound: outbound,
                counter: counter)
            return try await withThrowingTaskGroup(of: Ending<Result>.self) { group in
                group.addTask { .connection(await Self.failure { try await connection.run(inbound, acceptor: nil) }) }
                group.addTask { .connection(await Self.failure { try await connection.keepTime() }) }
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
            let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connectTimeout(Self.connectTimeout)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .connect(host: target.host, port: target.port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let tls = try SyncTLS.clientHandler(self.context, expecting: target.node)
                        try channel.pipeline.syncOperations.addHandlers(WireCountingHandler(counter), tls)
                        return try SyncChannel.wrap(channel)
                    }
                }
            return channel
        } catch {
            throw SyncTransportError.unreachable("\(target.host):\(target.port): \(error)")
        }
    }
}

/// What both ends of a connection have in common.
enum SyncChannel {
    static func wrap(_ channel: any Channel) throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        try channel.syncOptions?.setOption(
            .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 4096, initial: 65_536, maximum: 1 << 20))
        return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
    }
}
