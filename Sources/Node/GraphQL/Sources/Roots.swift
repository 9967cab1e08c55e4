import GraphQL

/// The sources of types that hold nothing of their own.
struct QueryRoot: ObjectSource { static let typeName = "Query" }
struct MutationRoot: ObjectSource { static let typeName = "Mutation" }
struct ActiveUserMutations: ObjectSource { static let typeName = "ActiveUserMutations" }
struct UserMetaMutations: ObjectSource { static let typeName = "UserMetaMutations" }
struct ProjectMutations: ObjectSource { static let typeName = "ProjectMutations" }
struct ProjectInviteMutations: ObjectSource { static let typeName = "ProjectInviteMutations" }
struct ProjectAccessRequestMutations: ObjectSource { static let typeName = "ProjectAccessRequestMutations" }
struct ModelMutations: ObjectSource { static let typeName = "ModelMutations" }
struct VersionMutations: ObjectSource { static let typeName = "VersionMutations" }
struct AdminMutations: ObjectSource { static let typeName = "AdminMutations" }
struct UserEmailMutations: ObjectSource { static let typeName = "UserEmailMutations" }
struct AdminQueries: ObjectSource { static let typeName = "AdminQueries" }
struct ServerStatistics: ObjectSource { static let typeName = "ServerStatistics" }
struct ServerStats: ObjectSource { static let typeName = "ServerStats" }
struct ServerWorkspacesInfo: ObjectSource { static let typeName = "ServerWorkspacesInfo" }
struct ServerAutomateInfo: ObjectSource { static let typeName = "ServerAutomateInfo" }
struct ProjectEmbedOptions: ObjectSource { static let typeName = "ProjectEmbedOptions" }
struct WorkspaceMutations: ObjectSource { static let typeName = "WorkspaceMutations" }
struct ServerMigration: ObjectSource { static let typeName = "ServerMigration" }
struct RootPermissionChecks: ObjectSource { static let typeName = "RootPermissionChecks" }
