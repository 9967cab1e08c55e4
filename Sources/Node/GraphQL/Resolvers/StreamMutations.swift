import GraphQL
import ObjectModel
import Storage

/// Mutations by the names that older clients have for them.
enum StreamMutations {
    static func add(to map: inout ResolverMap<APIContext>) {
        self.addStreams(to: &map)
        self.addInvites(to: &map)
        self.addBranches(to: &map)
        self.addCommits(to: &map)
        map.type(MutationRoot.self) { field in
            field("userUpdate") { _, arguments, context in
                _ = try await UserResolvers.update(arguments, context)
                return true
            }
        }
    }

    // MARK: Streams

    private static func addStreams(to map: inout ResolverMap<APIContext>) {
        map.type(MutationRoot.self) { field in
            field("streamCreate") { _, arguments, context in
                let input = try Input(arguments, "stream")
                var project: GraphQLObject = ["visibility": .enumeration(Self.visibility(input) ?? "PRIVATE")]
                for name in ["name", "description"] { project[name] = input.string(name).map(GraphQLValue.string) }
                let id = try await ProjectResolvers.create(["input": .object(project)], context).project.id
                let invited = (input.strings("withContributors") ?? []).map { user in
                    InviteToProject(project: id, target: .user(UserID(rawValue: user)), role: .contributor)
                }
                if !invited.isEmpty {
                    _ = try await context.perform(Invitations(all: invited), .invite, on: id)
                }
                return id.rawValue
            }
            field("streamUpdate") { _, arguments, context in
                let input = try Input(arguments, "stream")
                let id = try input.id("id", as: ProjectID.self)
                let change = ProjectChange(
                    name: input.string("name"), description: input.string("description"),
                    visibility: Self.visibility(input).flatMap { ProjectVisibility(rawValue: $0.lowercased()) },
                    allowPublicComments: input.bool("allowPublicComments"))
                _ = try await context.perform(UpdateProject(id, change), .own, on: id)
                return true
            }
            field("streamDelete") { _, arguments, context in
                let id = arguments.id(as: ProjectID.self)
                try await context.perform(DeleteProject(id), .own, on: id)
                return true
            }
            field("streamUpdatePermission") { _, arguments, context in
                let input = try Input(arguments, "permissionParams")
                guard let role = ProjectRole(rawValue: try input.require("role")) else {
                    throw DomainError(.projectAccessUpdate, "There is no such role.")
                }
                return try await self.setRole(role, input, context)
            }
            field("streamRevokePermission") { _, arguments, context in
                try await self.setRole(nil, try Input(arguments, "permissionParams"), context)
            }
            field("streamLeave") { _, arguments, context in
                try await ProjectResolvers.leave(arguments.id("streamId"), context)
            }
        }
    }

    private static func visibility(_ input: Input) -> String? {
        input.bool("isPublic").map { $0 ? "PUBLIC" : "PRIVATE" }
    }

    private static func setRole(_ role: ProjectRole?, _ input: Input, _ context: APIContext) async throws -> Bool {
        let command = SetProjectRole(project: try input.id("streamId"), user: try input.id("userId"), role: role)
        _ = try await context.perform(command, .appoint, on: command.project)
        return true
    }

    private static func addInvites(to map: inout ResolverMap<APIContext>) {
        map.type(MutationRoot.self) { field in
            field("streamInviteCreate") { _, arguments, context in
                let input = try Input(arguments)
                try await InviteResolvers.invite([input], to: try input.id("streamId"), context)
                return true
            }
            field("streamInviteBatchCreate") { _, arguments, context in
                let inputs = (arguments["input"]?.list ?? []).compactMap(\.object).map(Input.init(item:))
                for input in inputs {
                    try await InviteResolvers.invite([input], to: try input.id("streamId"), context)
                }
                return true
            }
            field("streamInviteCancel") { _, arguments, context in
                let command = CancelInvite(project: arguments.id("streamId"), id: arguments.id("inviteId"))
                try await InviteResolvers.cancel(command, context)
                return true
            }
            field("streamInviteUse") { _, arguments, context in
                let command = AnswerInvite(
                    project: arguments.id("streamId"), token: arguments["token"]?.string ?? "",
                    isAccepted: arguments["accept"]?.bool ?? false)
                return try await InviteResolvers.answer(command, context)
            }
        }
    }

    // MARK: Branches

    private static func addBranches(to map: inout ResolverMap<APIContext>) {
        map.type(MutationRoot.self) { field in
            field("branchCreate") { _, arguments, context in
                let input = try Input(arguments, "branch")
                let command = CreateModel(
                    project: try input.id("streamId"), name: try input.require("name"),
                    description: input.string("description"))
                return try await context.perform(command, .write, on: command.project).id.rawValue
            }
            field("branchUpdate") { _, arguments, context in
                let input = try Input(arguments, "branch")
                let command = UpdateModel(
                    project: try input.id("streamId"), id: try input.id("id"), name: input.string("name"),
                    description: input.string("description"))
                _ = try await context.perform(command, .write, on: command.project)
                return true
            }
            field("branchDelete") { _, arguments, context in
                let input = try Input(arguments, "branch")
                let command = DeleteModel(project: try input.id("streamId"), id: try input.id("id"))
                try await context.perform(command, .removeModel, on: .model(command.id), in: command.project)
                return true
            }
        }
    }

    // MARK: Commits

    private static func addCommits(to map: inout ResolverMap<APIContext>) {
        map.type(MutationRoot.self) { field in
            field("commitCreate") { _, arguments, context in
                try await self.createCommit(try Input(arguments, "commit"), context)
            }
            field("commitUpdate") { _, arguments, context in
                let input = try Input(arguments, "commit")
                let (project, id): (ProjectID, VersionID) = (try input.id("streamId"), try input.id("id"))
                if let branch = input.string("newBranchName") {
                    let move = MoveVersions(project: project, ids: [id], targetModelName: branch)
                    _ = try await context.perform(move, .changeVersion, on: .versions([id]), in: project)
                }
                if let message = input.string("message") {
                    let update = UpdateVersion(project: project, id: id, message: message)
                    _ = try await context.perform(update, .changeVersion, on: .versions([id]), in: project)
                }
                return true
            }
            field("commitDelete") { _, arguments, context in
                let input = try Input(arguments, "commit")
                let command = DeleteVersions(project: try input.id("streamId"), ids: [try input.id("id")])
                try await context.perform(
                    command, .changeVersion, on: .versions(command.ids), in: command.project)
                return true
            }
            field("commitReceive") { _, arguments, context in
                let input = try Input(arguments)
                let command = MarkVersionReceived(
                    project: try input.id("streamId"), id: try input.id("commitId"),
                    sourceApplication: try input.require("sourceApplication"), message: input.string("message"))
                try context.requirePrincipal()
                try await context.perform(command, .receive, on: command.project)
                return true
            }
            field("commitsMove") { _, arguments, context in
                let input = try Input(arguments)
                let command = MoveVersions(
                    project: try input.id("streamId"), ids: input.ids("commitIds"),
                    targetModelName: try input.require("targetBranch"))
                _ = try await context.perform(
                    command, .changeVersion, on: .versions(command.ids), in: command.project)
                return true
            }
            field("commitsDelete") { _, arguments, context in
                let input = try Input(arguments)
                let command = DeleteVersions(project: try input.id("streamId"), ids: input.ids("commitIds"))
                try await context.perform(
                    command, .changeVersion, on: .versions(command.ids), in: command.project)
                return true
            }
        }
    }

    private static func createCommit(_ input: Input, _ context: APIContext) async throws -> String {
        try await context.count(.createVersion)
        let project = try input.id("streamId", as: ProjectID.self)
        let name = try input.require("branchName").lowercased()
        guard let root = ObjectID(hex: try input.require("objectId")) else {
            throw DomainError(.versionCreate, "Failed to create version: that is no object id.")
        }
        try await context.require(.write, on: project)
        let model = try await context.read { try $0.model(named: name, in: project) }
        guard let model else { throw DomainError(.modelNotFound, "Model not found") }
        let parents: [VersionID] = input.ids("parents")
        let command = CreateVersion(
            project: project, model: model.id, root: .object(root), message: input.string("message"),
            sourceApplication: input.string("sourceApplication"),
            totalChildrenCount: input.int("totalChildrenCount"),
            parents: parents.isEmpty ? input.ids("previousCommitIds") : parents)
        return try await context.perform(command, .write, on: project).id.rawValue
    }
}
