import GraphQL
import ObjectModel
import Storage

/// Projects that people marked.
enum FavoriteResolvers {
    static func add(to map: inout ResolverMap<APIContext>) {
        map.type(MutationRoot.self) { field in
            field("streamFavorite") { _, arguments, context in
                let command = SetFavorite(
                    project: arguments.id("streamId"), isFavorite: arguments["favorited"]?.bool ?? false)
                try context.permitted(.favor)
                return StreamSource(project: try await context.perform(command, .read, on: command.project))
            }
        }
        map.type(StreamSource.self) { field in
            field.together("favoritedDate") { sources, _, context in
                guard let user = context.principal?.user.id else { return sources.map { _ in nil as String? } }
                let marked = try await context.read { try $0.favorites(of: user) }
                let times = Dictionary(marked.map { ($0.project, $0.since) }, uniquingKeysWith: { first, _ in first })
                return sources.map { times[$0.project.id]?.iso8601 }
            }
            field.together("favoritesCount") { sources, _, context in
                let ids = sources.map(\.project.id)
                let counts = try await context.read { try $0.favoriteCounts(ofEach: Set(ids)) }
                return ids.map { counts[$0] ?? 0 }
            }
        }
        map.type(UserSource.self) { field in
            field("favoriteStreams") { source, arguments, context in
                StreamCollectionSource(listing: try await self.favorites(of: source.user, arguments, context))
            }
            field("totalOwnedStreamsFavorites") { source, _, context in try await self.total(source.user, context) }
        }
        map.type(LimitedUserSource.self) { field in
            field("totalOwnedStreamsFavorites") { source, _, context in try await self.total(source.user, context) }
        }
        map.type(StreamCollectionSource.self) { field in field.addListing(\.listing, of: StreamSource.init) }
    }

    /// Others learn nothing of projects that are not public.
    private static func total(_ user: User, _ context: APIContext) async throws -> Int {
        let onlyPublic = !context.isSelf(user)
        return try await context.read { try $0.favoriteCount(ownedBy: user.id, onlyPublic: onlyPublic) }
    }

    /// Those that the person may still read.
    private static func favorites(
        of user: User, _ arguments: GraphQLObject, _ context: APIContext
    ) async throws -> Listing<Project> {
        let principal = try context.permitted(.listProjects)
        try context.requireSelf(user)
        let page = try Page(arguments)
        return try await context.read { rows in
            let marked = try rows.favorites(of: user.id)
            let readable = Set(try ProjectRules.readable(marked.map(\.project), by: principal, rows))
            let all = marked.filter { readable.contains($0.project) }
            let shown = page.listing(of: all) { ($0.since, $0.project.rawValue) }
            let projects = try rows.projects(Set(shown.items.map(\.project)))
            return Listing(
                items: shown.items.compactMap { projects[$0.project] }, totalCount: shown.totalCount,
                cursor: shown.cursor)
        }
    }
}

struct StreamCollectionSource: ObjectSource {
    static let typeName = "StreamCollection"
    let listing: Listing<Project>
}
