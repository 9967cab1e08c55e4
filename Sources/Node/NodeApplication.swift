public import Hummingbird
public import Logging

/// The HTTP side of a node.
public struct NodeApplication: Sendable {
    /// The routes, served once the service runs.
    public let service: any ApplicationProtocol

    /// - Parameters:
    ///   - upgrade: a protocol that connections may change to.
    ///   - listening: called with the port once it is bound.
    public init(
        _ services: NodeServices, upgrade: ProtocolUpgrade, logger: Logger,
        listening: @escaping @Sendable (Int) async -> Void
    ) throws {
        let tokens = TokenIssuer(metadata: services.metadata, clock: services.clock)
        let accounts = AccountService(metadata: services.metadata, tokens: tokens, clock: services.clock)
        let router = Router(context: NodeRequestContext.self)
        router.addMiddleware {
            CommonHeadersMiddleware()
            ErrorMiddleware()
            TokenMiddleware(tokens: tokens)
            PositionMiddleware(services: services)
        }
        HealthRoutes(services: services).add(to: router)
        AccountRoutes(accounts: accounts, tokens: tokens, configuration: services.configuration).add(to: router)
        ObjectRoutes(services: services).add(to: router)
        BlobRoutes(services: services).add(to: router)
        try GraphQLRoutes(services: services, tokens: tokens, logger: logger).add(to: router)
        MirrorRoutes(services: services).add(to: router)
        ConflictRoutes(services: services).add(to: router)
        PolicyRoutes(services: services).add(to: router)
        RegionRoutes(services: services).add(to: router)
        RosterRoutes(services: services).add(to: router)
        self.service = Application(
            router: router,
            server: .http(upgradingTo: upgrade),
            configuration: ApplicationConfiguration(
                address: .hostname(services.configuration.host, port: services.configuration.port),
                serverName: "Tiebeam/\(services.configuration.version)"),
            onServerRunning: { channel in
                await listening(channel.localAddress?.port ?? services.configuration.port)
            },
            logger: logger)
    }
}
