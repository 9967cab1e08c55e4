import GraphQL
import ObjectModel
import Storage

/// Fields that are read for all objects of a list together.
extension ResolverMap.Fields where Context == APIContext {
    /// What is told of the person that an object names, if it names one who has an account here.
    mutating func addPerson<Output: GraphQLOutput>(
        _ name: String, _ id: @escaping @Sendable (Source) -> UserID?,
        _ output: @escaping @Sendable (User) -> Output?
    ) {
        self.together(name) { sources, _, context in
            let ids = sources.map(id)
            let people = try await context.read { try $0.users(Set(ids.compactMap(\.self))) }
            return ids.map { $0.flatMap { people[$0] }.flatMap(output) }
        }
    }

    /// What is told of the project that an object is in.
    mutating func addProject<Output: GraphQLOutput>(
        _ name: String, _ id: @escaping @Sendable (Source) -> ProjectID,
        _ output: @escaping @Sendable (Project) -> Output?
    ) {
        self.together(name) { sources, _, context in
            let ids = sources.map(id)
            let projects = try await context.read { try $0.projects(Set(ids)) }
            return ids.map { projects[$0].flatMap(output) }
        }
    }

    /// What is told of the model that a version is of.
    mutating func addModel<Output: GraphQLOutput>(
        _ name: String, _ version: @escaping @Sendable (Source) -> Version,
        _ output: @escaping @Sendable (Model) -> Output?
    ) {
        self.together(name) { sources, _, context in
            let versions = sources.map(version)
            let models = try await context.read { rows in
                try Dictionary(grouping: versions, by: \.project).reduce(into: [ProjectID: [ModelID: Model]]()) {
                    $0[$1.key] = try rows.models(Set($1.value.map(\.model)), in: $1.key)
                }
            }
            return versions.map { models[$0.project]?[$0.model].flatMap(output) }
        }
    }

    /// How many threads there are about an object.
    mutating func addThreadCount(
        _ project: @escaping @Sendable (Source) -> ProjectID,
        _ resource: @escaping @Sendable (Source) -> CommentResource
    ) {
        self.together("commentCount") { sources, _, context in
            try await context.read { rows in
                let counts = try Dictionary(grouping: sources, by: project).mapValues {
                    $0.map(resource)
                }.reduce(into: [ProjectID: [CommentResource: Int]]()) {
                    $0[$1.key] = try rows.threadCounts(about: Set($1.value), in: $1.key)
                }
                return sources.map { counts[project($0)]?[resource($0)] ?? 0 }
            }
        }
    }

    /// The caller's own role in the project that an object stands for.
    mutating func addRole(_ project: @escaping @Sendable (Source) -> ProjectID) {
        self.together("role") { sources, _, context in
            guard let user = context.principal?.user.id else { return sources.map { _ in nil as String? } }
            let ids = sources.map(project)
            let roles = try await context.read { try $0.roles(of: user, in: Set(ids)) }
            return ids.map { roles[$0]?.rawValue }
        }
    }

    /// Whether the caller may do something with the project of an object.
    mutating func addCheck(
        _ name: String, of action: ProjectRules.Action, on project: @escaping @Sendable (Source) -> ProjectID
    ) {
        self.together(name) { sources, _, context in
            let (ids, principal) = (sources.map(project), context.principal)
            let refusals = try await context.read { rows in
                try ProjectRules.refusals(of: action, on: Set(ids), for: principal, rows)
            }
            return ids.map { PermissionCheck(refusal: refusals[$0]) }
        }
    }

    /// Whether the caller may do something with what an object stands for, and somebody made.
    mutating func addCheck(
        _ name: String, of action: ProjectRules.WorkAction,
        on work: @escaping @Sendable (Source) -> (project: ProjectID, author: UserID?)
    ) {
        self.together(name) { sources, _, context in
            let (works, principal) = (sources.map(work), context.principal)
            return try await context.read { rows in
                try ProjectRules.refusals(of: action, on: works, for: principal, rows).map(PermissionCheck.init)
            }
        }
    }
}
