import Hummingbird
public import Logging
import ObjectModel
public import Storage

/// What an edge's API works with. Made once, by the program.
public struct EdgeServices: Sendable {
    public var configuration: NodeConfiguration
    public var upstream: any EdgeUpstream
    public var uploads: any EdgeUploads
    /// Those that are here, and by the region those that are not.
    public var objects: any ObjectReading & ObjectWriting & EdgeObjectTrees
    public var writes: EdgeWrites
    public var gzipCache: GzipCache?
    public var store: any EdgeStore
    public var cacheStatus: @Sendable () async -> EdgeCacheStatus
    public var clock: @Sendable () -> UptimeReading

    public init(
        configuration: NodeConfiguration, upstream: any EdgeUpstream, uploads: any EdgeUploads,
        objects: any ObjectReading & ObjectWriting & EdgeObjectTrees, writes: EdgeWrites, gzipCache: GzipCache?,
        store: any EdgeStore, cacheStatus: @escaping @Sendable () async -> EdgeCacheStatus,
        clock: @escaping @Sendable () -> UptimeReading
    ) {
        self.configuration = configuration
        self.upstream = upstream
        self.uploads = uploads
        self.objects = objects
        self.writes = writes
        self.gzipCache = gzipCache
        self.store = store
        self.cacheStatus = cacheStatus
        self.clock = clock
    }
}

/// The routes of an edge: objects from its disk, everything else by its region.
public struct EdgeAPI: Sendable {
    let responder: RouterResponder<NodeRequestContext>
    let sockets: SocketUpgrade
    private let outbox: Outbox

    public init(_ services: EdgeServices, logger: Logger) throws {
        let leases = LeaseBook(store: services.store, upstream: services.upstream, clock: services.clock)
        let outbox = Outbox(
            store: services.store, upstream: services.upstream, uploads: services.uploads, logger: logger)
        let forwarding = Forwarding(
            upstream: services.upstream, uploads: services.uploads, leases: leases,
            answers: AnswerBook(store: services.store, clock: services.clock), outbox: outbox,
            graphQL: try EdgeGraphQL(
                leases: leases, outbox: outbox, objects: services.objects, services.configuration, logger: logger,
                clock: services.clock),
            writes: services.writes)
        let router = Router(context: NodeRequestContext.self)
        router.addMiddleware {
            CommonHeadersMiddleware()
            ErrorMiddleware()
            ForwardingMiddleware(forwarding: forwarding)
        }
        router.get("liveness") { _, _ in try Response.json(["status": "ok"]) }
        // An edge is of use while its region is away: that is told, and is no failure.
        router.get("readiness") { _, _ in
            try Response.json(
                Readiness(
                    region: services.upstream.regionName ?? "unreachable", cache: await services.cacheStatus()))
        }
        PageRoutes().add(to: router)
        let objects = ObjectRoutes(
            objects: services.objects, gzipCache: services.gzipCache,
            rights: EdgeObjectRights(uploads: services.uploads))
        objects.addReading(
            to: router.group().add(middleware: LeaseMiddleware(access: .read, leases: leases, forwarding: forwarding)))
        objects.addWriting(
            to: router.group().add(middleware: LeaseMiddleware(access: .write, leases: leases, forwarding: forwarding)))
        OutboxRoutes(outbox: outbox, leases: leases, upstream: services.upstream).add(to: router)
        self.responder = router.buildResponder()
        self.sockets = SocketUpgrade(
            sessions: EdgeSessions(
                forwarding: forwarding, subscriptions: RegionSubscriptions(upstream: services.upstream), logger: logger),
            logger: logger)
        self.outbox = outbox
    }

    /// A region is connected: brings there what was accepted in its place.
    public func regionConnected() async { await self.outbox.deliver() }
}

private struct Readiness: Encodable {
    var status = "ok"
    var region: String
    var cache: EdgeCacheStatus
}

/// Passes on what no route of the edge answers.
private struct ForwardingMiddleware: RouterMiddleware {
    let forwarding: Forwarding

    func handle(
        _ request: Request, context: NodeRequestContext,
        next: @concurrent (Request, NodeRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            return try await self.forwarding.forward(request)
        }
    }
}
