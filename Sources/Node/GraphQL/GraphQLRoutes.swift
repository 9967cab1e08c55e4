import GraphQL
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Storage

/// The API's one GraphQL endpoint.
struct GraphQLRoutes: Sendable {
    private let services: NodeServices
    private let tokens: TokenIssuer
    private let service: GraphQLService<APIContext>
    private let streams = SubscriptionStreams()

    /// Answers those who come over a WebSocket.
    var sessions: NodeSessions { NodeSessions(service: self.service, services: self.services, tokens: self.tokens) }

    init(services: NodeServices, tokens: TokenIssuer, logger: Logger) throws {
        self.services = services
        self.tokens = tokens
        self.service = try Self.makeService(logger)
    }

    /// The schema with all of its resolvers.
    static func makeService(_ logger: Logger) throws -> GraphQLService<APIContext> {
        try GraphQLService(
            schema: try Schema(SchemaTexts.all), resolvers: self.resolvers(),
            roots: [.query: QueryRoot(), .mutation: MutationRoot()]
        ) { Self.explain($0, logger) }
    }

    private static func resolvers() -> ResolverMap<APIContext> {
        var map = ResolverMap<APIContext>()
        ServerResolvers.add(to: &map)
        AppResolvers.add(to: &map)
        TokenResolvers.add(to: &map)
        EmbedTokenResolvers.add(to: &map)
        UserResolvers.add(to: &map)
        PreferenceResolvers.add(to: &map)
        FavoriteResolvers.add(to: &map)
        ActivityResolvers.add(to: &map)
        ProjectResolvers.add(to: &map)
        InviteResolvers.add(to: &map)
        AccessRequestResolvers.add(to: &map)
        ModelResolvers.add(to: &map)
        ModelTreeResolvers.add(to: &map)
        ObjectResolvers.add(to: &map)
        BlobResolvers.add(to: &map)
        CommentResolvers.add(to: &map)
        CommentMutationResolvers.add(to: &map)
        ViewerResolvers.add(to: &map)
        LegacyCommentResolvers.add(to: &map)
        LegacyCommentSubscriptions.add(to: &map)
        ConflictResolvers.add(to: &map)
        WebhookResolvers.add(to: &map)
        PolicyResolvers.add(to: &map)
        SubscriptionResolvers.add(to: &map)
        IngestionResolvers.add(to: &map)
        FileUploadResolvers.add(to: &map)
        StreamResolvers.add(to: &map)
        DisabledModules.add(to: &map)
        AdministrationResolvers.add(to: &map)
        AccountResolvers.add(to: &map)
        ServerInviteResolvers.add(to: &map)
        for type in self.unusedTypes { map.fail(type, with: GraphQLError("No field leads here.")) }
        return map
    }

    /// Types of Speckle's schema that no field leads to, there either: clients generate code of them.
    private static let unusedTypes = ["CommentDataFilters", "LegacyCommentViewerData", "TokenResourceIdentifier"]

    /// An edge does not know, and cannot ask.
    static let unreachable = GraphQLError(
        "The region cannot be reached, and this is not known here.",
        extensions: ["code": .string("REGION_UNREACHABLE")])

    /// The one place where errors of the domain become GraphQL's. No internal text leaves the node.
    static func explain(_ error: any Error, _ logger: Logger) -> GraphQLError {
        switch error {
        case let error as RateLimitExceeded:
            return self.explain(error)
        case let error as DomainError:
            return GraphQLError(error.message, extensions: ["code": .string(error.code.rawValue)])
        case StorageError.unreachable:
            return self.unreachable
        case StorageError.full:
            return GraphQLError("The node has no space left.", extensions: ["code": .string("STORAGE_FULL")])
        default:
            logger.error("a resolver failed", metadata: ["error": "\(error)"])
            return GraphQLError("Internal error. The node's log says more.", code: .internalError)
        }
    }

    static func explain(_ error: RateLimitExceeded) -> GraphQLError {
        GraphQLError(RateLimitExceeded.message, extensions: ["code": .string(RateLimitExceeded.code)])
    }

    func add(to router: Router<NodeRequestContext>) {
        router.post("graphql") { try await self.answer($0, $1) }
        router.get("graphql") { try await self.answer($0, $1) }
        self.streams.add(to: router)
    }

    private func answer(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        let form = AnswerForm(request)
        if form.isPage { return .redirect(to: PageRoutes.explorer(for: request)) }
        guard CrossSiteGuard.allows(request.headers) else {
            return form.response(CrossSiteGuard.refusal, .badRequest)
        }
        let body = try await request.body.collect(upTo: Limits.graphQLByteCountMax)
        let asked: GraphQLRequests
        do throws(GraphQLError) {
            asked = try GraphQLRequests(request, body, limits: self.service.limits)
        } catch {
            return form.response(error, .badRequest)
        }
        if request.method == .get, let kind = self.service.kind(of: asked.items[0]), kind != .query {
            var response = form.response(Self.onlyQueries, .methodNotAllowed)
            response.headers[.allow] = "POST"
            return response
        }
        let asker = APIContext(
            services: self.services, tokens: self.tokens, principal: context.principal,
            origin: self.services.configuration.origin(of: request))
        if let place = SubscriptionPlace(request.headers), context.isPassedOn, !asked.isList {
            return try await self.listen(asked.items[0], asker, at: place)
        }
        try await self.count(asked.items.count - 1, context)
        var responses: [GraphQLResponse] = []
        // One after the other: what a mutation wrote, the next one sees.
        for item in asked.items { responses.append(await self.service.execute(item, context: asker)) }
        return asked.isList ? form.response(responses) : form.response(responses[0])
    }

    /// Counts the further requests of a list; the first one was counted as it came.
    ///
    /// - Throws: ``RateLimitExceeded``.
    private func count(_ further: Int, _ context: NodeRequestContext) async throws {
        guard further > 0, let source = context.rateSource else { return }
        _ = try await self.services.rateLimiter.take(further, of: .graphQL, by: source)
    }

    private static let onlyQueries = GraphQLError(
        "GET is for queries. Send everything else by POST.", code: .badRequest)

    /// Begins a subscription of somebody who came by an edge.
    private func listen(
        _ question: GraphQLRequest, _ asker: APIContext, at place: SubscriptionPlace
    ) async throws -> Response {
        switch await self.service.respond(to: question, context: asker) {
        case .refused(let errors):
            return .encodedJSON(GraphQLResponse(data: nil, errors: errors).json, .badRequest)
        case .responses(let responses):
            guard self.streams.add(responses, at: place) else {
                throw DomainError(.badRequest, "Too many subscriptions come by this edge.")
            }
            return Response(status: .accepted)
        }
    }
}

/// The schema, from the files beside this one.
enum SchemaTexts {
    static let all = [
        PackageResources.server_graphql, PackageResources.users_graphql, PackageResources.projects_graphql,
        PackageResources.apps_graphql, PackageResources.preferences_graphql, PackageResources.access_graphql,
        PackageResources.activity_graphql, PackageResources.models_graphql, PackageResources.objects_graphql,
        PackageResources.workspaces_graphql, PackageResources.conflicts_graphql, PackageResources.edges_graphql,
        PackageResources.policies_graphql, PackageResources.subscriptions_graphql,
        PackageResources.ingestions_graphql, PackageResources.fileuploads_graphql, PackageResources.streams_graphql,
        PackageResources.automate_graphql, PackageResources.savedViews_graphql, PackageResources.dashboards_graphql,
        PackageResources.acc_graphql, PackageResources.gendo_graphql, PackageResources.comments_graphql,
        PackageResources.viewer_graphql, PackageResources.legacyComments_graphql,
        PackageResources.administration_graphql, PackageResources.accounts_graphql,
        PackageResources.webhooks_graphql, PackageResources.deliveries_graphql,
    ].map { String(decoding: $0, as: UTF8.self) }
}
