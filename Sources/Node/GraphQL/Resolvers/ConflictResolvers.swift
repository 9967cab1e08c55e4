import GraphQL
import ObjectModel
import Storage

/// Where regions disagreed: Tiebeam's own part of the schema.
enum ConflictResolvers {
    static func add(to map: inout ResolverMap<APIContext>) {
        map.type(ProjectSource.self) { field in
            field("conflicts") { source, _, context in
                let (roster, project, principal) = (context.services.roster(), source.project.id, context.principal)
                return try await context.read(project) { rows in
                    try ConflictDescription.all(in: .project(project), for: principal, roster, rows)
                        .map(ConflictSource.init)
                }
            }
        }
        map.type(MutationRoot.self) { field in field("conflictMutations") { _, _, _ in ConflictMutations() } }
        map.type(ConflictMutations.self) { field in
            field("keepModel") { _, arguments, context in
                let project = arguments.id("projectId", as: ProjectID.self)
                let model = arguments.id("modelId", as: ModelID.self)
                try await context.perform(KeepModel(project: project, id: model), .write, on: project)
                return true
            }
            field("pickVersion") { _, arguments, context in
                let project = arguments.id("projectId", as: ProjectID.self)
                let command = PickVersion(project: project, id: arguments.id("versionId", as: VersionID.self))
                _ = try await context.perform(command, .write, on: project)
                return true
            }
            field("decideVersion") { _, arguments, context in
                let project = arguments.id("projectId", as: ProjectID.self)
                let command = DecideVersion(
                    project: project, id: arguments.id("versionId", as: VersionID.self),
                    isAccepted: arguments["accept"]?.bool ?? false)
                try await context.perform(command, .own, on: project)
                return true
            }
        }
        map.type(ConflictSource.self) { field in
            field("id") { source, _, _ in source.conflict.id }
            field("kind") { source, _, _ in Self.kind(source.conflict.kind) }
            field("entity") { source, _, _ in source.conflict.entity }
            field("field") { source, _, _ in source.conflict.field }
            field("openedAt") { source, _, _ in source.conflict.openedAt }
            field("sides") { source, _, _ in source.conflict.sides.map(ConflictSideSource.init) }
        }
        map.type(ConflictSideSource.self) { field in
            field("region") { source, _, _ in source.side.region }
            field("user") { source, _, context in
                guard let id = source.side.user else { return nil as LimitedUserSource? }
                return try await context.read { try $0.user(UserID(rawValue: id)) }.map(LimitedUserSource.init)
            }
            field("at") { source, _, _ in source.side.at }
            field("value") { source, _, _ in source.side.value }
        }
    }

    /// `sameName` as `SAME_NAME`.
    private static func kind(_ name: String) -> String {
        name.reduce(into: "") { $0 += $1.isUppercase ? "_\($1)" : $1.uppercased() }
    }
}

struct ConflictMutations: ObjectSource { static let typeName = "ConflictMutations" }

struct ConflictSource: ObjectSource {
    static let typeName = "Conflict"
    var conflict: ConflictDescription
}

struct ConflictSideSource: ObjectSource {
    static let typeName = "ConflictSide"
    var side: ConflictDescription.Side
}
