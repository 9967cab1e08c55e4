import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// A connection to the API: HTTP/1.1, or another protocol when its first request asks for one.
struct UpgradingHTTPChannel: HTTPChannelHandler {
    typealias HTTP = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    struct Value: ServerChildChannelValue {
        let negotiated: EventLoopFuture<ConnectionUpgrade.Negotiated>
        let channel: any Channel
    }

    let responder: HTTPChannelHandler.Responder
    let upgrades: [ConnectionUpgrade]

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let upgrades = NIOTypedHTTPServerUpgradeConfiguration<ConnectionUpgrade.Negotiated>(
                upgraders: self.upgrades.map(\.upgrader),
                notUpgradingCompletionHandler: { channel in
                    channel.eventLoop.makeCompletedFuture { .http(try Self.configureHTTP(channel, logger)) }
                })
            var pipeline = NIOUpgradableHTTPServerPipelineConfiguration(upgradeConfiguration: upgrades)
            pipeline.enablePipelining = false
            // What is no HTTP is answered with 400, and the connection closed.
            pipeline.enableErrorHandling = true
            pipeline.enableResponseHeaderValidation = false
            let negotiated = try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(
                configuration: pipeline)
            let upgrading = try channel.pipeline.syncOperations.handler(
                type: NIOTypedHTTPServerUpgradeHandler<ConnectionUpgrade.Negotiated>.self)
            try channel.pipeline.syncOperations.addHandler(
                UpgradeFilter(upgrades: self.upgrades), position: .before(upgrading))
            return Value(negotiated: negotiated, channel: channel)
        }
    }

    private static func configureHTTP(_ channel: any Channel, _ logger: Logger) throws -> HTTP {
        try channel.pipeline.syncOperations.addHandler(HTTP1ToHTTPServerCodec(secure: false))
        try channel.pipeline.syncOperations.addHandler(HTTPConnectionStateHandler(idleTimeout: nil, logger: logger))
        return try HTTP(
            wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
    }

    func handle(value: Value, logger: Logger) async {
        do {
            switch try await value.negotiated.get() {
            case .http(let http): await self.handleHTTP(asyncChannel: http, logger: logger)
            case .other(let run): await run()
            }
        } catch {
            logger.debug("a connection ended before its protocol was known", metadata: ["error": "\(error)"])
        }
    }
}

/// Answers the request that changes the protocol.
private struct Upgrader: NIOTypedHTTPServerProtocolUpgrader {
    let upgrade: ProtocolUpgrade

    var supportedProtocol: String { self.upgrade.name }
    var requiredUpgradeHeaders: [String] { [] }

    func buildUpgradeResponse(
        channel: any Channel, upgradeRequest: HTTPRequestHead, initialResponseHeaders: HTTPHeaders
    ) -> EventLoopFuture<HTTPHeaders> {
        channel.eventLoop.makeSucceededFuture(initialResponseHeaders)
    }

    func upgrade(
        channel: any Channel, upgradeRequest: HTTPRequestHead
    ) -> EventLoopFuture<ConnectionUpgrade.Negotiated> {
        channel.eventLoop.makeCompletedFuture { .other(try self.upgrade.prepare(channel)) }
    }
}

extension ProtocolUpgrade {
    var upgrade: ConnectionUpgrade {
        ConnectionUpgrade(name: self.name, path: self.path, upgrader: Upgrader(upgrade: self))
    }
}

/// A protocol that a connection can change to, as NIO takes it.
struct ConnectionUpgrade: Sendable {
    enum Negotiated: Sendable {
        case http(UpgradingHTTPChannel.HTTP)
        case other(ProtocolUpgrade.Run)
    }

    /// As it stands in the header `Upgrade`.
    var name: String
    /// The path that is asked for it.
    var path: String
    var upgrader: any NIOTypedHTTPServerProtocolUpgrader<Negotiated>
}

/// Takes `Upgrade` from a first request that must not change the protocol: NIO drops the head of a request whose upgrade
/// nobody accepts (swift-nio issue 2632), and curl and Java ask for `h2c` unasked.
private final class UpgradeFilter: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    private let upgrades: [ConnectionUpgrade]

    init(upgrades: [ConnectionUpgrade]) {
        self.upgrades = upgrades
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = self.unwrapInboundIn(data) else {
            context.fireChannelRead(data)
            return
        }
        if !self.isUpgrade(head) { head.headers.remove(name: "upgrade") }
        context.fireChannelRead(self.wrapInboundOut(.head(head)))
        // Only the first request of a connection can change its protocol.
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }

    private func isUpgrade(_ head: HTTPRequestHead) -> Bool {
        func has(_ value: String, in name: String) -> Bool {
            head.headers[canonicalForm: name].contains { $0.lowercased() == value.lowercased() }
        }
        let path = head.uri.prefix { $0 != "?" }
        return head.method == .GET && has("upgrade", in: "connection")
            && self.upgrades.contains { $0.path == path && has($0.name, in: "upgrade") }
    }
}

extension HTTPServerBuilder {
    /// HTTP/1.1 that can change to other protocols.
    static func http(upgradingTo upgrades: [ConnectionUpgrade]) -> HTTPServerBuilder {
        .init { UpgradingHTTPChannel(responder: $0, upgrades: upgrades) }
    }
}
