import GraphQL
import ObjectModel
import Storage

/// Requests for a role in a project.
enum AccessRequestResolvers {
    static func add(to map: inout ResolverMap<APIContext>) {
        self.addQueries(to: &map)
        self.addMutations(to: &map)
        map.type(ProjectAccessRequestSource.self) { field in
            field.addRequest(\.pending)
            field("projectId") { source, _, _ in source.pending.request.project.rawValue }
            field("project") { source, _, context in
                ProjectSource(project: try await self.project(of: source.pending, context))
            }
        }
        map.type(StreamAccessRequestSource.self) { field in
            field.addRequest(\.pending)
            field("streamId") { source, _, _ in source.pending.request.project.rawValue }
            field("stream") { source, _, context in
                StreamSource(project: try await self.project(of: source.pending, context))
            }
        }
    }

    /// Whoever asks for access learns nothing of the project by that.
    private static func project(of pending: PendingAccess, _ context: APIContext) async throws -> Project {
        let id = pending.request.project
        guard let project = try await context.read(id, { try $0.project(id) }) else {
            throw DomainError(.projectNotFound, "Project not found")
        }
        return project
    }

    // MARK: Look-ups

    private static func addQueries(to map: inout ResolverMap<APIContext>) {
        map.type(QueryRoot.self) { field in
            field("streamAccessRequest") { _, arguments, context in
                let user = try context.permitted(.seeRequest).user
                return try await self.request(by: user, to: arguments.id("streamId"), context)
                    .map(StreamAccessRequestSource.init)
            }
        }
        map.type(UserSource.self) { field in
            field("projectAccessRequest") { source, arguments, context in
                try context.requireSelf(source.user)
                return try await self.request(by: source.user, to: arguments.id("projectId"), context)
                    .map(ProjectAccessRequestSource.init)
            }
        }
        map.type(ProjectSource.self) { field in
            field("pendingAccessRequests") { source, _, context in
                try await self.requests(to: source.project.id, context).map(ProjectAccessRequestSource.init)
            }
        }
        map.type(StreamSource.self) { field in
            field("pendingAccessRequests") { source, _, context in
                try await self.requests(to: source.project.id, context).map(StreamAccessRequestSource.init)
            }
        }
    }

    private static func request(
        by user: User, to project: ProjectID, _ context: APIContext
    ) async throws -> PendingAccess? {
        try await context.read { try $0.accessRequest(by: user.id, to: project) }
            .map { PendingAccess(request: $0, requester: user) }
    }

    private static func requests(to project: ProjectID, _ context: APIContext) async throws -> [PendingAccess] {
        let principal = context.principal
        return try await context.read { rows in
            try ProjectRules.require(.admit, on: project, for: principal, rows)
            let requests = try rows.accessRequests(to: project)
            let people = try rows.users(Set(requests.map(\.requester)))
            return requests.compactMap { request in
                people[request.requester].map { PendingAccess(request: request, requester: $0) }
            }
        }
    }

    // MARK: Mutations

    private static func addMutations(to map: inout ResolverMap<APIContext>) {
        map.type(ProjectMutations.self) { field in
            field("accessRequestMutations") { _, _, _ in ProjectAccessRequestMutations() }
        }
        map.type(ProjectAccessRequestMutations.self) { field in
            field("create") { _, arguments, context in
                ProjectAccessRequestSource(pending: try await self.create(arguments.id("projectId"), context))
            }
            field("use") { _, arguments, context in
                ProjectSource(project: try await self.answer(arguments, context))
            }
        }
        map.type(MutationRoot.self) { field in
            field("streamAccessRequestCreate") { _, arguments, context in
                StreamAccessRequestSource(pending: try await self.create(arguments.id("streamId"), context))
            }
            field("streamAccessRequestUse") { _, arguments, context in
                _ = try await self.answer(arguments, context)
                return true
            }
        }
    }

    private static func create(_ project: ProjectID, _ context: APIContext) async throws -> PendingAccess {
        let principal = try context.permitted(.ask)
        guard ProjectRules.isWithin(principal, project) else {
            throw DomainError(.forbidden, "Your auth token is not for this project.")
        }
        let request = try await context.services.metadata.perform(
            RequestAccess(project: project), actor: principal.user.id)
        await Notices(context.services).accessRequested(request, by: principal.user)
        return PendingAccess(request: request, requester: principal.user)
    }

    private static func answer(_ arguments: GraphQLObject, _ context: APIContext) async throws -> Project {
        let principal = try context.permitted(.ask)
        let id = arguments.id("requestId", as: AccessRequestID.self)
        let request = try await context.read { rows in
            // To everybody else it looks as if there were none.
            guard let request = try rows.accessRequest(id),
                try ProjectRules.refusal(of: .admit, on: request.project, for: principal, rows) == nil
            else { throw DomainError.noSuchRequest }
            return request
        }
        let isAccepted = arguments["accept"]?.bool ?? false
        let role = ProjectRole(graphQL: arguments["role"]?.string ?? "")
        let project = try await context.perform(
            AnswerAccessRequest(request, role: isAccepted ? role : nil), .judge, on: request.project)
        if isAccepted { await Notices(context.services).accessGiven(request, by: principal.user, to: project) }
        return project
    }
}

extension ProjectRole {
    /// As the schema's enum names it.
    fileprivate init(graphQL name: String) {
        switch name {
        case "STREAM_OWNER": self = .owner
        case "STREAM_REVIEWER": self = .reviewer
        default: self = .contributor
        }
    }
}

extension ResolverMap.Fields {
    fileprivate mutating func addRequest(_ pending: @escaping @Sendable (Source) -> PendingAccess) {
        self("id") { source, _, _ in pending(source).request.id.rawValue }
        self("requester") { source, _, _ in LimitedUserSource(user: pending(source).requester) }
        self("requesterId") { source, _, _ in pending(source).request.requester.rawValue }
        self("createdAt") { source, _, _ in pending(source).request.createdAt.iso8601 }
    }
}

/// A request, with who asks.
struct PendingAccess: Sendable {
    let request: AccessRequest
    let requester: User
}

struct ProjectAccessRequestSource: ObjectSource {
    static let typeName = "ProjectAccessRequest"
    let pending: PendingAccess
}

struct StreamAccessRequestSource: ObjectSource {
    static let typeName = "StreamAccessRequest"
    let pending: PendingAccess
}
