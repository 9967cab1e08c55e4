public import ObjectModel
public import Storage

/// What may be done with a project, and by whom. The one place that decides it.
public enum ProjectRules {
    public enum Action: Sendable {
        case read
        /// Add comments, and files to show in them. Projects may let everybody who is signed in do that.
        case comment
        /// Show others what one looks at. Everybody who is signed in may where they may read.
        case broadcast
        /// Upload objects, make models and versions.
        case write
        /// Change the project, its people and other people's work.
        case own
        /// See who asks for a role.
        case admit
        /// Let whoever has a token see the project.
        case embed
        /// Change people's roles. Administrators may where nobody owns the project.
        case appoint
        /// Say where the project may be. Administrators may.
        case govern
        /// Learn where the project may be. Administrators may.
        case see
        /// Delete the project, whoever owns it. Administrators may, and nobody else.
        case discard

        var scope: Scope {
            switch self {
            case .read, .see, .broadcast, .admit: .streamsRead
            case .embed: .tokensWrite
            case .comment, .write, .own, .appoint, .govern, .discard: .streamsWrite
            }
        }

        var role: ProjectRole {
            switch self {
            case .read, .comment, .broadcast, .see: .reviewer
            case .write: .contributor
            case .own, .admit, .embed, .appoint, .govern, .discard: .owner
            }
        }
    }

    /// Why something may not be done.
    public enum Refusal: Equatable, Sendable {
        case noSuchProject
        case notSignedIn
        case missingScope(Scope)
        case missingRole(ProjectRole)
        /// The token is for other projects.
        case limitedToken
    }

    /// Checks `action`; `nil` allows it.
    public static func refusal(
        of action: Action, on id: ProjectID, for principal: Principal?, _ rows: any MetadataReading
    ) throws -> Refusal? {
        try self.refusal(of: action, on: try rows.project(id), for: principal) {
            try rows.role(of: $0, in: id)
        } hasOwner: {
            try rows.hasOwner(id)
        }
    }

    /// Checks `action` on many projects in a bounded number of statements; those that are left out allow it.
    static func refusals(
        of action: Action, on ids: Set<ProjectID>, for principal: Principal?, _ rows: any MetadataReading
    ) throws -> [ProjectID: Refusal] {
        let projects = try rows.projects(ids)
        let roles = try principal.map { try rows.roles(of: $0.user.id, in: ids) } ?? [:]
        return try ids.reduce(into: [:]) { refusals, id in
            refusals[id] = try self.refusal(of: action, on: projects[id], for: principal) { _ in
                roles[id]
            } hasOwner: {
                try rows.hasOwner(id)
            }
        }
    }

    /// The table of rights.
    private static func refusal(
        of action: Action, on project: Project?, for principal: Principal?,
        role: (UserID) throws -> ProjectRole?, hasOwner: () throws -> Bool
    ) throws -> Refusal? {
        guard let project else { return .noSuchProject }
        if action == .read || action == .see, project.visibility == .public,
            principal.map({ self.isWithin($0, project.id) }) ?? true
        {
            return nil
        }
        guard let principal else { return .notSignedIn }
        guard principal.has(action.scope) else { return .missingScope(action.scope) }
        guard self.isWithin(principal, project.id) else { return .limitedToken }
        if action == .comment, project.visibility == .public, project.allowPublicComments { return nil }
        if action == .broadcast, project.visibility == .public { return nil }
        if action == .govern || action == .see, principal.user.role == .admin { return nil }
        if action == .appoint, principal.user.role == .admin, try !hasOwner() { return nil }
        if action == .discard { return principal.user.role == .admin ? nil : .missingRole(action.role) }
        if action.role == .owner, principal.user.role.weight < ServerRole.user.weight {
            return .missingRole(action.role)
        }
        let role = try role(principal.user.id)
        return role.map { $0.weight >= action.role.weight } ?? false ? nil : .missingRole(action.role)
    }

    /// Those of `projects` that `principal` may read.
    static func readable(
        _ projects: [ProjectID], by principal: Principal, _ rows: any MetadataReading
    ) throws -> [ProjectID] {
        let refusals = try self.refusals(of: .read, on: Set(projects), for: principal, rows)
        return projects.filter { refusals[$0] == nil }
    }

    /// Whether somebody may still do by a link what they asked the link for: their token is not shown again.
    ///
    /// - Throws: ``DomainError``.
    static func require(
        _ action: Action, on id: ProjectID, forLinkOf user: UserID, _ rows: any MetadataReading
    ) throws {
        let role = try rows.role(of: user, in: id)
        guard role.map({ $0.weight >= action.role.weight }) ?? false else {
            throw DomainError(.forbidden, "Whoever the link was given to may not do this any more.")
        }
    }

    /// Tokens may be limited to some projects.
    static func isWithin(_ principal: Principal, _ project: ProjectID) -> Bool {
        !principal.isLimited || principal.token.projects.contains(project)
    }

    /// As ``refusal(of:on:for:_:)``, but throws.
    ///
    /// - Throws: ``DomainError``.
    static func require(
        _ action: Action, on id: ProjectID, for principal: Principal?, _ rows: any MetadataReading
    ) throws {
        switch try self.refusal(of: action, on: id, for: principal, rows) {
        case nil: return
        case .noSuchProject: throw DomainError(.projectNotFound, "Project not found")
        case .notSignedIn: throw DomainError(.forbidden, "You do not have access to this project: sign in first.")
        case .missingScope(let scope):
            throw DomainError(.forbidden, "Your auth token does not have the required scope: \(scope.rawValue).")
        case .missingRole: throw DomainError(.forbidden, "You do not have access to this project, or not enough of it.")
        case .limitedToken: throw DomainError(.forbidden, "Your auth token is not for this project.")
        }
    }
}
