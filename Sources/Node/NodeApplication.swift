public import Hummingbird
import HummingbirdCore
public import Logging

/// The HTTP side of a node.
public struct NodeApplication: Sendable {
    /// The routes, served once the service runs.
    public let service: any ApplicationProtocol

    /// - Parameters:
    ///   - upgrade: a protocol that connections may change to.
    ///   - listening: called with the port once it is bound.
    public init(
        _ api: NodeAPI, _ configuration: NodeConfiguration, upgrade: ProtocolUpgrade, logger: Logger,
        listening: @escaping @Sendable (Int) async -> Void
    ) {
        self.init(
            api.responder, .http(upgradingTo: [upgrade.upgrade, api.sockets.upgrade]), configuration, logger, listening)
    }

    /// The HTTP side of an edge.
    ///
    /// - Parameter listening: called with the port once it is bound.
    public init(
        _ api: EdgeAPI, _ configuration: NodeConfiguration, logger: Logger,
        listening: @escaping @Sendable (Int) async -> Void
    ) {
        self.init(api.responder, .http(upgradingTo: [api.sockets.upgrade]), configuration, logger, listening)
    }

    private init(
        _ responder: RouterResponder<NodeRequestContext>, _ server: HTTPServerBuilder,
        _ configuration: NodeConfiguration,
        _ logger: Logger, _ listening: @escaping @Sendable (Int) async -> Void
    ) {
        self.service = Application(
            responder: responder,
            server: server,
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                serverName: "Tiebeam/\(configuration.version)"),
            onServerRunning: { channel in
                await listening(channel.localAddress?.port ?? configuration.port)
            },
            logger: logger)
    }
}
