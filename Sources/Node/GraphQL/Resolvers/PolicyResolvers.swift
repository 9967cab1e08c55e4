import GraphQL
import ObjectModel
import Storage

/// Where projects may be: Tiebeam's own part of the schema.
enum PolicyResolvers {
    static func add(to map: inout ResolverMap<APIContext>) {
        map.type(ProjectSource.self) { field in
            field("policy") { source, _, context in
                let project = source.project.id
                let policy = try await context.read { try $0.policy(of: project) ?? .open }
                return PolicySource(policy: PolicyDescription(policy, context.services.roster()))
            }
        }
        map.type(MutationRoot.self) { field in field("policyMutations") { _, _, _ in PolicyMutations() } }
        map.type(PolicyMutations.self) { field in
            field("set") { _, arguments, context in
                let project = arguments.id("projectId", as: ProjectID.self)
                let policy = try await context.services.setPolicy(
                    of: project, to: try self.input(arguments), by: context.principal)
                return PolicySource(policy: PolicyDescription(policy, context.services.roster()))
            }
            field("createProject") { _, arguments, context in
                let request = try self.input(arguments).request(
                    context.services.roster(), at: context.services.metadata.node)
                return try await ProjectResolvers.create(arguments, policy: request, context)
            }
        }
        map.type(PolicySource.self) { field in
            field("regions") { source, _, _ in source.policy.regions }
            field("home") { source, _, _ in source.policy.home }
            field("homeEpoch") { source, _, _ in Int(clamping: source.policy.homeEpoch) }
            field("edges") { source, _, _ in source.policy.edges }
            field("minCopies") { source, _, _ in source.policy.minCopies }
        }
    }

    private static func input(_ arguments: GraphQLObject) throws -> PolicyInput {
        let input = try Input(arguments, "policy")
        return PolicyInput(
            regions: input.strings("regions"), home: input.string("home"), edges: input.bool("edges"),
            minCopies: input.int("minCopies"), takeHome: input.bool("takeHome"))
    }
}

struct PolicyMutations: ObjectSource { static let typeName = "PolicyMutations" }

struct PolicySource: ObjectSource {
    static let typeName = "ProjectPolicy"
    var policy: PolicyDescription
}
