import GraphQL
import ObjectModel
import Storage

/// Programs that people let act for them.
enum AppResolvers {
    static func add(to map: inout ResolverMap<APIContext>) {
        map.type(QueryRoot.self) { field in
            field("app") { _, arguments, context in
                let id = arguments.id(as: AppID.self)
                return try await context.read { try ServerApp.named(id, $0) }.map(AppSource.init)
            }
            field("apps") { _, _, context in
                if context.principal != nil { try context.permitted(.listApps) }
                let registered = try await context.read { try $0.publicApps(limit: Limits.appListCountMax) }
                return (ServerApp.builtIn + registered.map(ServerApp.init)).map(AppItemSource.init)
            }
            field("authenticatedAsApp") { _, _, context in
                guard let id = try context.permitted(.lookAtToken).token.app else { return nil as AppItemSource? }
                return try await context.read { try ServerApp.named(id, $0) }.map(AppItemSource.init)
            }
        }
        map.type(MutationRoot.self) { field in
            field("appCreate") { _, arguments, context in try await self.create(arguments, context) }
            field("appUpdate") { _, arguments, context in
                let input = try Input(arguments, "app")
                return try await self.change(UpdateApp(input.id("id"), AppRegistration(input)), context, \.id)
            }
            field("appDelete") { _, arguments, context in
                try await self.change(DeleteApp(arguments.id("appId")), context, \.id)
            }
            field("appRevokeAccess") { _, arguments, context in
                let user = try context.permitted(.revokeApps).user.id
                try await context.services.metadata.perform(RevokeApp(arguments.id("appId"), of: user), actor: user)
                return true
            }
        }
        self.addApps(to: &map)
        self.addAppsOfPeople(to: &map)
    }

    // MARK: Mutations

    private static func create(_ arguments: GraphQLObject, _ context: APIContext) async throws -> String {
        let user = try context.permitted(.writeApps).user.id
        let command = RegisterApp(
            try AppRegistration(Input(arguments, "app")),
            secret: RandomDigits.hexadecimal(Limits.appSecretDigitCount))
        return try await context.services.metadata.perform(command, actor: user).id.rawValue
    }

    private static func change<C: Command>(
        _ command: C, _ context: APIContext, _ id: @escaping @Sendable (C) -> AppID
    ) async throws -> Bool where C.Result == Void {
        let principal = try context.permitted(.writeApps)
        try await context.services.metadata.perform(command, actor: principal.user.id) { rows in
            guard let app = try rows.app(id(command)) else { throw DomainError(.appNotFound, "App not found") }
            guard TokenRules.mayChange(app, principal) else {
                throw DomainError(.forbidden, "Only its author may change an app.")
            }
        }
        return true
    }

    // MARK: Fields

    private static func addApps(to map: inout ResolverMap<APIContext>) {
        map.type(AppSource.self) { field in
            self.addCommonFields(to: &field, \.app)
            field("secret") { source, _, context in try await self.secret(of: source.app, context) }
            field("public") { source, _, _ in source.app.isPublic }
            field("createdAt") { source, _, _ in source.app.createdAt.iso8601 }
            field("scopes") { source, _, _ in source.app.scopes.map(ScopeSource.init) }
        }
        map.type(AppItemSource.self) { field in self.addCommonFields(to: &field, \.app) }
        map.type(AppAuthorSource.self) { field in
            field("id") { source, _, _ in source.user.id.rawValue }
            field("name") { source, _, _ in source.user.name }
            field("avatar") { source, _, _ in source.user.avatar }
        }
    }

    private static func addCommonFields<Source>(
        to field: inout ResolverMap<APIContext>.Fields<Source>, _ app: @escaping @Sendable (Source) -> ServerApp
    ) {
        field("id") { source, _, _ in app(source).id.rawValue }
        field("name") { source, _, _ in app(source).name }
        field("description") { source, _, _ in app(source).description }
        field("termsAndConditionsLink") { source, _, _ in app(source).terms }
        field("logo") { source, _, _ in app(source).logo }
        field("trustByDefault") { source, _, _ in app(source).isTrustedByDefault }
        field("redirectUrl") { source, _, context in app(source).redirectURL(at: context.origin) }
        field.addPerson("author", { app($0).author }, AppAuthorSource.init)
    }

    private static func secret(of app: ServerApp, _ context: APIContext) async throws -> String? {
        guard let author = app.author, author == context.principal?.user.id,
            (try? context.permitted(.readApps)) != nil
        else { return nil }
        return try await context.read { try $0.secret(of: app.id) }
    }

    private static func addAppsOfPeople(to map: inout ResolverMap<APIContext>) {
        map.type(UserSource.self) { field in
            field("createdApps") { source, _, context in
                try context.permitted(.readApps)
                try context.requireSelf(source.user)
                return try await context.read { try $0.apps(by: source.user.id) }.map {
                    AppSource(app: ServerApp($0))
                }
            }
            field("authorizedApps") { source, _, context in
                try context.permitted(.readApps)
                try context.requireSelf(source.user)
                return try await context.read { rows in
                    let tokens =
                        try rows.tokens(of: source.user.id, kind: .app)
                        + rows.tokens(of: source.user.id, kind: .refresh)
                    return try Set(tokens.compactMap(\.app)).sorted().compactMap { try ServerApp.named($0, rows) }
                }.map(AppItemSource.init)
            }
        }
    }
}

extension AppRegistration {
    /// - Throws: ``DomainError``.
    fileprivate init(_ input: Input) throws {
        self.init(
            name: try input.require("name"), description: try input.require("description"),
            terms: input.string("termsAndConditionsLink"), logo: input.string("logo"),
            isPublic: input.bool("public") ?? false, redirectURL: try input.require("redirectUrl"),
            scopes: try input.scopes(or: .appCreate))
    }
}
