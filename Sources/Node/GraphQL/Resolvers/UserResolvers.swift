import GraphQL
import ObjectModel
import Storage

/// People: the one who asks, and the others.
enum UserResolvers {
    static func add(to map: inout ResolverMap<APIContext>) {
        map.type(QueryRoot.self) { field in
            field("activeUser") { _, _, context in
                guard context.principal != nil else { return nil as UserSource? }
                return UserSource(user: try context.permitted(.lookAtSelf).user)
            }
            field("otherUser") { _, arguments, context in
                try context.permitted(.lookAtOthers)
                return try await context.read { try $0.user(arguments.id()) }.map(LimitedUserSource.init)
            }
            field("userSearch") { _, arguments, context in
                let page = try Page(arguments)
                let text = arguments["query"]?.string ?? ""
                guard text.count >= 3 else {
                    throw DomainError(.badRequest, "Search query must be at least 3 characters.")
                }
                return try await self.search(
                    text, emailOnly: arguments["emailOnly"]?.bool ?? false,
                    archived: arguments["archived"]?.bool ?? false, limit: page.limit, context)
            }
            field("users") { _, arguments, context in try await self.users(arguments, context) }
            field("usersByEmail") { _, arguments, context in try await self.usersByEmail(arguments, context) }
        }
        map.type(MutationRoot.self) { field in
            field("activeUserMutations") { _, _, _ in ActiveUserMutations() }
        }
        map.type(ActiveUserMutations.self) { field in
            field("update") { _, arguments, context in try await self.update(arguments, context) }
        }
        self.addUser(to: &map)
        self.addOthers(to: &map)
    }

    private static func users(_ arguments: GraphQLObject, _ context: APIContext) async throws -> UserSearchSource {
        try context.permitted(.findPeople)
        let input = try Input(arguments)
        let (text, limit) = (try input.require("query"), input.int("limit") ?? Limits.userListCountMax)
        guard !text.isEmpty, (1...Limits.userListCountMax).contains(limit) else {
            throw DomainError(
                .badRequest, "A query, and a limit of 1 to \(Limits.userListCountMax), are required.")
        }
        var team: Set<UserID>?
        if let project = input.string("projectId").map(ProjectID.init(rawValue:)) {
            team = Set(try await context.read(project) { try $0.collaborators(of: project) }.map(\.user))
        }
        return try await self.search(
            text, emailOnly: input.bool("emailOnly") ?? false, archived: false, limit: limit, among: team, context)
    }

    private static func usersByEmail(
        _ arguments: GraphQLObject, _ context: APIContext
    ) async throws -> [LimitedUserSource?] {
        try context.permitted(.findPeople)
        let emails = try Input(arguments).strings("emails") ?? []
        guard emails.count <= Limits.emailListCountMax else {
            throw DomainError(.badRequest, "At most \(Limits.emailListCountMax) addresses are looked up at a time.")
        }
        return try await context.read { rows in
            try emails.map { email in
                try rows.user(email: email.lowercased()).flatMap {
                    $0.role == .archived ? nil : LimitedUserSource(user: $0)
                }
            }
        }
    }

    /// - Parameter team: only those; `nil` for everybody.
    private static func search(
        _ text: String, emailOnly: Bool, archived: Bool, limit: Int, among team: Set<UserID>? = nil,
        _ context: APIContext
    ) async throws -> UserSearchSource {
        try context.permitted(.lookAtOthers)
        let users = try await context.read { rows in
            // Addresses are found as a whole only: nobody can look through them.
            let byEmail = try rows.user(email: text.lowercased())
            if emailOnly { return byEmail.map { [$0] } ?? [] }
            let byName = try rows.users(matching: text, emailOnly: false, limit: team == nil ? limit : .max)
                .filter { $0.name.lowercased().contains(text.lowercased()) && $0.id != byEmail?.id }
            return (byEmail.map { [$0] } ?? []) + byName
        }
        let shown = users.filter { (archived || $0.role != .archived) && team?.contains($0.id) ?? true }
        return UserSearchSource(users: Array(shown.prefix(limit)))
    }

    static func update(_ arguments: GraphQLObject, _ context: APIContext) async throws -> UserSource {
        let principal = try context.permitted(.editSelf)
        let input = try Input(arguments, "user")
        let change = UserChange(
            id: principal.user.id, name: input.string("name"), bio: input.string("bio"),
            company: input.string("company"), avatar: input.string("avatar"))
        return UserSource(
            user: try await context.services.metadata.perform(UpdateUser(change), actor: principal.user.id))
    }

    private static func addUser(to map: inout ResolverMap<APIContext>) {
        map.type(UserSource.self) { field in
            field("id") { source, _, _ in source.user.id.rawValue }
            field("email") { source, _, context in
                let isOwn = context.isSelf(source.user) && context.principal?.has(.profileEmail) ?? false
                return isOwn || ServerRules.refusal(of: .seeEmails, for: context.principal) == nil
                    ? source.user.email : nil
            }
            field("name") { source, _, _ in source.user.name }
            field("bio") { source, _, _ in source.user.bio }
            field("company") { source, _, _ in source.user.company }
            field("avatar") { source, _, _ in source.user.avatar }
            field("verified") { source, _, _ in source.user.isVerified }
            field("role") { source, _, _ in source.user.role.rawValue }
            field("createdAt") { source, _, _ in source.user.createdAt.iso8601 }
            field("projects") { source, arguments, context in
                try await self.projects(of: source.user, arguments, context)
            }
            field("permissions") { _, _, _ in RootPermissionChecks() }
        }
    }

    static func projects(
        of user: User, _ arguments: GraphQLObject, _ context: APIContext
    ) async throws -> UserProjectsSource {
        try context.permitted(.listProjects)
        try context.requireSelf(user)
        let page = try Page(arguments)
        let input = Input(optional: arguments, "filter")
        var filter = ProjectFilter(search: input.string("search"))
        filter.onlyWithRoles = input.strings("onlyWithRoles").map { $0.compactMap(ProjectRole.init(rawValue:)) }
        if let principal = context.principal, principal.isLimited { filter.ids = principal.token.projects }
        let listing = try await context.read { [filter] rows in
            let items = try rows.projects(of: user.id, filter: filter, after: page.after, limit: page.limit)
            return Listing(items: items, totalCount: try rows.projectCount(of: user.id, filter: filter)) {
                ($0.updatedAt, $0.id.rawValue)
            }
        }
        return UserProjectsSource(listing: listing)
    }

    private static func addOthers(to map: inout ResolverMap<APIContext>) {
        map.type(LimitedUserSource.self) { field in
            field("id") { source, _, _ in source.user.id.rawValue }
            field("name") { source, _, _ in source.user.name }
            field("bio") { source, _, _ in source.user.bio }
            field("company") { source, _, _ in source.user.company }
            field("avatar") { source, _, _ in source.user.avatar }
            field("verified") { source, _, _ in source.user.isVerified }
            field("role") { source, _, _ in source.user.role.rawValue }
        }
        map.type(UserSearchSource.self) { field in
            field("cursor") { _, _, _ in nil as String? }
            field("items") { source, _, _ in source.users.map(LimitedUserSource.init) }
        }
        map.type(UserProjectsSource.self) { field in
            field.addListing(\.listing, of: ProjectSource.init)
            field("numberOfHidden") { _, _, _ in 0 }
        }
        map.type(RootPermissionChecks.self) { field in
            field("canCreatePersonalProject") { _, _, context in
                PermissionCheck(refusal: ServerRules.refusal(of: .createProject, for: context.principal))
            }
        }
        map.type(PermissionCheck.self) { field in
            field("authorized") { source, _, _ in source.isAuthorized }
            field("code") { source, _, _ in source.code }
            field("message") { source, _, _ in source.message }
            field("payload") { _, _, _ in Resolved.null }
            field("errorMessage") { source, _, _ in source.isAuthorized ? nil : source.message }
        }
    }
}
