import GraphQL
import ObjectModel
import Storage

/// What the server is.
enum ServerResolvers {
    static func add(to map: inout ResolverMap<APIContext>) {
        map.type(QueryRoot.self) { field in
            field("serverInfo") { _, _, context in
                ServerInfo(settings: try await context.read { try $0.serverSettings() })
            }
        }
        self.addServerInfo(to: &map)
    }

    private static func addServerInfo(to map: inout ResolverMap<APIContext>) {
        map.type(ServerInfo.self) { field in
            field("name") { source, _, context in source.settings.name ?? context.services.configuration.serverName }
            field("company") { source, _, context in
                source.settings.company ?? context.services.configuration.company
            }
            field("description") { source, _, _ in source.settings.description ?? "A Tiebeam node" }
            field("adminContact") { source, _, _ in source.settings.adminContact }
            field("termsOfService") { source, _, _ in source.settings.termsOfService }
            field("canonicalUrl") { _, _, context in context.origin }
            field("version") { _, _, context in context.services.configuration.apiVersion }
            field("inviteOnly") { source, _, _ in source.settings.isInviteOnly }
            field("guestModeEnabled") { source, _, _ in source.settings.allowsGuests }
            field("scopes") { _, _, _ in Scope.allCases.map(ScopeSource.init) }
            field("roles") { _, _, _ in self.roles }
            field("authStrategies") { _, _, context in
                [.local, context.services.elsewhere.map { .elsewhere($0.provider.name) }].compactMap(\.self)
                    as [AuthStrategySource]
            }
            field("serverRoles") { source, _, _ in
                ServerRole.allCases.filter { $0 != .guest || source.settings.allowsGuests }.map(ServerRoleSource.init)
            }
            field("configuration") { _, _, _ in ServerConfiguration() }
            field("blobSizeLimitBytes") { _, _, context in Self.fileByteCountMax(context) }
            field("multiRegion") { _, _, _ in ServerMultiRegionConfiguration() }
            field("automateUrl") { _, _, _ in nil as String? }
            field("enableNewWebUiMessaging") { _, _, _ in false }
            field("migration") { _, _, _ in nil as ServerMigration? }
        }
        map.type(ServerRoleSource.self) { field in
            field("id") { source, _, _ in source.role.rawValue }
            field("title") { source, _, _ in source.role.title }
        }
        map.type(ServerConfiguration.self) { field in
            field("blobSizeLimitBytes") { _, _, context in Self.fileByteCountMax(context) }
            field("objectSizeLimitBytes") { _, _, _ in Limits.objectByteCountMax }
            field("objectMultipartUploadSizeLimitBytes") { _, _, _ in Limits.uploadPartByteCountMax }
            field("isEmailEnabled") { _, _, context in context.services.configuration.sendsMails }
            field("emailVerificationTimeoutMinutes") { _, _, _ in
                Int(AccountProof.lifespan.components.seconds / 60)
            }
        }
        map.type(ServerMultiRegionConfiguration.self) { field in
            field("regions") { _, _, context in
                try context.requirePrincipal()
                return [] as [ServerRegionSource]
            }
            field("availableKeys") { _, _, context in
                try context.permitted(.operate)
                return [] as [String]
            }
        }
        map.type(MutationRoot.self) { field in
            field("serverInfoMutations") { _, _, context in
                try context.permitted(.operate)
                return ServerInfoMutations()
            }
        }
        map.type(ServerInfoMutations.self) { field in field("multiRegion") { _, _, _ in ServerRegionMutations() } }
        map.type(ServerRegionMutations.self) { field in
            for name in ["create", "update"] {
                field(name) { _, _, _ -> ServerRegionSource? in
                    throw DomainError(.badRequest, "Nodes become regions by `tiebeam region join`.")
                }
            }
        }
        map.type(ServerMigration.self) { field in
            field("movedFrom") { _, _, _ in nil as String? }
            field("movedTo") { _, _, _ in nil as String? }
        }
        map.type(ScopeSource.self) { field in
            field("name") { source, _, _ in source.scope.rawValue }
            field("description") { source, _, _ in source.scope.explanation }
        }
        map.type(RoleSource.self) { field in
            field("name") { source, _, _ in source.name }
            field("description") { source, _, _ in source.description }
            field("resourceTarget") { source, _, _ in source.target }
        }
        map.type(AuthStrategySource.self) { field in
            field("id") { source, _, _ in source.id }
            field("name") { source, _, _ in source.name }
            field("icon") { source, _, _ in source.icon }
            field("url") { source, _, _ in source.path }
            field("color") { _, _, _ in nil as String? }
        }
    }

    /// The largest that an Int of GraphQL holds, where it is larger.
    private static func fileByteCountMax(_ context: APIContext) -> Int {
        Int(Int32(clamping: context.services.configuration.fileByteCountMax))
    }

    private static let roles: [RoleSource] =
        ServerRole.allCases.map { RoleSource(name: $0.rawValue, description: $0.explanation, target: "server") }
        + ProjectRole.allCases.map { RoleSource(name: $0.rawValue, description: $0.explanation, target: "streams") }
}

extension Scope {
    /// What it lets an app or a token do, in a sentence.
    var explanation: String {
        switch self {
        case .streamsRead: "Read the projects that you can see."
        case .streamsWrite: "Make projects, and change those that you may change."
        case .profileRead: "Read your profile."
        case .profileWrite: "Change your profile."
        case .profileEmail: "Read your e-mail address."
        case .profileDelete: "Delete your account."
        case .usersRead: "Read other people's profiles."
        case .usersEmail: "Read other people's e-mail addresses."
        case .usersInvite: "Invite other people."
        case .serverStats: "Read figures about the server."
        case .serverSetup: "Administer the server."
        case .tokensRead: "List your tokens."
        case .tokensWrite: "Make and revoke tokens."
        case .appsRead: "List your apps."
        case .appsWrite: "Register apps."
        }
    }
}

extension ServerRole {
    fileprivate var explanation: String {
        switch self {
        case .admin: "Administers the server."
        case .user: "Opens projects."
        case .guest: "Works on other people's projects only."
        case .archived: "Can no longer sign in."
        }
    }
}

extension ProjectRole {
    fileprivate var explanation: String {
        switch self {
        case .owner: "Changes the project and its people."
        case .contributor: "Sends versions."
        case .reviewer: "Receives versions."
        }
    }
}

extension ServerRole {
    fileprivate var title: String {
        switch self {
        case .admin: "Administrator"
        case .user: "User"
        case .guest: "Guest"
        case .archived: "Archived"
        }
    }
}

struct ServerRoleSource: ObjectSource {
    static let typeName = "ServerRoleItem"
    let role: ServerRole
}

struct ServerRegionSource: ObjectSource { static let typeName = "ServerRegionItem" }
struct ServerConfiguration: ObjectSource { static let typeName = "ServerConfiguration" }
struct ServerMultiRegionConfiguration: ObjectSource { static let typeName = "ServerMultiRegionConfiguration" }
struct ServerInfoMutations: ObjectSource { static let typeName = "ServerInfoMutations" }
struct ServerRegionMutations: ObjectSource { static let typeName = "ServerRegionMutations" }
