import ObjectModel

// The table of rights: what each action takes. `docs/rights.md` says the same for people, field by field and route by route,
// and is tried against a node.

/// What something in a project takes.
struct ProjectRight: Sendable {
    /// Whom public projects open it to, whatever their role.
    enum Audience: Sendable {
        case nobody
        /// Also people without a token, and tokens without the scopes.
        case everybody
        case signedIn
        /// Everybody who is signed in, where the project lets them comment.
        case commenters
    }

    /// What administrators may without a role in the project.
    enum Administration: Sendable {
        case asOthers
        case also
        /// Nobody but they.
        case only
        case whereNobodyOwns
    }

    let scopes: [Scope]
    /// The least one.
    let role: ProjectRole
    var publicly = Audience.nobody
    var administrators = Administration.asOthers
}

extension ProjectRules.Action {
    var right: ProjectRight {
        switch self {
        case .read: .init(scopes: [.streamsRead], role: .reviewer, publicly: .everybody)
        case .see: .init(scopes: [.streamsRead], role: .reviewer, publicly: .everybody, administrators: .also)
        case .receive, .broadcast: .init(scopes: [.streamsRead], role: .reviewer, publicly: .signedIn)
        case .comment: .init(scopes: [.streamsWrite], role: .reviewer, publicly: .commenters)
        case .write: .init(scopes: [.streamsWrite], role: .contributor)
        case .push: .init(scopes: [.streamsRead, .streamsWrite], role: .contributor)
        case .own: .init(scopes: [.streamsWrite], role: .owner)
        case .invite: .init(scopes: [.streamsWrite, .usersInvite], role: .owner)
        case .admit: .init(scopes: [.streamsRead], role: .owner)
        case .judge: .init(scopes: [.streamsRead, .streamsWrite, .usersInvite], role: .owner)
        case .embed: .init(scopes: [.streamsRead, .tokensWrite], role: .owner)
        case .endEmbeds: .init(scopes: [.tokensWrite], role: .owner)
        case .appoint: .init(scopes: [.streamsWrite], role: .owner, administrators: .whereNobodyOwns)
        case .govern: .init(scopes: [.streamsWrite], role: .owner, administrators: .also)
        case .discard: .init(scopes: [.streamsWrite], role: .owner, administrators: .only)
        }
    }
}

/// What something takes that somebody made, of its author and of others.
struct WorkRight: Sendable {
    let author: ProjectRules.Action
    /// `nil` is for nobody else.
    let others: ProjectRules.Action?
}

extension ProjectRules.WorkAction {
    var right: WorkRight {
        switch self {
        case .editComment: .init(author: .comment, others: nil)
        case .archiveComment: .init(author: .comment, others: .own)
        case .removeFile: .init(author: .comment, others: .write)
        case .removeModel, .changeVersion: .init(author: .write, others: .own)
        }
    }
}

/// What something on the whole server takes.
struct ServerRight: Sendable {
    /// All of them.
    let scopes: [Scope]
    /// The least one.
    let role: ServerRole
    /// Tokens that are for some projects only say nothing about the rest of the account.
    var allowsLimited = false
}

extension ServerRules.Action {
    var right: ServerRight {
        switch self {
        case .lookAtSelf, .hearOfSelf, .seeRequest, .seeInvite:
            .init(scopes: [.profileRead], role: .guest, allowsLimited: true)
        case .lookAtOthers: .init(scopes: [.usersRead], role: .guest, allowsLimited: true)
        case .findPeople: .init(scopes: [.profileRead, .usersRead], role: .guest, allowsLimited: true)
        case .listProjects, .hearNothing: .init(scopes: [.streamsRead], role: .guest, allowsLimited: true)
        case .lookAtTimelines: .init(scopes: [.usersRead, .streamsRead], role: .guest, allowsLimited: true)
        case .favor: .init(scopes: [.profileWrite], role: .guest, allowsLimited: true)
        case .leave, .answer: .init(scopes: [.streamsWrite], role: .guest, allowsLimited: true)
        case .ask: .init(scopes: [.usersInvite], role: .guest, allowsLimited: true)
        case .createProject: .init(scopes: [.streamsWrite], role: .user)

        case .editSelf, .requestVerification: .init(scopes: [.profileWrite], role: .guest)
        case .manageEmails: .init(scopes: [.profileEmail], role: .guest)
        case .closeAccount: .init(scopes: [.profileDelete], role: .guest)

        case .listApps, .lookAtToken: .init(scopes: [.appsRead], role: .guest, allowsLimited: true)
        case .readApps: .init(scopes: [.appsRead], role: .guest)
        case .revokeApps: .init(scopes: [.appsWrite], role: .guest)
        case .writeApps: .init(scopes: [.appsWrite], role: .user)
        case .authorizeApps: .init(scopes: [.tokensWrite], role: .guest)
        case .readTokens: .init(scopes: [.tokensRead], role: .guest)
        case .makeTokens: .init(scopes: [.tokensWrite], role: .user, allowsLimited: true)
        case .endTokens: .init(scopes: [.tokensWrite], role: .guest, allowsLimited: true)

        case .invitePeople: .init(scopes: [.usersInvite], role: .user)
        case .inviteAdministrators, .manageInvites: .init(scopes: [.usersInvite], role: .admin)
        case .administer: .init(scopes: [.serverStats], role: .admin)
        case .listPeople: .init(scopes: [.serverStats, .usersRead], role: .admin)
        case .seeEmails, .verifyPeople: .init(scopes: [.usersEmail], role: .admin)
        case .changeRoles: .init(scopes: [.profileWrite], role: .admin)
        case .removePeople: .init(scopes: [.profileDelete], role: .admin)
        case .changeSettings, .operate: .init(scopes: [.serverSetup], role: .admin)
        }
    }
}
