import GraphQL
import ObjectModel
import Storage

/// Invitations to projects.
enum InviteResolvers {
    static func add(to map: inout ResolverMap<APIContext>) {
        map.type(QueryRoot.self) { field in
            field("projectInvite") { _, arguments, context in
                try await self.invite(to: arguments.id("projectId"), arguments["token"]?.string, context)
            }
        }
        map.type(UserSource.self) { field in
            field("projectInvites") { source, _, context in
                try context.permitted(.listProjects)
                try context.requireSelf(source.user)
                return try await self.invites(for: source.user, context)
            }
        }
        map.type(ProjectSource.self) { field in
            field("invitedTeam") { source, _, context in try await self.invitedTeam(of: source.project.id, context) }
        }
        map.type(ProjectMutations.self) { field in field("invites") { _, _, _ in ProjectInviteMutations() } }
        self.addMutations(to: &map)
        self.addInvite(to: &map)
    }

    // MARK: Look-ups

    /// The caller's own invitation to a project.
    static func invite(
        to project: ProjectID, _ token: String?, _ context: APIContext
    ) async throws -> InviteSource? {
        if let token, let invite = try await self.invite(to: project, by: ContentHash(of: token), context) {
            return invite
        }
        guard context.principal != nil else { return nil }
        let user = try context.permitted(.seeInvite).user
        return try await self.invites(for: user, context).first {
            $0.project.id == project && (token == nil || $0.invite.id.rawValue == token)
        }
    }

    /// For whoever has the secret of the invitation's mail.
    private static func invite(
        to project: ProjectID, by token: ContentHash, _ context: APIContext
    ) async throws -> InviteSource? {
        let now = context.services.clock()
        return try await context.read { rows in
            guard let invite = try rows.invite(token: token), invite.project == project,
                invite.isOpened(by: token, at: now)
            else { return nil }
            return try self.source(invite, rows)
        }
    }

    /// Those who were invited to a project, for those who may write to it.
    static func invitedTeam(of project: ProjectID, _ context: APIContext) async throws -> [InviteSource] {
        let principal = context.principal
        return try await context.read { rows in
            guard try ProjectRules.refusal(of: .write, on: project, for: principal, rows) == nil else { return [] }
            return try rows.invites(to: project).compactMap { try self.source($0, rows) }
        }
    }

    static func invites(for user: User, _ context: APIContext) async throws -> [InviteSource] {
        let principal = context.principal
        return try await context.read { rows in
            try rows.invites(for: user.id).filter { invite in
                principal.map { ProjectRules.isWithin($0, invite.project) } ?? false
            }.compactMap { try self.source($0, rows) }
        }
    }

    /// `nil` when whoever invited, or is asked by their id, has no account any more.
    static func source(_ invite: Invite, _ rows: any MetadataReading) throws -> InviteSource? {
        guard let project = try rows.project(invite.project), let inviter = try rows.user(invite.inviter) else {
            return nil
        }
        let user = try invite.user(rows)
        if case .user = invite.target, user == nil { return nil }
        return InviteSource(invite: invite, project: project, inviter: inviter, user: user)
    }

    private static func addInvite(to map: inout ResolverMap<APIContext>) {
        map.type(InviteSource.self) { field in
            field("id") { source, _, _ in "invite:\(source.invite.id)" }
            field("inviteId") { source, _, _ in source.invite.id.rawValue }
            field("projectId") { source, _, _ in source.project.id.rawValue }
            field("projectName") { source, _, _ in source.project.name }
            field("streamId") { source, _, _ in source.project.id.rawValue }
            field("streamName") { source, _, _ in source.project.name }
            field("title") { source, _, _ in
                guard case .email(let email) = source.invite.target else { return source.user?.name ?? "" }
                return source.user?.name ?? email
            }
            field("role") { source, _, _ in source.invite.role.rawValue }
            field("token") { source, _, context in
                // It says which invitation is meant. That it is theirs the person shows by being who they are.
                guard let user = context.principal?.user.id else { return String?.none }
                let invite = source.invite
                let isAsked = try await context.read { rows in
                    try invite.asks(user, at: rows.verifiedAddresses(of: user))
                }
                return isAsked ? invite.id.rawValue : nil
            }
            field("invitedBy") { source, _, _ in LimitedUserSource(user: source.inviter) }
            field("user") { source, _, _ in source.user.map(LimitedUserSource.init) }
        }
    }

    // MARK: Mutations

    private static func addMutations(to map: inout ResolverMap<APIContext>) {
        map.type(ProjectInviteMutations.self) { field in
            field("create") { _, arguments, context in
                let project = arguments.id("projectId", as: ProjectID.self)
                return try await self.invite([try Input(arguments)], to: project, context)
            }
            field("batchCreate") { _, arguments, context in
                let project = arguments.id("projectId", as: ProjectID.self)
                let inputs = (arguments["input"]?.list ?? []).compactMap(\.object).map(Input.init(item:))
                guard inputs.count <= Limits.inviteBatchCountMax else {
                    throw DomainError(
                        .badRequest, "At most \(Limits.inviteBatchCountMax) people are invited at a time.")
                }
                return try await self.invite(inputs, to: project, context)
            }
            field("use") { _, arguments, context in
                let input = try Input(arguments)
                let command = AnswerInvite(
                    project: try input.id("projectId"), token: try input.require("token"),
                    isAccepted: input.bool("accept") ?? false)
                return try await self.answer(command, context)
            }
            field("cancel") { _, arguments, context in
                let command = CancelInvite(project: arguments.id("projectId"), id: arguments.id("inviteId"))
                try await self.cancel(command, context)
                return try await self.project(command.project, context)
            }
        }
    }

    static func answer(_ command: AnswerInvite, _ context: APIContext) async throws -> Bool {
        let principal = try context.permitted(.answer)
        guard ProjectRules.isWithin(principal, command.project) else {
            throw DomainError(.forbidden, "Your auth token is not for this project.")
        }
        try await context.services.metadata.perform(command, actor: principal.user.id)
        return true
    }

    static func cancel(_ command: CancelInvite, _ context: APIContext) async throws {
        try await context.perform(command, .invite, on: command.project)
    }

    @discardableResult
    static func invite(
        _ inputs: [Input], to project: ProjectID, _ context: APIContext
    ) async throws -> ProjectSource {
        let tokens = inputs.map { _ in MailTexts.token() }
        let commands = try zip(inputs, tokens).map { input, token in
            try InviteToProject(input, to: project, tokenHash: ContentHash(of: token))
        }
        let invites = try await context.perform(Invitations(all: commands), .invite, on: project)
        let shown = try await self.project(project, context)
        for (invite, token) in zip(invites, tokens) {
            guard case .email(let email) = invite.target else {
                if let inviter = context.principal?.user {
                    await Notices(context.services).invited(invite, by: inviter, to: shown.project)
                }
                continue
            }
            await context.services.mail.send(
                MailTexts(context.services.configuration).invitation(
                    to: email, by: context.principal?.user.name ?? "", project: shown.project.name,
                    message: invite.message, token: token, until: invite.createdAt + ServerInvite.lifespan))
        }
        return shown
    }

    private static func project(_ id: ProjectID, _ context: APIContext) async throws -> ProjectSource {
        guard let project = try await context.read({ try $0.project(id) }) else {
            throw DomainError(.projectNotFound, "Project not found")
        }
        return ProjectSource(project: project)
    }
}

extension AnswerInvite {
    /// - Parameter token: the invitation's id, for those whom it asks, or the secret of its mail.
    init(project: ProjectID, token: String, isAccepted: Bool) {
        self.init(
            project: project, id: InviteID(rawValue: token), tokenHash: ContentHash(of: token), isAccepted: isAccepted)
    }
}

extension InviteToProject {
    fileprivate init(_ input: Input, to project: ProjectID, tokenHash: ContentHash) throws {
        let target: Invite.Target
        switch (input.string("userId"), input.string("email")) {
        case (let id?, _) where !id.isEmpty: target = .user(UserID(rawValue: id))
        case (_, let email?): target = .email(email)
        default: throw DomainError(.inviteCreate, "Either an e-mail or a user's id must be given.")
        }
        let name = input.string("role") ?? ProjectRole.contributor.rawValue
        guard let role = ProjectRole(rawValue: name) else {
            throw DomainError(.inviteCreate, "There is no role \(name).")
        }
        if let serverRole = input.string("serverRole"), serverRole != ServerRole.user.rawValue {
            throw DomainError(.inviteCreate, "Whoever is invited becomes a \(ServerRole.user.rawValue) of this server.")
        }
        self.init(
            project: project, target: target, role: role, message: input.string("message"),
            tokenHash: tokenHash)
    }
}
