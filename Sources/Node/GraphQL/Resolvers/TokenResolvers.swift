import GraphQL
import ObjectModel
import Storage

/// Tokens that people make themselves, and those that apps make of theirs.
enum TokenResolvers {
    private static let nameByteCounts = 1...512

    static func add(to map: inout ResolverMap<APIContext>) {
        map.type(MutationRoot.self) { field in
            field("apiTokenCreate") { _, arguments, context in
                let principal = try context.permitted(.makeTokens)
                return try await self.create(.personal, arguments, by: principal, context)
            }
            field("appTokenCreate") { _, arguments, context in
                let principal = try context.permitted(.makeTokens)
                guard principal.token.app != nil else {
                    throw DomainError(.tokenCreate, "Only the token of an app makes tokens of apps.")
                }
                return try await self.create(.app, arguments, by: principal, context)
            }
            field("apiTokenRevoke") { _, arguments, context in
                try await self.revoke(arguments["token"]?.string ?? "", context)
            }
        }
        map.type(UserSource.self) { field in
            field("apiTokens") { source, _, context in
                try context.permitted(.readTokens)
                try context.requireSelf(source.user)
                return try await context.read { try $0.tokens(of: source.user.id, kind: .personal) }
                    .map(ApiTokenSource.init)
            }
        }
        map.type(ApiTokenSource.self) { field in
            field("id") { source, _, _ in source.token.id.rawValue }
            field("name") { source, _, _ in source.token.name }
            field("lastChars") { source, _, _ in source.token.lastCharacters }
            field("scopes") { source, _, _ in source.token.scopes.map(\.rawValue) }
            field("createdAt") { source, _, _ in source.token.createdAt.iso8601 }
            field("lifespan") { source, _, _ in Int(source.token.lifespanMilliseconds) }
            field.together("lastUsed") { sources, _, context in
                try await context.tokens.uses.lastUses(of: sources.map(\.token)).map(\.iso8601)
            }
        }
    }

    private static func create(
        _ kind: Token.Kind, _ arguments: GraphQLObject, by principal: Principal, _ context: APIContext
    ) async throws -> String {
        let input = try Input(arguments, "token")
        let name = try input.require("name")
        guard self.nameByteCounts.contains(name.utf8.count) else {
            throw DomainError(
                .tokenCreate, "A name of 1 to \(self.nameByteCounts.upperBound) characters is required.")
        }
        let scopes = try input.scopes(or: .tokenCreate)
        let projects = try TokenRules.requireNarrower(kind, scopes, try self.projects(input), than: principal)
        let isAppToken = kind == .app
        let new = context.tokens.make(
            .init(
                kind: kind, owner: principal.user.id, name: name, app: isAppToken ? principal.token.app : nil,
                family: isAppToken ? principal.token.family : nil, scopes: scopes, projects: projects,
                lifespan: try input.lifespan()))
        try await context.services.metadata.perform(CreateToken(new.token), actor: principal.user.id) { rows in
            // What was taken back in the meantime makes nothing.
            guard try rows.token(principal.token.id) != nil else {
                throw DomainError(.forbidden, "Your token is not valid.")
            }
        }
        return new.text
    }

    private static func projects(_ input: Input) throws -> [ProjectID] {
        let resources = (input.list("limitResources") ?? []).compactMap(\.object)
        guard resources.count <= Limits.tokenProjectCountMax else {
            throw DomainError(.tokenCreate, "A token is limited to at most \(Limits.tokenProjectCountMax) projects.")
        }
        var projects: [ProjectID] = []
        for resource in resources {
            guard resource["type"]?.string == "project" else {
                throw DomainError(.workspacesDisabled, DisabledModules.workspaces.message)
            }
            let id = resource.id(as: ProjectID.self)
            guard !id.rawValue.isEmpty, id.rawValue.utf8.count <= Limits.identifierByteCountMax else {
                throw DomainError(.tokenCreate, "That is no id of a project.")
            }
            if !projects.contains(id) { projects.append(id) }
        }
        return projects
    }

    private static func revoke(_ text: String, _ context: APIContext) async throws -> Bool {
        let principal = try context.permitted(.endTokens)
        let id = TokenID(of: text)
        try await context.services.metadata.perform(RevokeToken(id, owner: nil), actor: principal.user.id) { rows in
            guard let token = try rows.token(id), TokenRules.mayRevoke(token, principal) else {
                throw DomainError(.tokenRevoke, "Did not revoke token")
            }
        }
        return true
    }
}

extension Input {
    /// The field `scopes`.
    ///
    /// - Throws: ``DomainError`` with `code` for one that does not exist.
    func scopes(or code: DomainError.Code) throws -> [Scope] {
        try (self.strings("scopes") ?? []).map { name in
            guard let scope = Scope(rawValue: name) else { throw DomainError(code, "There is no scope \(name).") }
            return scope
        }
    }

    /// The field `lifespan`, in milliseconds.
    func lifespan() throws -> Duration {
        guard let milliseconds = try self.bigInt("lifespan") else { return TokenIssuer.lifespanDefault }
        guard milliseconds > 0 else { throw DomainError(.tokenCreate, "A lifespan is more than nothing.") }
        return min(Duration.milliseconds(milliseconds), TokenIssuer.lifespanDefault)
    }
}
