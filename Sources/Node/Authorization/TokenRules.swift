import ObjectModel
import Storage

/// Which tokens people may make by the one that they show, and whose tokens and apps they may change or end.
enum TokenRules {
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
