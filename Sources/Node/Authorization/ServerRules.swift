import ObjectModel
import Storage

/// What may be done on the whole server, and by whom. The one place that decides it.
enum ServerRules {
    enum Action: Sendable {
        /// Open the administrators' lists and statistics.
        case administer
        case listPeople
        case seeEmails
        case changeRoles
        case changeSettings
        /// Close other people's accounts.
        case removePeople
        /// Close one's own account.
        case leave
        /// Say whether an address is somebody's own.
        case verifyPeople
        /// Invite people to the server.
        case invite
        /// Invite people who become administrators.
        case inviteAdministrators
        /// See, take back and repeat everybody's invitations.
        case manageInvites
        /// Have a mail sent that shows that one's own address is.
        case requestVerification
        /// Look at, and show, one's own addresses.
        case manageEmails

        /// At least this.
        var role: ServerRole {
            switch self {
            case .administer, .listPeople, .seeEmails, .changeRoles, .changeSettings, .removePeople,
                .verifyPeople, .inviteAdministrators, .manageInvites:
                .admin
            case .invite: .user
            case .leave, .requestVerification, .manageEmails: .guest
            }
        }

        /// All of them.
        var scopes: [Scope] {
            switch self {
            case .administer: [.serverStats]
            case .listPeople: [.serverStats, .usersRead]
            case .seeEmails, .verifyPeople: [.usersEmail]
            case .changeRoles, .requestVerification: [.profileWrite]
            case .changeSettings: [.serverSetup]
            case .removePeople, .leave: [.profileDelete]
            case .manageEmails: [.profileEmail]
            case .invite, .inviteAdministrators, .manageInvites: [.usersInvite]
            }
        }
    }

    /// Checks `action`; `nil` allows it.
    static func refusal(of action: Action, for principal: Principal?) -> DomainError? {
        guard let principal else {
            return DomainError(.unauthorized, "Your auth session is not valid. Sign in first.")
        }
        if let scope = action.scopes.first(where: { !principal.has($0) }) {
            return DomainError(.forbidden, "Your auth token does not have the required scope: \(scope.rawValue).")
        }
        guard principal.token.projects.isEmpty else {
            return DomainError(.forbidden, "Your auth token is for some projects only.")
        }
        guard principal.user.role.weight >= action.role.weight else {
            return DomainError(.forbidden, "You do not have the required server role: \(action.role.rawValue).")
        }
        return nil
    }

    /// As ``refusal(of:for:)``, by the role that the person has within a transaction.
    ///
    /// - Throws: ``DomainError``.
    static func require(_ action: Action, for principal: Principal?, _ rows: any MetadataReading) throws {
        var current = principal
        if let user = try principal.flatMap({ try rows.user($0.user.id) }) { current?.user = user }
        if let refusal = self.refusal(of: action, for: current) { throw refusal }
    }
}
