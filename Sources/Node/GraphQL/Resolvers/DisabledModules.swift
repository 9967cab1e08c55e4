import GraphQL
import ObjectModel
import Storage

/// Parts of Speckle's server that this one does not have. Clients ask for them all the same, and have here the answers that
/// Speckle's server gives without them.
enum DisabledModules: String, CaseIterable {
    case workspaces
    case seats
    case automate
    case savedViews
    case dashboards
    case acc
    case gendo

    /// What one field answers, whoever asks.
    private enum Answer {
        case null
        case empty
        case no
        case object(any ObjectSource)
        case notAllowed(DisabledModules)
        case refused(DisabledModules)

        var result: Result<Resolved, GraphQLError> {
            switch self {
            case .null: .success(.null)
            case .empty: .success(.list([]))
            case .no: .success(.leaf(.bool(false)))
            case .object(let source): .success(.object(source))
            case .notAllowed(let module): .success(.object(PermissionCheck(disabled: module)))
            case .refused(let module): .failure(module.error)
            }
        }
    }

    private static let answers: [String: [String: Answer]] = [
        "ActiveUserMutations": ["setActiveWorkspace": .refused(.workspaces)],
        "AdminQueries": ["workspaceList": .refused(.workspaces)],
        "LimitedUser": ["workspaceDomainPolicyCompliant": .null, "workspaceRole": .null],
        "Model": ["accSyncItem": .null, "automationsStatus": .null, "homeView": .null],
        "Mutation": [
            "accSyncItemMutations": .refused(.acc), "automateFunctionRunStatusReport": .refused(.automate),
            "automateMutations": .refused(.automate), "dashboardMutations": .refused(.dashboards),
            "workspaceJoinRequestMutations": .refused(.workspaces), "workspaceMutations": .object(WorkspaceMutations()),
        ],
        "PendingStreamCollaborator": ["workspaceSlug": .null],
        "Project": [
            "accSyncItem": .refused(.acc), "accSyncItems": .refused(.acc), "automation": .refused(.automate),
            "automations": .refused(.automate), "dashboards": .refused(.dashboards),
            "dashboardTokens": .refused(.dashboards), "hasAccessToFeature": .no, "savedViews": .refused(.savedViews),
            "savedViewGroups": .refused(.savedViews), "savedViewGroup": .refused(.savedViews),
            "ungroupedViewGroup": .refused(.savedViews), "savedView": .refused(.savedViews), "savedViewIfExists": .null,
            "invitableCollaborators": .refused(.workspaces), "workspace": .null, "limitedWorkspace": .null,
            "embedOptions": .object(ProjectEmbedOptions()), "moveToWorkspaceDryRun": .refused(.workspaces),
            "workspaceId": .null,
        ],
        "ProjectCollaborator": ["seatType": .refused(.seats), "workspaceRole": .refused(.workspaces)],
        "ProjectEmbedOptions": ["hideSpeckleBranding": .no],
        "ProjectInviteMutations": ["createForWorkspace": .refused(.workspaces)],
        "ProjectMutations": ["automationMutations": .refused(.automate), "savedViewMutations": .refused(.savedViews)],
        "ProjectPermissionChecks": [
            "canReadAccIntegrationSettings": .notAllowed(.acc), "canCreateAutomation": .notAllowed(.automate),
            "canCreateSavedView": .notAllowed(.savedViews), "canMoveToWorkspace": .notAllowed(.workspaces),
            "canRequestRender": .notAllowed(.gendo),
        ],
        "Query": [
            "automateFunction": .refused(.automate), "automateValidateAuthCode": .refused(.automate),
            "dashboard": .refused(.dashboards), "workspace": .refused(.workspaces),
            "workspaceBySlug": .refused(.workspaces), "workspaceSsoByEmail": .refused(.workspaces),
            "workspaceInvite": .refused(.workspaces), "validateWorkspaceSlug": .refused(.workspaces),
        ],
        "RootPermissionChecks": ["canCreateWorkspace": .notAllowed(.workspaces)],
        "ServerAutomateInfo": ["availableFunctionTemplates": .empty],
        "ServerInfo": ["automate": .object(ServerAutomateInfo()), "workspaces": .object(ServerWorkspacesInfo())],
        "ServerWorkspacesInfo": ["planPrices": .null, "workspacesEnabled": .no],
        "User": [
            "activeWorkspace": .null, "automateFunctions": .refused(.automate), "automateInfo": .refused(.automate),
            "discoverableWorkspaces": .refused(.workspaces), "expiredSsoSessions": .empty,
            "gendoAICredits": .refused(.gendo), "workspaceInvites": .refused(.workspaces),
            "workspaceJoinRequests": .refused(.workspaces), "workspaces": .refused(.workspaces),
        ],
        "Version": [
            "automationsStatus": .null, "gendoAIRender": .refused(.gendo), "gendoAIRenders": .refused(.gendo),
        ],
        "VersionMutations": ["requestGendoAIRender": .refused(.gendo)],
        "WorkspaceMutations": ["billing": .refused(.seats), "updateSeatType": .refused(.seats)],
    ]

    /// Subscriptions that can be opened, and tell of nothing.
    private static let subscriptions = [
        "projectAccSyncItemsUpdated", "projectAutomationsUpdated", "projectSavedViewGroupsUpdated",
        "projectSavedViewsUpdated", "projectTriggeredAutomationsStatusUpdated", "projectVersionGendoAIRenderCreated",
        "projectVersionGendoAIRenderUpdated", "workspaceProjectsUpdated", "workspaceUpdated",
    ]

    /// Adds what the modules answer. Types that only their files of the schema have fail in all of their other fields.
    static func add(to map: inout ResolverMap<APIContext>) {
        for (type, fields) in self.answers {
            for (field, answer) in fields { map.constant(field, of: type, answer.result) }
        }
        map.type(ModelSource.self) { field in
            field("resourceIdString") { source, _, _ in source.model.id.rawValue }
        }
        for name in self.subscriptions {
            map.subscription(name) { _, context in
                try context.permitted(.hearNothing)
                return AsyncThrowingStream<Occurrence<APIContext>, any Error> { _ in }
            }
        }
        for module in self.allCases {
            for type in module.types { map.fail(type, with: module.error) }
        }
    }

    // MARK: What clients are told

    private var title: String {
        switch self {
        case .workspaces: "Workspaces"
        case .seats: "Plans and seats of workspaces"
        case .automate: "Automations"
        case .savedViews: "Saved views"
        case .dashboards: "Dashboards"
        case .acc: "Files of Autodesk's cloud"
        case .gendo: "Renderings by Gendo"
        }
    }

    var message: String { "\(self.title) are disabled on this server." }

    private var errorCode: String {
        switch self {
        case .workspaces: DomainError.Code.workspacesDisabled.rawValue
        case .seats: "GATEKEEPER_MODULE_DISABLED_ERROR"
        case .automate: "AUTOMATE_API_DISABLED"
        case .savedViews, .gendo: "NOT_IMPLEMENTED"
        case .dashboards: "DASHBOARDS_MODULE_DISABLED"
        case .acc: "ACC_MODULE_DISABLED"
        }
    }

    /// Why nobody may do something of the module.
    var checkCode: String { self == .savedViews ? "SAVED_VIEWS_DISABLED" : self.errorCode }

    private var error: GraphQLError {
        GraphQLError(self.message, extensions: ["code": .string(self.errorCode)])
    }

    /// The types that are the module's alone.
    private var types: [String] {
        let text: [UInt8] =
            switch self {
            case .workspaces: PackageResources.workspaces_graphql
            case .seats: []
            case .automate: PackageResources.automate_graphql
            case .savedViews: PackageResources.savedViews_graphql
            case .dashboards: PackageResources.dashboards_graphql
            case .acc: PackageResources.acc_graphql
            case .gendo: PackageResources.gendo_graphql
            }
        return Schema.objectTypes(definedIn: String(decoding: text, as: UTF8.self))
    }
}
