import ObjectModel
import Storage

/// What tokens and apps people may make by the token that they show, and whose they may end. The one place that decides it.
enum TokenRules {
    enum Action: Sendable {
        /// See one's own apps and grants.
        case readApps
        /// Register apps, change and remove one's own.
        case writeApps
        /// Take back what one allowed an app.
        case revokeApps
        case readTokens
        /// Make tokens for scripts and parts of apps.
        case makeTokens
        /// End tokens, and let a project be shown by a link.
        case writeTokens

        var scope: Scope {
            switch self {
            case .readApps: .appsRead
            case .writeApps, .revokeApps: .appsWrite
            case .readTokens: .tokensRead
            case .makeTokens, .writeTokens: .tokensWrite
            }
        }

        var role: ServerRole {
            switch self {
            case .readApps, .revokeApps, .readTokens, .writeTokens: .guest
            case .writeApps, .makeTokens: .user
            }
        }

        /// Tokens that are for some projects only say nothing about the rest of the account.
        var allowsLimited: Bool { self == .writeTokens || self == .makeTokens }
    }

    /// - Throws: ``DomainError`` for nobody, and when the token lacks `scope`.
    static func requireSignedIn(_ principal: Principal?, with scope: Scope?) throws -> Principal {
        guard let principal else { throw DomainError(.unauthorized, "Your auth session is not valid. Sign in first.") }
        if let scope, !principal.has(scope) {
            throw DomainError(.forbidden, "Your auth token does not have the required scope: \(scope.rawValue).")
        }
        return principal
    }

    /// - Throws: ``DomainError``.
    static func require(_ action: Action, for principal: Principal?) throws -> Principal {
        let principal = try self.requireSignedIn(principal, with: action.scope)
        guard principal.user.role.weight >= action.role.weight else {
            throw DomainError(.forbidden, "You do not have the required server role: \(action.role.rawValue).")
        }
        guard action.allowsLimited || !principal.isLimited else {
            throw DomainError(.forbidden, "Your auth token is for some projects only.")
        }
        return principal
    }

    /// Whether by the token an app may be let act for its owner, with whatever the app asks for.
    static func mayAuthorizeApps(_ principal: Principal) -> Bool {
        principal.has(.tokensWrite) && !principal.isLimited && principal.user.role != .archived
    }

    /// A token does nothing that the one could not that makes it.
    ///
    /// - Parameter projects: that it is limited to; empty for no wish.
    /// - Returns: the projects that it is limited to.
    /// - Throws: ``DomainError/Code/tokenCreate``.
    static func requireNarrower(
        _ kind: Token.Kind, _ scopes: [Scope], _ projects: [ProjectID], than principal: Principal
    ) throws -> [ProjectID] {
        guard scopes.allSatisfy(principal.has) else {
            throw DomainError(.tokenCreate, "A token cannot do more than the one that makes it.")
        }
        guard kind == .app || !scopes.contains(.tokensWrite) else {
            throw DomainError(.tokenCreate, "A personal token cannot make tokens.")
        }
        guard projects.allSatisfy({ ProjectRules.isWithin(principal, $0) }) else {
            throw DomainError(.tokenCreate, "A token is for no project that the one is not for that makes it.")
        }
        return projects.isEmpty ? principal.token.projects : projects
    }

    /// Whether `principal` may change or remove an app.
    static func mayChange(_ app: RegisteredApp, _ principal: Principal) -> Bool {
        app.author == principal.user.id || principal.user.role == .admin
    }

    /// Whether `principal` may end a token: their own, or as an administrator anybody's. By a token that is for some projects
    /// only, those that are for no others.
    static func mayRevoke(_ token: Token, _ principal: Principal) -> Bool {
        guard token.owner == principal.user.id || principal.user.role == .admin else { return false }
        return !principal.isLimited
            || (!token.projects.isEmpty && token.projects.allSatisfy { ProjectRules.isWithin(principal, $0) })
    }
}
