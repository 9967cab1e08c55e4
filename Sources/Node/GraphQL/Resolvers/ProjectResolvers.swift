import GraphQL
import ObjectModel
import Storage

/// Projects and the people in them.
enum ProjectResolvers {
    static func add(to map: inout ResolverMap<APIContext>) {
        map.type(QueryRoot.self) { field in
            field("project") { _, arguments, context in
                let id = arguments.id(as: ProjectID.self)
                return try await context.read(id) { try $0.project(id) }.map(ProjectSource.init)
            }
        }
        map.type(MutationRoot.self) { field in field("projectMutations") { _, _, _ in ProjectMutations() } }
        map.type(ProjectMutations.self) { field in
            field("create") { _, arguments, context in try await self.create(arguments, context) }
            field("update") { _, arguments, context in try await self.update(arguments, context) }
            field("delete") { _, arguments, context in
                let id = arguments.id(as: ProjectID.self)
                try await context.perform(DeleteProject(id), .own, on: id)
                return true
            }
            field("updateRole") { _, arguments, context in try await self.updateRole(arguments, context) }
            field("createForOnboarding") { _, _, context in
                try await self.create(["input": .object(["name": .string("My first project")])], context)
            }
            field("batchDelete") { _, arguments, context in
                try await AdministrationResolvers.deleteProjects(arguments, context)
            }
            field("leave") { _, arguments, context in try await self.leave(arguments.id(), context) }
        }
        self.addProject(to: &map)
        self.addPermissions(to: &map)
    }

    // MARK: Mutations

    static func create(
        _ arguments: GraphQLObject, policy: PolicyRequest? = nil, _ context: APIContext
    ) async throws -> ProjectSource {
        let principal = try context.permitted(.createProject)
        try await context.count(.createProject)
        let input = Input(optional: arguments, "input")
        let project = try await context.services.metadata.perform(
            CreateProject(
                name: input.string("name"), description: input.string("description"),
                visibility: input.string("visibility").map(ProjectVisibility.init(graphQL:)), policy: policy),
            actor: principal.user.id)
        return ProjectSource(project: project)
    }

    private static func update(_ arguments: GraphQLObject, _ context: APIContext) async throws -> ProjectSource {
        let input = try Input(arguments, "update")
        let id = try input.id("id", as: ProjectID.self)
        let change = ProjectChange(
            name: input.string("name"), description: input.string("description"),
            visibility: input.string("visibility").map(ProjectVisibility.init(graphQL:)),
            allowPublicComments: input.bool("allowPublicComments"))
        return ProjectSource(project: try await context.perform(UpdateProject(id, change), .own, on: id))
    }

    private static func updateRole(_ arguments: GraphQLObject, _ context: APIContext) async throws -> ProjectSource {
        let input = try Input(arguments)
        let id = try input.id("projectId", as: ProjectID.self)
        let role = try input.string("role").map { name in
            guard let role = ProjectRole(rawValue: name) else {
                throw DomainError(.projectAccessUpdate, "There is no role \(name).")
            }
            return role
        }
        let command = SetProjectRole(project: id, user: try input.id("userId"), role: role)
        return ProjectSource(project: try await context.perform(command, .appoint, on: id))
    }

    static func leave(_ project: ProjectID, _ context: APIContext) async throws -> Bool {
        let user = try context.permitted(.leave).user.id
        _ = try await context.perform(SetProjectRole(project: project, user: user, role: nil), .read, on: project)
        return true
    }

    // MARK: Fields

    private static func addProject(to map: inout ResolverMap<APIContext>) {
        map.type(ProjectSource.self) { field in
            field("id") { source, _, _ in source.project.id.rawValue }
            field("name") { source, _, _ in source.project.name }
            field("description") { source, _, _ in source.project.description }
            field("visibility") { source, _, _ in source.project.visibility.rawValue.uppercased() }
            field("allowPublicComments") { source, _, _ in source.project.allowPublicComments }
            field.addRole(\.project.id)
            field("createdAt") { source, _, _ in source.project.createdAt.iso8601 }
            field("updatedAt") { source, _, _ in source.project.updatedAt.iso8601 }
            field.together("sourceApps") { sources, _, context in
                let (ids, principal) = (sources.map(\.project.id), context.principal)
                let names = try await context.read { rows in
                    let refusals = try ProjectRules.refusals(of: .read, on: Set(ids), for: principal, rows)
                    if let refusal = refusals.values.first { throw refusal.error }
                    return try rows.sourceApplications(inEach: Set(ids))
                }
                return ids.map { names[$0] ?? [] }
            }
            field.together("team") { sources, _, context in
                try await self.teams(of: sources.map(\.project.id), context)
            }
            field("blobs") { source, arguments, context in
                try await BlobResolvers.blobs(of: source.project.id, arguments, context)
            }
            field("blob") { source, arguments, context in
                try await BlobResolvers.blob(arguments.id(), in: source.project.id, context)
            }
            field("models") { source, arguments, context in
                try await ModelResolvers.models(of: source.project.id, arguments, context)
            }
            field("model") { source, arguments, context in
                try await ModelResolvers.model(arguments.id(), in: source.project.id, context)
            }
            field("modelByName") { source, arguments, context in
                let name = (arguments["name"]?.string ?? "").lowercased()
                return try await context.read(source.project.id) { try $0.model(named: name, in: source.project.id) }
                    .map(ModelSource.init)
            }
            field("version") { source, arguments, context in
                try await ModelResolvers.version(arguments.id(), in: source.project.id, context)
            }
            field("versions") { source, arguments, context in
                VersionsSource(
                    listing: try await ModelResolvers.versions(of: source.project.id, arguments, context))
            }
            field("permissions") { source, _, _ in ProjectPermissions(project: source.project.id) }
        }
        map.type(CollaboratorSource.self) { field in
            field("id") { source, _, _ in source.user.id.rawValue }
            field("role") { source, _, _ in source.collaborator.role.rawValue }
            field("user") { source, _, _ in LimitedUserSource(user: source.user) }
        }
    }

    /// The people with a role who have an account on this node: a copied project names others, too.
    static func teams(of projects: [ProjectID], _ context: APIContext) async throws -> [[CollaboratorSource]] {
        try await context.read { rows in
            let teams = try rows.collaborators(ofEach: Set(projects))
            let users = try rows.users(Set(teams.values.joined().map(\.user)))
            return projects.map { project in
                (teams[project] ?? []).compactMap { collaborator in
                    users[collaborator.user].map { CollaboratorSource(collaborator: collaborator, user: $0) }
                }
            }
        }
    }

    /// Whether the caller may give up a role; the last owner may not.
    private static func leaving(_ project: ProjectID, _ context: APIContext) async throws -> PermissionCheck {
        let principal = context.principal
        return try await context.read { rows in
            if let refusal = try ProjectRules.refusal(of: .read, on: project, for: principal, rows) {
                return PermissionCheck(refusal: refusal)
            }
            guard let user = principal?.user.id else {
                return PermissionCheck(refusal: ProjectRules.Refusal.notSignedIn)
            }
            guard let role = try rows.role(of: user, in: project) else {
                return PermissionCheck(refusal: ProjectRules.Refusal.missingRole(.reviewer))
            }
            let isLast = try role == .owner && rows.actingOwners(of: project).allSatisfy { $0 == user }
            return isLast ? .lastOwner : PermissionCheck(refusal: nil as ProjectRules.Refusal?)
        }
    }

    private static func addPermissions(to map: inout ResolverMap<APIContext>) {
        map.type(ProjectPermissions.self) { field in
            let actions: [(String, ProjectRules.Action)] = [
                ("canBroadcastActivity", .broadcast), ("canCreateComment", .comment), ("canCreateModel", .write),
                ("canDelete", .own), ("canLoad", .read), ("canPublish", .write), ("canRead", .read),
                ("canUpdate", .own), ("canUpdateAllowPublicComments", .own), ("canInvite", .invite),
                ("canReadSettings", .write), ("canReadWebhooks", .own),
            ]
            for (name, action) in actions {
                field.addCheck(name, of: action, on: \.project)
            }
            field("canLeave") { source, _, context in try await self.leaving(source.project, context) }
        }
    }
}

extension ProjectVisibility {
    /// As the schema names it. Unlisted projects are public ones.
    fileprivate init(graphQL name: String) {
        self = ProjectVisibility(rawValue: name.lowercased()) ?? (name == "UNLISTED" ? .public : .private)
    }
}
