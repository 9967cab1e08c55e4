import ObjectModel
import Storage

/// What may be done on the whole server, and by whom: decides by the table of rights.
enum ServerRules {
    enum Action: Sendable {
        case lookAtSelf
        /// See other people's public profiles.
        case lookAtOthers
        /// Look people up by name or address.
        case findPeople
        /// See what was done in somebody's projects.
        case lookAtTimelines
        /// Change one's own profile and preferences.
        case editSelf
        /// Look at, and show, one's own addresses.
        case manageEmails
        /// Have a mail sent that shows that one's own address is.
        case requestVerification
        case closeAccount
        /// Hear of the roles that one gets or loses.
        case hearOfSelf
        /// Subscribe to parts that this server does not have.
        case hearNothing

        /// See one's own projects and invitations to some.
        case listProjects
        case createProject
        /// Keep projects among one's favourites that one may read.
        case favor
        case leave
        case answer
        /// See one's own invitation to a project.
        case seeInvite
        case ask
        /// See what one asked for oneself.
        case seeRequest

        /// See the apps that are for everybody.
        case listApps
        /// Learn which app the token belongs to.
        case lookAtToken
        /// See one's own apps and grants.
        case readApps
        /// Register apps, change and remove one's own.
        case writeApps
        /// Take back what one allowed an app.
        case revokeApps
        /// Let an app act in one's name.
        case authorizeApps
        case readTokens
        case makeTokens
        case endTokens

        /// Invite people to the server.
        case invitePeople
        case inviteAdministrators
        /// See, take back and repeat everybody's invitations.
        case manageInvites
        /// Open the administrators' lists and statistics.
        case administer
        case listPeople
        case seeEmails
        /// Say whether an address is somebody's own.
        case verifyPeople
        case changeRoles
        /// Close other people's accounts.
        case removePeople
        case changeSettings
        /// Administer regions, edges, copies and the roster.
        case operate
    }

    /// Why something may not be done.
    enum Refusal: Equatable {
        case notSignedIn
        case missingScope(Scope)
        case limitedToken
        case missingRole(ServerRole)

        var error: DomainError {
            switch self {
            case .notSignedIn: DomainError(.unauthorized, "Your auth session is not valid. Sign in first.")
            case .missingScope(let scope): .missing(scope)
            case .limitedToken: DomainError(.forbidden, "Your auth token is for some projects only.")
            case .missingRole(let role):
                DomainError(.forbidden, "You do not have the required server role: \(role.rawValue).")
            }
        }
    }

    /// Checks `action`; `nil` allows it.
    static func refusal(of action: Action, for principal: Principal?) -> Refusal? {
        let right = action.right
        guard let principal else { return .notSignedIn }
        if let scope = right.scopes.first(where: { !principal.has($0) }) { return .missingScope(scope) }
        guard right.allowsLimited || !principal.isLimited else { return .limitedToken }
        guard principal.user.role.weight >= right.role.weight else { return .missingRole(right.role) }
        return nil
    }

    /// - Returns: who asks.
    /// - Throws: ``DomainError``.
    static func require(_ action: Action, for principal: Principal?) throws -> Principal {
        if let refusal = self.refusal(of: action, for: principal) { throw refusal.error }
        guard let principal else { throw Refusal.notSignedIn.error }
        return principal
    }

    /// As ``require(_:for:)``, by the role that the person has within a transaction.
    ///
    /// - Throws: ``DomainError``.
    static func require(_ action: Action, for principal: Principal?, _ rows: any MetadataReading) throws {
        var current = principal
        if let user = try principal.flatMap({ try rows.user($0.user.id) }) { current?.user = user }
        _ = try self.require(action, for: current)
    }
}

extension DomainError {
    static func missing(_ scope: Scope) -> DomainError {
        DomainError(.forbidden, "Your auth token does not have the required scope: \(scope.rawValue).")
    }
}

extension NodeRequestContext {
    /// The administrator who asks.
    ///
    /// - Throws: ``DomainError`` when nobody, or somebody else, does.
    func requireAdministrator() throws -> Principal { try ServerRules.require(.operate, for: self.principal) }
}
