import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import NIOWebSocket
import ServiceLifecycle
import Synchronization

/// Changes connections that ask for GraphQL over a WebSocket.
struct SocketUpgrade: Sendable {
    static let path = "/graphql"
    private static let fragmentCountMax = 1024

    private final class Count: Sendable {
        let open = Atomic(0)
    }

    private let sessions: any GraphQLSessions
    private let logger: Logger
    private let count = Count()

    init(sessions: any GraphQLSessions, logger: Logger) {
        self.sessions = sessions
        self.logger = logger
    }

    var upgrade: ConnectionUpgrade {
        ConnectionUpgrade(
            name: "websocket", path: Self.path,
            upgrader: NIOTypedWebSocketServerUpgrader<ConnectionUpgrade.Negotiated>(
                maxFrameSize: Limits.socketMessageByteCountMax,
                shouldUpgrade: { channel, head in channel.eventLoop.makeSucceededFuture(self.headers(for: head)) },
                upgradePipelineHandler: { channel, head in
                    channel.eventLoop.makeCompletedFuture { .other(try self.prepare(channel, head)) }
                }))
    }

    /// What the handshake is answered with; `nil` refuses it.
    private func headers(for head: HTTPRequestHead) -> HTTPHeaders? {
        guard self.count.open.load(ordering: .relaxed) < Limits.socketCountMax,
            let form = Self.form(of: head)
        else { return nil }
        let offersAny = !head.headers["sec-websocket-protocol"].isEmpty
        return offersAny ? ["Sec-WebSocket-Protocol": form.rawValue] : [:]
    }

    private static func form(of head: HTTPRequestHead) -> SocketProtocol? {
        SocketProtocol.chosen(from: head.headers[canonicalForm: "sec-websocket-protocol"].map(String.init))
    }

    private func prepare(_ channel: any Channel, _ head: HTTPRequestHead) throws -> ProtocolUpgrade.Run {
        try channel.pipeline.syncOperations.addHandler(
            NIOWebSocketFrameAggregator(
                minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: Self.fragmentCountMax,
                maxAccumulatedFrameSize: Limits.socketMessageByteCountMax))
        let frames = try GraphQLSocket.Channel(wrappingChannelSynchronously: channel)
        let socket = GraphQLSocket(
            form: Self.form(of: head) ?? .legacy, sessions: self.sessions,
            visitor: SocketVisitor(
                // Not from cookies: browsers send these whichever page asks.
                token: head.headers.first(name: "authorization").flatMap(TokenMiddleware.token(inHeader:)),
                host: head.headers.first(name: "host")),
            log: { [logger = self.logger] in logger.debug("a WebSocket ended", metadata: ["error": "\($0)"]) })
        return {
            self.count.open.add(1, ordering: .relaxed)
            defer { self.count.open.subtract(1, ordering: .relaxed) }
            await cancelWhenGracefulShutdown { await socket.run(frames) }
        }
    }
}
