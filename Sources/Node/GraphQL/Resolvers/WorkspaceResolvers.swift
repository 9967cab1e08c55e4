import GraphQL
import Storage

/// Workspaces, of which this server has none: whatever is asked of them fails with the code that clients know.
enum WorkspaceResolvers {
    static let disabled = GraphQLError(
        "Workspaces are not enabled on this server.",
        extensions: ["code": .string(DomainError.Code.workspacesDisabled.rawValue)])

    static func add(to map: inout ResolverMap<APIContext>) {
        map.type(QueryRoot.self) { field in
            field("workspace") { _, _, _ -> Resolved in throw self.disabled }
        }
        map.type(MutationRoot.self) { field in
            field("workspaceMutations") { _, _, _ -> Resolved in throw self.disabled }
        }
        for type in [
            "Workspace", "LimitedWorkspace", "WorkspaceCollection", "WorkspaceCreationState", "WorkspaceMutations",
            "WorkspacePermissionChecks", "WorkspaceProjectMutations",
        ] { map.fail(type, with: self.disabled) }
    }
}
