import GraphQL
import ObjectModel
import Storage

/// What was done in projects.
enum ActivityResolvers {
    static func add(to map: inout ResolverMap<APIContext>) {
        map.type(StreamSource.self) { field in
            field("activity") { source, arguments, context in
                try await self.activity(in: source.project.id, try ActivityFilter(arguments), arguments, context)
            }
        }
        map.type(BranchSource.self) { field in
            field("activity") { source, arguments, context in
                var filter = try ActivityFilter(arguments)
                (filter.resourceType, filter.resourceID) = ("branch", source.model.id.rawValue)
                return try await self.activity(in: source.model.project, filter, arguments, context)
            }
        }
        map.type(CommitSource.self) { field in
            field("activity") { source, arguments, context in
                var filter = try ActivityFilter(arguments)
                (filter.resourceType, filter.resourceID) = ("commit", source.version.id.rawValue)
                return try await self.activity(in: source.version.project, filter, arguments, context)
            }
        }
        map.type(UserSource.self) { field in field.addActivity(of: \.user) }
        map.type(LimitedUserSource.self) { field in field.addActivity(of: \.user) }
        self.addCollection(to: &map)
    }

    private static func addCollection(to map: inout ResolverMap<APIContext>) {
        map.type(ActivitiesSource.self) { field in
            field("totalCount") { source, _, context in
                // A page does not change how many there are.
                var filter = source.filter
                filter.before = source.end
                return try await context.read { [filter] rows in
                    try source.projects.reduce(0) { try $0 + rows.activityCount(in: $1, filter) }
                }
            }
            field("cursor") { source, _, _ in source.items.last?.cursor }
            field("items") { source, _, _ in source.items.map(ActivitySource.init) }
        }
        map.type(ActivitySource.self) { field in
            field("id") { source, _, _ in source.activity.id }
            field("actionType") { source, _, _ in source.activity.facts.action }
            field("info") { source, _, _ in GraphQLValue.object(source.info) }
            field("userId") { source, _, _ in source.activity.actor?.rawValue ?? "" }
            field("streamId") { source, _, _ in source.activity.project.rawValue }
            field("resourceId") { source, _, _ in source.activity.facts.resourceID }
            field("resourceType") { source, _, _ in source.activity.facts.resourceType }
            field("time") { source, _, _ in source.activity.time.iso8601 }
            field("message") { source, _, _ in source.activity.facts.message }
        }
    }

    // MARK: Look-ups

    private static func activity(
        in project: ProjectID, _ filter: ActivityFilter, _ arguments: GraphQLObject, _ context: APIContext
    ) async throws -> ActivitiesSource {
        let principal = try context.permitted(.listProjects)
        return try await self.page(filter, arguments, context) { rows in
            try ProjectRules.require(.read, on: project, for: principal, rows)
            return [project]
        }
    }

    /// What somebody did.
    fileprivate static func activity(
        by user: User, _ arguments: GraphQLObject, _ context: APIContext
    ) async throws -> ActivitiesSource {
        let principal = try context.permitted(.lookAtOthers)
        var filter = try ActivityFilter(arguments)
        filter.actor = user.id
        return try await self.page(filter, arguments, context) { rows in
            try ProjectRules.readable(try rows.projectsWithActivity(by: user.id), by: principal, rows)
        }
    }

    /// What was done in somebody's projects.
    fileprivate static func timeline(
        of user: User, _ arguments: GraphQLObject, _ context: APIContext
    ) async throws -> ActivitiesSource {
        let principal = try context.permitted(.lookAtTimelines)
        return try await self.page(try ActivityFilter(arguments), arguments, context) { rows in
            let projects = try rows.projects(of: user.id, filter: ProjectFilter(), after: nil, limit: .max)
            return try ProjectRules.readable(projects.map(\.id), by: principal, rows)
        }
    }

    private static func page(
        _ filter: ActivityFilter, _ arguments: GraphQLObject, _ context: APIContext,
        among projects: @Sendable (any MetadataReading) throws -> [ProjectID]
    ) async throws -> ActivitiesSource {
        let limit = try Page.limit(arguments)
        var whole = arguments
        whole["cursor"] = nil
        let end = try ActivityFilter(whole).before
        return try await context.read { rows in
            let projects = try projects(rows)
            return ActivitiesSource(
                projects: projects, filter: filter, end: end,
                items: try rows.activity(in: projects, filter, limit: limit))
        }
    }
}

extension ResolverMap.Fields where Context == APIContext {
    fileprivate mutating func addActivity(of user: @escaping @Sendable (Source) -> User) {
        self("activity") { source, arguments, context in
            try await ActivityResolvers.activity(by: user(source), arguments, context)
        }
        self("timeline") { source, arguments, context in
            try await ActivityResolvers.timeline(of: user(source), arguments, context)
        }
    }
}

struct ActivitiesSource: ObjectSource {
    static let typeName = "ActivityCollection"
    let projects: [ProjectID]
    let filter: ActivityFilter
    /// Where the list begins, without a cursor.
    let end: Int64
    let items: [Activity]
}

struct ActivitySource: ObjectSource {
    static let typeName = "Activity"
    let activity: Activity

    var info: GraphQLObject {
        let facts = self.activity.facts
        var info: GraphQLObject = ["id": .string(facts.resourceID)]
        for (name, text) in facts.info.sorted(by: { $0.key < $1.key }) { info[name] = .string(text) }
        return info
    }
}
