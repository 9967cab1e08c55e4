public import Hummingbird
public import Logging
public import ObjectModel

/// The routes of a node: what answers, whichever way a request comes.
public struct NodeAPI: Sendable {
    let responder: RouterResponder<NodeRequestContext>
    let sockets: SocketUpgrade
    /// Each as method and path, like `GET /objects/{project}`.
    let operations: Set<String>
    let description: OpenAPIDocument
    private let access: NodeAccess
    private let logger: Logger

    public init(_ services: NodeServices, logger: Logger) throws {
        let tokens = TokenIssuer(metadata: services.metadata, uses: services.uses, clock: services.clock)
        let proofs = EmailProofs(services)
        let accounts = AccountService(
            metadata: services.metadata, tokens: tokens, proofs: proofs, clock: services.clock)
        let router = Router(context: NodeRequestContext.self)
        router.addMiddleware {
            CommonHeadersMiddleware()
            ErrorMiddleware()
            TokenMiddleware(tokens: tokens)
            RateLimitMiddleware(
                limiter: services.rateLimiter, isBehindProxy: services.configuration.isBehindProxy,
                clock: services.clock)
            PositionMiddleware(services: services)
        }
        HealthRoutes(services: services).add(to: router)
        AccountRoutes(accounts: accounts, tokens: tokens, configuration: services.configuration).add(to: router)
        ProofRoutes(accounts: accounts, proofs: proofs, configuration: services.configuration).add(to: router)
        ElsewhereRoutes(
            elsewhere: services.elsewhere, accounts: accounts, configuration: services.configuration, logger: logger
        ).add(to: router)
        let objects = ObjectRoutes(
            objects: services.objects, gzipCache: services.gzipCache, rights: NodeObjectRights(services: services))
        objects.addReading(to: router)
        objects.addWriting(to: router)
        BlobRoutes(services: services).add(to: router)
        BundleRoutes(services: services).add(to: router)
        ObjectPackRoutes(services: services).add(to: router)
        FileRoutes(services: services).add(to: router)
        let graphQL = try GraphQLRoutes(services: services, tokens: tokens, logger: logger)
        graphQL.add(to: router)
        PageRoutes().add(to: router)
        MirrorRoutes(services: services).add(to: router)
        ConflictRoutes(services: services).add(to: router)
        PolicyRoutes(services: services).add(to: router)
        RegionRoutes(services: services).add(to: router)
        RosterRoutes(services: services).add(to: router)
        VersionRoutes(services: services).add(to: router)
        self.description = try OpenAPIDocument(version: services.configuration.version)
        self.description.add(to: router)
        self.operations = Set(router.routes.map { "\($0.method) \($0.path)" })
        self.responder = router.buildResponder()
        self.sockets = SocketUpgrade(sessions: graphQL.sessions, logger: logger)
        self.access = NodeAccess(metadata: services.metadata, uses: services.uses, clock: services.clock)
        self.logger = logger
    }

    /// Answers a request that did not come by a connection to the API.
    ///
    /// - Parameter holder: whose token the request is made by; `nil` when it says so itself.
    public func respond(to request: Request, by holder: Lease.Holder?) async throws -> Response {
        var context = NodeRequestContext(source: PassedOn(logger: self.logger))
        if let holder {
            guard let principal = try await self.access.principal(of: holder) else { return TokenMiddleware.refusal }
            context.principal = principal
        }
        return try await self.responder.respond(to: request, context: context)
    }
}

/// A request that another node passed on.
struct PassedOn: RequestContextSource {
    let logger: Logger
}
