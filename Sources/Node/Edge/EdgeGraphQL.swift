import Foundation
import GraphQL
import Hummingbird
import Logging
import NIOCore
import ObjectModel
import Storage

/// What an edge answers of GraphQL itself: it accepts versions in its region's place, and shows those that wait.
struct EdgeGraphQL: Sendable {
    /// What a resolver knows of the request.
    struct Context: Sendable {
        let leases: LeaseBook
        let outbox: Outbox
        let objects: any EdgeObjectTrees
        let token: String?
        let origin: String
        let clock: @Sendable () -> UptimeReading
    }

    private let service: GraphQLService<Context>
    private let leases: LeaseBook
    private let outbox: Outbox
    private let objects: any EdgeObjectTrees
    private let configuration: NodeConfiguration
    private let clock: @Sendable () -> UptimeReading

    init(
        leases: LeaseBook, outbox: Outbox, objects: any EdgeObjectTrees, _ configuration: NodeConfiguration,
        logger: Logger,
        clock: @escaping @Sendable () -> UptimeReading
    ) throws {
        self.leases = leases
        self.outbox = outbox
        self.objects = objects
        self.configuration = configuration
        self.clock = clock
        let schema = try Schema(SchemaTexts.all)
        self.service = try GraphQLService(
            schema: schema, resolvers: Self.resolvers(of: schema),
            roots: [.query: QueryRoot(), .mutation: MutationRoot()]
        ) { GraphQLRoutes.explain($0, logger) }
    }

    /// Whether `request` does nothing but make versions.
    static func onlyCreatesVersions(_ request: GraphQLRequest) -> Bool {
        request.mutationPaths() == [["versionMutations", "create"]]
    }

    func answer(_ question: GraphQLRequest, to request: Request) async -> Response {
        let context = Context(
            leases: self.leases, outbox: self.outbox, objects: self.objects, token: TokenMiddleware.token(of: request),
            origin: self.configuration.origin(of: request), clock: self.clock)
        let answer = await self.service.execute(question, context: context)
        return .encodedJSON(answer.json, answer.data == nil ? .badRequest : .ok)
    }

    // MARK: Resolvers

    /// Whatever is not known here fails by itself, and says why.
    private static func resolvers(of schema: Schema) -> ResolverMap<Context> {
        var map = ResolverMap<Context>()
        for name in schema.typeNames { map.fail(name, with: GraphQLRoutes.unreachable) }
        map.type(MutationRoot.self) { field in
            field("versionMutations") { _, _, _ in VersionMutations() }
        }
        map.type(VersionMutations.self) { field in
            field("create") { _, arguments, context in try await self.create(Input(arguments), context) }
        }
        map.type(QueryRoot.self) { field in
            field("project") { _, arguments, context in
                PendingProject(id: arguments.id(), lease: try await self.lease(on: arguments.id(), .read, context))
            }
        }
        map.type(PendingProject.self) { field in
            field("id") { source, _, _ in source.id.rawValue }
            field("version") { source, arguments, context in
                guard let entry = try await context.outbox.entry(arguments.id()), entry.version.project == source.id
                else { throw StorageError.unreachable }
                return PendingVersion(entry.version, by: nil)
            }
        }
        self.addVersion(to: &map)
        return map
    }

    private static func addVersion(to map: inout ResolverMap<Context>) {
        map.type(PendingVersion.self) { field in
            field.addVersion(\.version, origin: \.origin)
            field("authorUser") { source, _, _ in source.author.map { PendingAuthor(holder: $0) } }
            field("isPending") { _, _, _ in true }
        }
        map.type(PendingAuthor.self) { field in
            field("id") { source, _, _ in source.holder.person.rawValue }
            field("name") { source, _, _ in source.holder.name ?? "" }
            for name in ["bio", "company", "avatar", "role"] { field(name) { _, _, _ in nil as String? } }
            field("verified") { _, _, _ in nil as Bool? }
        }
    }

    private static func lease(
        on project: ProjectID, _ access: Lease.Access, _ context: Context
    ) async throws -> SignedLease {
        guard let lease = try await context.leases.lease(on: project, for: context.token, access),
            lease.lease.access >= access
        else { throw DomainError(.forbidden, "You do not have access to this project, or not enough of it.") }
        return lease
    }

    private static func create(_ input: Input, _ context: Context) async throws -> PendingVersion {
        let project: ProjectID = try input.id("projectId")
        guard let root = ObjectID(hex: try input.require("objectId")) else {
            throw DomainError(.versionCreate, "Failed to create version: that is no object id.")
        }
        let lease = try await self.lease(on: project, .write, context)
        guard lease.lease.holder != nil else { throw DomainError(.unauthorized, "Sign in first.") }
        guard try await context.objects.hasTree(root, in: project) else {
            throw DomainError(
                .versionCreate,
                "Failed to create version: object \(root), or something that it refers to, was not uploaded to this project."
            )
        }
        let version = QueuedVersion(
            id: .random(), project: project, model: try input.id("modelId"), rootObject: root,
            message: input.string("message"), sourceApplication: input.string("sourceApplication"),
            totalChildrenCount: input.int("totalChildrenCount"), parents: input.ids("parents"),
            createdAt: context.clock().time)
        return PendingVersion(try await context.outbox.queue(version, by: lease), by: lease.lease.holder)
    }
}

private struct PendingProject: ObjectSource {
    static let typeName = "Project"
    let id: ProjectID
    let lease: SignedLease
}

private struct PendingVersion: ObjectSource {
    static let typeName = "Version"
    let version: Version
    let author: Lease.Holder?

    init(_ queued: QueuedVersion, by author: Lease.Holder?) {
        self.version = queued.version(by: author?.person)
        self.author = author
    }
}

private struct PendingAuthor: ObjectSource {
    static let typeName = "LimitedUser"
    let holder: Lease.Holder
}
