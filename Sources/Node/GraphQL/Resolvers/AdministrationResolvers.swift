import GraphQL
import ObjectModel
import Storage

/// What only administrators see and do.
enum AdministrationResolvers {
    static func add(to map: inout ResolverMap<APIContext>) {
        map.type(QueryRoot.self) { field in
            field("admin") { _, _, context in
                try context.permitted(.administer)
                return AdminQueries()
            }
            field("adminUsers") { _, arguments, context in
                try context.permitted(.listPeople)
                return AdminUsersSource(
                    listing: try await self.people(try OffsetPage(arguments), arguments, context))
            }
            field("adminStreams") { _, arguments, context in
                try context.permitted(.administer)
                return StreamCollectionSource(
                    listing: try await self.projects(try OffsetPage(arguments), arguments, context))
            }
            field("serverStats") { _, _, context in
                try context.permitted(.administer)
                return ServerStats()
            }
        }
        self.addMutations(to: &map)
        self.addLists(to: &map)
        self.addStatistics(to: &map)
    }

    // MARK: Mutations

    private static func addMutations(to map: inout ResolverMap<APIContext>) {
        map.type(AdminMutations.self) { field in
            field("updateEmailVerification") { _, arguments, context in
                let input = try Input(arguments)
                let command = SetVerification(
                    email: try input.require("email"), isVerified: input.bool("verified") ?? true)
                try await context.perform(command, .verifyPeople)
                return true
            }
        }
        map.type(MutationRoot.self) { field in
            field("admin") { _, _, _ in AdminMutations() }
            field("serverInfoUpdate") { _, arguments, context in
                let input = try Input(arguments, "info")
                let change = ServerChange(
                    name: try input.require("name"), company: input.string("company"),
                    description: input.string("description"), adminContact: input.string("adminContact"),
                    termsOfService: input.string("termsOfService"), inviteOnly: input.bool("inviteOnly"),
                    guestMode: input.bool("guestModeEnabled"))
                try await context.perform(UpdateServer(change), .changeSettings)
                return true
            }
            field("userRoleChange") { _, arguments, context in
                let input = try Input(arguments, "userRoleInput")
                guard let role = ServerRole(rawValue: try input.require("role")) else {
                    throw DomainError(.userInput, "There is no such role.")
                }
                try await context.perform(ChangeServerRole(try input.id("id"), to: role), .changeRoles)
                return true
            }
            field("adminDeleteUser") { _, arguments, context in
                try context.permitted(.removePeople)
                let email = try Input(arguments, "userConfirmation").require("email")
                guard let user = try await context.read({ try $0.user(email: email) }) else {
                    throw DomainError(.userNotFound, "User not found")
                }
                try await context.perform(DeleteUser(user.id, email: email), .removePeople)
                return true
            }
            field("streamsDelete") { _, arguments, context in try await self.deleteProjects(arguments, context) }
        }
    }

    static func deleteProjects(_ arguments: GraphQLObject, _ context: APIContext) async throws -> Bool {
        let ids = (arguments["ids"]?.list ?? []).compactMap(\.string).map(ProjectID.init(rawValue:))
        guard ids.count <= Limits.deletionBatchCountMax else {
            throw DomainError(
                .badRequest, "At most \(Limits.deletionBatchCountMax) projects are deleted at a time.")
        }
        let principal = context.principal
        try await context.services.metadata.perform(DeleteProjects(ids), actor: principal?.user.id) { rows in
            for id in ids { try ProjectRules.require(.discard, on: id, for: principal, rows) }
        }
        return true
    }

    // MARK: Lists

    private static func addLists(to map: inout ResolverMap<APIContext>) {
        map.type(AdminQueries.self) { field in
            field("userList") { _, arguments, context in
                try context.permitted(.listPeople)
                return AdminUserListSource(
                    listing: try await self.people(try OffsetPage(arguments), arguments, context))
            }
            field("projectList") { _, arguments, context in
                ProjectCollectionSource(
                    listing: try await self.projects(try OffsetPage(arguments), arguments, context))
            }
            field("serverStatistics") { _, _, _ in ServerStatistics() }
        }
        map.type(AdminUserListSource.self) { field in field.addListing(\.listing, of: AdminUserSource.init) }
        map.type(AdminUserSource.self) { field in
            field("id") { source, _, _ in source.user.id.rawValue }
            field("email") { source, _, _ in source.user.email }
            field("name") { source, _, _ in source.user.name }
            field("company") { source, _, _ in source.user.company }
            field("avatar") { source, _, _ in source.user.avatar }
            field("verified") { source, _, _ in source.user.isVerified }
            field("role") { source, _, _ in source.user.role.rawValue }
        }
        map.type(AdminUsersSource.self) { field in
            field("totalCount") { source, _, _ in source.listing.totalCount }
            field("items") { source, _, _ in source.listing.items.map(AdminUsersItem.init) }
        }
        map.type(AdminUsersItem.self) { field in
            field("id") { source, _, _ in source.user.id.rawValue }
            field("registeredUser") { source, _, _ in UserSource(user: source.user) }
            field("invitedUser") { _, _, _ in nil as ServerInviteSource? }
        }
        map.type(ProjectCollectionSource.self) { field in field.addListing(\.listing, of: ProjectSource.init) }
    }

    private static func people(
        _ page: OffsetPage, _ arguments: GraphQLObject, _ context: APIContext
    ) async throws -> Listing<User> {
        let filter = UserFilter(
            search: arguments["query"]?.string, role: arguments["role"]?.string.flatMap(ServerRole.init(graphQL:)))
        return try await context.read { rows in
            page.listing(
                try rows.users(filter, offset: page.offset, limit: page.limit), of: try rows.userCount(filter))
        }
    }

    private static func projects(
        _ page: OffsetPage, _ arguments: GraphQLObject, _ context: APIContext
    ) async throws -> Listing<Project> {
        var filter = ServerProjectFilter(search: arguments["query"]?.string)
        if let name = arguments["visibility"]?.string?.lowercased(), name != "all" {
            guard let visibility = ProjectVisibility(rawValue: name) else {
                throw DomainError(.badRequest, "A visibility is public, private or all.")
            }
            filter.visibility = visibility
        }
        if let text = arguments["orderBy"]?.string {
            let parts = text.split(separator: ",").map(String.init)
            guard let name = parts.first, let order = ServerProjectFilter.Order(rawValue: name),
                parts.count == 1 || ["asc", "desc"].contains(parts[1].lowercased())
            else { throw DomainError(.badRequest, "Projects are ordered by name, createdAt or updatedAt.") }
            (filter.order, filter.isDescending) = (order, parts.last?.lowercased() == "desc")
        }
        return try await context.read { [filter] rows in
            page.listing(
                try rows.projects(filter, offset: page.offset, limit: page.limit), of: try rows.projectCount(filter))
        }
    }

    // MARK: Statistics

    private static func addStatistics(to map: inout ResolverMap<APIContext>) {
        map.type(ServerStatistics.self) { field in
            field("totalProjectCount") { _, _, context in try await context.read { try $0.projectCount(.init()) } }
            field("totalUserCount") { _, _, context in try await context.read { try $0.userCount() } }
        }
        map.type(ServerStats.self) { field in
            field("objectHistory") { _, _, _ in Resolved.null }
            field("totalStreamCount") { _, _, context in try await context.read { try $0.projectCount(.init()) } }
            field("totalCommitCount") { _, _, context in
                try await context.read { try $0.monthlyCounts(of: .versions) }.reduce(0) { $0 + $1.count }
            }
            field("totalObjectCount") { _, _, context in
                var count = 0
                for project in try await context.read({ try $0.allProjects() }) {
                    count += try await context.services.objects.statistics(of: project).objectCount
                }
                return Int(Int32(clamping: count))
            }
            field("totalUserCount") { _, _, context in try await context.read { try $0.userCount() } }
            for (name, subject) in [
                ("streamHistory", StatisticsSubject.projects), ("commitHistory", .versions), ("userHistory", .users),
            ] {
                field(name) { _, _, context in
                    try await context.read { try $0.monthlyCounts(of: subject) }.map { month in
                        GraphQLValue.object([
                            "count": .int(month.count), "created_month": .string(month.month.iso8601),
                        ])
                    }
                }
            }
        }
    }
}

extension ServerRole {
    /// As the schema names it.
    fileprivate init?(graphQL name: String) {
        switch name {
        case "SERVER_ADMIN": self = .admin
        case "SERVER_USER": self = .user
        case "SERVER_GUEST": self = .guest
        case "SERVER_ARCHIVED_USER": self = .archived
        default: return nil
        }
    }
}

struct AdminUserListSource: ObjectSource {
    static let typeName = "AdminUserList"
    let listing: Listing<User>
}

struct AdminUserSource: ObjectSource {
    static let typeName = "AdminUserListItem"
    let user: User
}

struct AdminUsersSource: ObjectSource {
    static let typeName = "AdminUsersListCollection"
    let listing: Listing<User>
}

struct AdminUsersItem: ObjectSource {
    static let typeName = "AdminUsersListItem"
    let user: User
}

struct ProjectCollectionSource: ObjectSource {
    static let typeName = "ProjectCollection"
    let listing: Listing<Project>
}
