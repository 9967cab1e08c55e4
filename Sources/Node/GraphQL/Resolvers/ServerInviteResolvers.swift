import GraphQL
import ObjectModel
import Storage

/// Invitations to the server.
enum ServerInviteResolvers {
    static func add(to map: inout ResolverMap<APIContext>) {
        map.type(QueryRoot.self) { field in
            // Whoever has the token of a mail is not signed in yet.
            field("serverInviteByToken") { _, arguments, context in
                guard let token = arguments["token"]?.string, !token.isEmpty else { return nil as ServerInviteSource? }
                return try await self.invite(by: ContentHash(of: token), context)
            }
        }
        map.type(MutationRoot.self) { field in
            field("serverInviteCreate") { _, arguments, context in
                try await self.invite([try Input(arguments)], context)
            }
            field("serverInviteBatchCreate") { _, arguments, context in
                let inputs = (arguments["input"]?.list ?? []).compactMap(\.object).map(Input.init(item:))
                guard inputs.count <= Limits.inviteBatchCountMax else {
                    throw DomainError(
                        .badRequest, "At most \(Limits.inviteBatchCountMax) people are invited at a time.")
                }
                return try await self.invite(inputs, context)
            }
            field("inviteDelete") { _, arguments, context in
                try await context.perform(CancelServerInvite(arguments.id("inviteId")), .manageInvites)
                return true
            }
            field("inviteResend") { _, arguments, context in
                let token = MailTexts.token()
                let command = RenewServerInvite(arguments.id("inviteId"), tokenHash: ContentHash(of: token))
                let invite = try await context.perform(command, .manageInvites)
                await self.send(invite, token, context)
                return true
            }
        }
        map.type(AdminQueries.self) { field in
            field("inviteList") { _, arguments, context in
                try context.permitted(.manageInvites)
                let (page, search) = (try OffsetPage(arguments), arguments["query"]?.string)
                return AdminInviteListSource(
                    listing: try await context.read { rows in
                        page.listing(
                            try rows.serverInvites(matching: search, offset: page.offset, limit: page.limit),
                            of: try rows.serverInviteCount(matching: search))
                    })
            }
        }
        map.type(ServerStatistics.self) { field in
            field("totalPendingInvites") { _, _, context in
                try await context.read { try $0.serverInviteCount(matching: nil) }
            }
        }
        map.type(AdminInviteListSource.self) { field in
            field.addListing(\.listing) { ServerInviteSource(id: $0.id, email: $0.email, inviter: $0.inviter) }
        }
        map.type(ServerInviteSource.self) { field in
            field("id") { source, _, _ in source.id.rawValue }
            field("email") { source, _, _ in source.email }
            field.addPerson("invitedBy", { $0.inviter }, LimitedUserSource.init)
        }
    }

    /// Invitations to projects let their holders onto the server, too.
    private static func invite(by token: ContentHash, _ context: APIContext) async throws -> ServerInviteSource? {
        let now = context.services.clock()
        return try await context.read { rows in
            if let invite = try rows.serverInvite(token: token), invite.isValid(at: now) {
                return ServerInviteSource(id: invite.id, email: invite.email, inviter: invite.inviter)
            }
            guard let invite = try rows.invite(token: token), case .email(let email) = invite.target,
                invite.isOpened(by: token, at: now), try rows.user(invite.inviter) != nil
            else { return nil }
            return ServerInviteSource(id: invite.id, email: email, inviter: invite.inviter)
        }
    }

    private static func invite(_ inputs: [Input], _ context: APIContext) async throws -> Bool {
        var (commands, tokens): ([InviteToServer], [String]) = ([], [])
        var action = ServerRules.Action.invitePeople
        for input in inputs {
            let name = input.string("serverRole") ?? ServerRole.user.rawValue
            guard let role = ServerRole(rawValue: name) else {
                throw DomainError(.inviteCreate, "There is no role \(name).")
            }
            if role == .admin { action = .inviteAdministrators }
            let token = MailTexts.token()
            tokens.append(token)
            commands.append(
                InviteToServer(
                    email: try input.require("email"), role: role, message: input.string("message"),
                    tokenHash: ContentHash(of: token)))
        }
        let invites = try await context.perform(ServerInvitations(all: commands), action)
        for (invite, token) in zip(invites, tokens) { await self.send(invite, token, context) }
        return true
    }

    private static func send(_ invite: ServerInvite, _ token: String, _ context: APIContext) async {
        let mail = MailTexts(context.services.configuration).invitation(
            to: invite.email, by: context.principal?.user.name ?? "", message: invite.message, token: token,
            until: invite.createdAt + ServerInvite.lifespan)
        await context.services.mail.send(mail)
    }
}

/// What is told of an invitation to somebody who has no account.
struct ServerInviteSource: ObjectSource {
    static let typeName = "ServerInvite"
    let id: InviteID
    let email: String
    let inviter: UserID
}

struct AdminInviteListSource: ObjectSource {
    static let typeName = "AdminInviteList"
    let listing: Listing<ServerInvite>
}
