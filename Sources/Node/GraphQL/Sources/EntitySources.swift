import GraphQL
import ObjectModel
import Storage

/// The entities of the domain, as the schema's types stand for them.
struct UserSource: ObjectSource {
    static let typeName = "User"
    let user: User
}

struct ServerInfo: ObjectSource {
    static let typeName = "ServerInfo"
    let settings: ServerSettings
}

struct LimitedUserSource: ObjectSource {
    static let typeName = "LimitedUser"
    let user: User
}

struct ProjectSource: ObjectSource {
    static let typeName = "Project"
    let project: Project
}

struct CollaboratorSource: ObjectSource {
    static let typeName = "ProjectCollaborator"
    let collaborator: Collaborator
    let user: User
}

/// An invitation, with what is told of it.
struct InviteSource: ObjectSource {
    static let typeName = "PendingStreamCollaborator"
    let invite: Invite
    let project: Project
    let inviter: User
    /// Who is asked; `nil` while they have no account.
    let user: User?
}

struct ProjectPermissions: ObjectSource {
    static let typeName = "ProjectPermissionChecks"
    let project: ProjectID
}

struct ModelSource: ObjectSource {
    static let typeName = "Model"
    let model: Model
}

struct ModelPermissions: ObjectSource {
    static let typeName = "ModelPermissionChecks"
    let model: Model
}

struct VersionSource: ObjectSource {
    static let typeName = "Version"
    let version: Version
}

struct BlobSource: ObjectSource {
    static let typeName = "BlobMetadata"
    let blob: Blob
}

struct BlobsSource: ObjectSource {
    static let typeName = "BlobMetadataCollection"
    let blobs: [Blob]
    let totals: BlobTotals
}

struct ScopeSource: ObjectSource {
    static let typeName = "Scope"
    let scope: ObjectModel.Scope
}

struct RoleSource: ObjectSource {
    static let typeName = "Role"
    let name: String
    let description: String
    let target: String
}

/// A way to sign in.
struct AuthStrategySource: ObjectSource {
    static let typeName = "AuthStrategy"
    static let local = AuthStrategySource(id: "local", name: "Local", icon: "mdi-account-badge", path: "/auth/local")

    let id: String
    let name: String
    let icon: String
    let path: String

    static func elsewhere(_ name: String) -> AuthStrategySource {
        AuthStrategySource(id: "oidc", name: name, icon: "mdi-badge-account-horizontal-outline", path: "/auth/oidc")
    }
}

struct UserProjectsSource: ObjectSource {
    static let typeName = "UserProjectCollection"
    let listing: Listing<Project>
}

struct UserSearchSource: ObjectSource {
    static let typeName = "UserSearchResultCollection"
    let users: [User]
}

struct ModelsSource: ObjectSource {
    static let typeName = "ModelCollection"
    let listing: Listing<Model>
}

struct VersionsSource: ObjectSource {
    static let typeName = "VersionCollection"
    let listing: Listing<Version>
}

/// Whether something may be done.
struct PermissionCheck: ObjectSource {
    static let typeName = "PermissionCheckResult"
    let isAuthorized: Bool
    let code: String
    let message: String

    /// - Parameter refusal: `nil` when it may.
    init(refusal: ProjectRules.Refusal?) {
        self.isAuthorized = refusal == nil
        (self.code, self.message) =
            switch refusal {
            case nil: ("OK", "OK")
            case .noSuchProject: ("ProjectNotFound", "Project not found")
            case .notSignedIn: ("ServerNoSession", "You are not signed in.")
            case .missingScope(let scope): ("Forbidden", "Your token lacks the scope \(scope.rawValue).")
            case .missingRole(let role):
                ("ProjectNotEnoughPermissions", "You need the role \(role.rawValue) in this project.")
            case .limitedToken: ("Forbidden", "Your token is not for this project.")
            }
    }

    /// Nobody may: there is no such part of the server.
    init(disabled module: DisabledModules) {
        self.isAuthorized = false
        self.code = module.checkCode
        self.message = module.message
    }
}
