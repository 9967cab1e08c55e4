import GraphQL
import ObjectModel
import Storage

/// Projects, models and versions by the names that older clients have for them.
enum StreamResolvers {
    static func add(to map: inout ResolverMap<APIContext>) {
        self.addQueries(to: &map)
        self.addStream(to: &map)
        self.addBranch(to: &map)
        self.addCommit(to: &map)
        StreamMutations.add(to: &map)
        StreamSubscriptions.add(to: &map)
    }

    private static func addQueries(to map: inout ResolverMap<APIContext>) {
        map.type(QueryRoot.self) { field in
            field("stream") { _, arguments, context in
                let id = arguments.id(as: ProjectID.self)
                return try await context.read(id) { try $0.project(id) }.map(StreamSource.init)
            }
            field("streams") { _, arguments, context in
                let user = try context.permitted(.listProjects).user
                var arguments = arguments
                if let text = arguments["query"] { arguments["filter"] = .object(["search": text]) }
                return StreamsSource(
                    listing: try await UserResolvers.projects(of: user, arguments, context).listing)
            }
            field("streamInvite") { _, arguments, context in
                try await InviteResolvers.invite(to: arguments.id("streamId"), arguments["token"]?.string, context)
            }
            field("streamInvites") { _, _, context in
                try await InviteResolvers.invites(for: try context.permitted(.listProjects).user, context)
            }
            field("user") { _, arguments, context in
                let caller = try context.permitted(.lookAtSelf).user
                guard let id = arguments["id"]?.string else { return UserSource(user: caller) as UserSource? }
                try context.permitted(.findPeople)
                return try await context.read { try $0.user(UserID(rawValue: id)) }.map(UserSource.init)
            }
        }
        map.type(QueryRoot.self) { field in
            field("discoverableStreams") { _, _, context in
                if context.principal != nil { try context.permitted(.listProjects) }
                return StreamCollectionSource(listing: Listing(items: [], totalCount: 0, cursor: nil))
            }
        }
        map.type(LimitedUserSource.self) { field in
            field("commits") { source, arguments, context in
                try await self.commits(by: source.user.id, arguments, context)
            }
            field("streams") { source, arguments, context in
                try await self.publicStreams(of: source.user.id, arguments, context)
            }
        }
        map.type(CountOnly.self) { field in field("totalCount") { source, _, _ in source.totalCount } }
        map.type(UserSource.self) { field in
            field("commits") { source, arguments, context in
                try await self.commits(by: source.user.id, arguments, context)
            }
            field("versions") { source, arguments, context in
                try context.requireSelf(source.user)
                let (user, authoredOnly) = (source.user.id, arguments["authoredOnly"]?.bool ?? false)
                return CountOnly(
                    totalCount: try await context.read { rows in
                        guard !authoredOnly else {
                            return try rows.versionCount(by: user, in: try rows.projects(withVersionsBy: user))
                        }
                        let own = try rows.projects(of: user, filter: ProjectFilter(), after: nil, limit: .max)
                        return try rows.versionCount(by: nil, in: own.map(\.id))
                    })
            }
            field("profiles") { _, _, _ in GraphQLValue.object([:]) }
            field("streams") { source, arguments, context in
                StreamsSource(
                    listing: try await UserResolvers.projects(of: source.user, arguments, context).listing)
            }
        }
        map.type(StreamsSource.self) { field in
            field("numberOfHidden") { _, _, _ in 0 }
            field.addListing(\.listing, of: StreamSource.init)
        }
    }

    // MARK: People

    private static func commits(
        by author: UserID, _ arguments: GraphQLObject, _ context: APIContext
    ) async throws -> CommitsSource {
        let (page, principal) = (try Page(arguments), context.principal)
        return CommitsSource(
            listing: try await context.read { rows in
                let all = try rows.projects(withVersionsBy: author)
                let readable = try ProjectRules.readable(all, by: principal, rows)
                return Listing(
                    items: try rows.versions(by: author, in: readable, after: page.after, limit: page.limit),
                    totalCount: try rows.versionCount(by: author, in: readable)
                ) { ($0.createdAt, $0.id.rawValue) }
            })
    }

    private static func publicStreams(
        of user: UserID, _ arguments: GraphQLObject, _ context: APIContext
    ) async throws -> StreamsSource {
        try context.permitted(.listProjects)
        let (page, principal) = (try Page(arguments), context.principal)
        return StreamsSource(
            listing: try await context.read { rows in
                let all = try rows.projects(of: user, filter: ProjectFilter(), after: nil, limit: .max)
                    .filter { project in
                        project.visibility == .public
                            && principal.map { ProjectRules.isWithin($0, project.id) } ?? true
                    }
                return page.listing(of: all) { ($0.updatedAt, $0.id.rawValue) }
            })
    }

    // MARK: Streams

    private static func addStream(to map: inout ResolverMap<APIContext>) {
        map.type(StreamSource.self) { field in
            field("id") { source, _, _ in source.project.id.rawValue }
            field("name") { source, _, _ in source.project.name }
            field("description") { source, _, _ in source.project.description }
            field("isPublic") { source, _, _ in source.project.visibility == .public }
            field("isDiscoverable") { _, _, _ in false }
            field("allowPublicComments") { source, _, _ in source.project.allowPublicComments }
            field.addRole(\.project.id)
            field("createdAt") { source, _, _ in source.project.createdAt.iso8601 }
            field("updatedAt") { source, _, _ in source.project.updatedAt.iso8601 }
            field.together("collaborators") { sources, _, context in
                try await ProjectResolvers.teams(of: sources.map(\.project.id), context).map { team in
                    team.map { StreamCollaboratorSource(role: $0.collaborator.role, user: $0.user) }
                }
            }
            field("pendingCollaborators") { source, _, context in
                try await InviteResolvers.invitedTeam(of: source.project.id, context)
            }
            field("commentCount") { source, _, context in
                try await context.read(source.project.id) {
                    try $0.commentCount(in: source.project.id, filter: CommentFilter(.threads, isArchived: false))
                }
            }
            field("blobs") { source, arguments, context in
                try await BlobResolvers.blobs(of: source.project.id, arguments, context)
            }
            field("blob") { source, arguments, context in
                try await BlobResolvers.blob(arguments.id(), in: source.project.id, context)
            }
            field("size") { _, _, _ in nil as String? }
            field("branches") { source, arguments, context in
                BranchesSource(
                    listing: try await ModelResolvers.models(of: source.project.id, arguments, context).listing)
            }
            field("branch") { source, arguments, context in
                let name = (arguments["name"]?.string ?? ModelName.main).lowercased()
                return try await context.read(source.project.id) { try $0.model(named: name, in: source.project.id) }
                    .map(BranchSource.init)
            }
            field("commits") { source, arguments, context in
                try await self.commits(of: source.project.id, arguments, context)
            }
            field("commit") { source, arguments, context in
                let (project, id) = (source.project.id, arguments["id"]?.string.map(VersionID.init(rawValue:)))
                return try await context.read(project) { rows in
                    try id.map { try rows.version($0, in: project) }
                        ?? rows.newestVersions(in: project, after: nil, limit: 1).first
                }.map(CommitSource.init)
            }
        }
        map.type(StreamCollaboratorSource.self) { field in
            field("id") { source, _, _ in source.user.id.rawValue }
            field("name") { source, _, _ in source.user.name }
            field("role") { source, _, _ in source.role.rawValue }
            field("company") { source, _, _ in source.user.company }
            field("avatar") { source, _, _ in source.user.avatar }
            field("serverRole") { source, _, _ in source.user.role.rawValue }
        }
    }

    private static func commits(
        of project: ProjectID, _ arguments: GraphQLObject, _ context: APIContext
    ) async throws -> CommitsSource {
        CommitsSource(listing: try await ModelResolvers.versions(of: project, arguments, context))
    }

    // MARK: Branches

    private static func addBranch(to map: inout ResolverMap<APIContext>) {
        map.type(BranchesSource.self) { field in
            field.addListing(\.listing, of: BranchSource.init)
        }
        map.type(BranchSource.self) { field in
            field("id") { source, _, _ in source.model.id.rawValue }
            field("name") { source, _, _ in source.model.name }
            field.addPerson("author", \.model.author, UserSource.init)
            field("description") { source, _, _ in source.model.description }
            field("createdAt") { source, _, _ in source.model.createdAt.iso8601 }
            field.together("commits") { sources, arguments, context in
                try await ModelResolvers.versions(of: sources.map(\.model), arguments, context).map {
                    CommitsSource(listing: $0.listing)
                }
            }
        }
    }

    // MARK: Commits

    private static func addCommit(to map: inout ResolverMap<APIContext>) {
        map.type(CommitsSource.self) { field in
            field.addListing(\.listing, of: CommitSource.init)
        }
        map.type(CommitSource.self) { field in
            field.addContent(of: \.version)
            field("totalChildrenCount") { source, _, _ in source.version.shownChildrenCount ?? 1 }
            field.addModel("branchName", \.version, \.name)
            field.addModel("branch", \.version, BranchSource.init)
            field("authorId") { source, _, _ in source.version.author?.rawValue }
            field.addPerson("authorName", \.version.author, \.name)
            field.addPerson("authorAvatar", \.version.author, \.avatar)
            field("streamId") { source, _, _ in source.version.project.rawValue }
            field.addProject("streamName", \.version.project, \.name)
            field.addProject("stream", \.version.project, StreamSource.init)
            field.addThreadCount(\.version.project) { .version($0.version.id) }
        }
    }
}

struct StreamSource: ObjectSource {
    static let typeName = "Stream"
    let project: Project
}

struct StreamsSource: ObjectSource {
    static let typeName = "UserStreamCollection"
    let listing: Listing<Project>
}

struct StreamCollaboratorSource: ObjectSource {
    static let typeName = "StreamCollaborator"
    let role: ProjectRole
    let user: User
}

struct BranchSource: ObjectSource {
    static let typeName = "Branch"
    let model: Model
}

struct BranchesSource: ObjectSource {
    static let typeName = "BranchCollection"
    let listing: Listing<Model>
}

struct CommitSource: ObjectSource {
    static let typeName = "Commit"
    let version: Version
}

struct CommitsSource: ObjectSource {
    static let typeName = "CommitCollection"
    let listing: Listing<Version>
}

struct CountOnly: ObjectSource {
    static let typeName = "CountOnlyCollection"
    let totalCount: Int
}
