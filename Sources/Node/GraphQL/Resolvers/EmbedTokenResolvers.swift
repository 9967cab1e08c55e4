import GraphQL
import ObjectModel
import Storage

/// Tokens that show one project to whoever has them: they read as whoever made them, as long as that may.
enum EmbedTokenResolvers {
    static func add(to map: inout ResolverMap<APIContext>) {
        map.type(ProjectMutations.self) { field in
            field("createEmbedToken") { _, arguments, context in try await self.create(arguments, context) }
            field("revokeEmbedToken") { _, arguments, context in
                let id = TokenID(of: arguments["token"]?.string ?? "")
                return try await self.revoke(EndEmbedTokens(of: arguments.id("projectId"), only: id), context)
            }
            field("revokeEmbedTokens") { _, arguments, context in
                try await self.revoke(EndEmbedTokens(of: arguments.id("projectId")), context)
            }
        }
        map.type(ProjectSource.self) { field in
            field("embedTokens") { source, arguments, context in
                try await self.tokens(of: source.project.id, try Page(arguments), context)
            }
        }
        map.type(ProjectPermissions.self) { field in
            field.addCheck("canCreateEmbedTokens", of: .embed, on: \.project)
            for name in ["canRevokeEmbedTokens", "canReadEmbedTokens"] {
                field.addCheck(name, of: .endEmbeds, on: \.project)
            }
        }
        self.addTokens(to: &map)
    }

    private static func create(
        _ arguments: GraphQLObject, _ context: APIContext
    ) async throws -> NewEmbedTokenSource {
        let principal = try context.permitted(.endTokens)
        let input = try Input(arguments, "token")
        let project = try input.id("projectId", as: ProjectID.self)
        let resources = try input.require("resourceIdString")
        guard (1...Limits.embedResourceByteCountMax).contains(resources.utf8.count) else {
            throw DomainError(
                .tokenCreate, "What is shown is named by 1 to \(Limits.embedResourceByteCountMax) characters.")
        }
        let new = context.tokens.make(
            .init(
                kind: .embed, owner: principal.user.id, name: "Embed token", scopes: [.streamsRead],
                projects: [project], resources: resources, lifespan: try input.lifespan()))
        try await context.perform(CreateToken(new.token), .embed, on: project)
        return NewEmbedTokenSource(new: new)
    }

    private static func revoke(_ command: EndEmbedTokens, _ context: APIContext) async throws -> Bool {
        try context.permitted(.endTokens)
        try await context.perform(command, .endEmbeds, on: command.project)
        return true
    }

    private static func tokens(
        of project: ProjectID, _ page: Page, _ context: APIContext
    ) async throws -> EmbedTokensSource {
        let principal = context.principal
        let listing = try await context.read { rows in
            try ProjectRules.require(.endEmbeds, on: project, for: principal, rows)
            let items = try rows.embedTokens(of: project, after: page.after, limit: page.limit)
            return Listing(items: items, totalCount: try rows.embedTokenCount(of: project)) {
                ($0.createdAt, $0.id.rawValue)
            }
        }
        return EmbedTokensSource(listing: listing)
    }

    private static func addTokens(to map: inout ResolverMap<APIContext>) {
        map.type(EmbedTokenSource.self) { field in
            field("tokenId") { source, _, _ in source.token.id.rawValue }
            field("projectId") { source, _, _ in source.token.projects.first?.rawValue ?? "" }
            field.addPerson("user", \.token.owner, LimitedUserSource.init)
            field("resourceIdString") { source, _, _ in source.token.resources ?? "" }
            field("createdAt") { source, _, _ in source.token.createdAt.iso8601 }
            field("lifespan") { source, _, _ in Int(source.token.lifespanMilliseconds) }
            field.together("lastUsed") { sources, _, context in
                try await context.tokens.uses.lastUses(of: sources.map(\.token)).map(\.iso8601)
            }
        }
        map.type(EmbedTokensSource.self) { field in field.addListing(\.listing, of: EmbedTokenSource.init) }
        map.type(NewEmbedTokenSource.self) { field in
            field("token") { source, _, _ in source.new.text }
            field("tokenMetadata") { source, _, _ in EmbedTokenSource(token: source.new.token) }
        }
    }
}
