public import ObjectModel
public import Storage

/// What may be done with a project, and by whom: decides by the table of rights.
public enum ProjectRules {
    public enum Action: Sendable {
        case read
        /// Learn where the project may be.
        case see
        /// Leave a mark that one has received a version, or seen a comment.
        case receive
        /// Show others what one looks at.
        case broadcast
        /// Add comments, and files to show in them.
        case comment
        /// Upload objects, make models and versions, change models.
        case write
        /// Write by the sync port, which tells what is there.
        case push
        /// Change the project, its people and other people's work.
        case own
        case invite
        /// See who asks for a role.
        case admit
        /// Answer who asks for a role.
        case judge
        /// Let whoever has a token see the project.
        case embed
        /// See such tokens, and end them.
        case endEmbeds
        /// Change people's roles.
        case appoint
        /// Say where the project may be.
        case govern
        /// Delete the project, whoever owns it.
        case discard
    }

    /// Why something may not be done.
    public enum Refusal: Equatable, Sendable {
        case noSuchProject
        case notSignedIn
        case missingScope(Scope)
        case missingRole(ProjectRole)
        /// The token is for other projects.
        case limitedToken

        var error: DomainError {
            switch self {
            case .noSuchProject: DomainError(.projectNotFound, "Project not found")
            case .notSignedIn: DomainError(.forbidden, "You do not have access to this project: sign in first.")
            case .missingScope(let scope): .missing(scope)
            case .missingRole: DomainError(.forbidden, "You do not have access to this project, or not enough of it.")
            case .limitedToken: DomainError(.forbidden, "Your auth token is not for this project.")
            }
        }
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

    private static func refusal(
        of action: Action, on project: Project?, for principal: Principal?,
        role: (UserID) throws -> ProjectRole?, hasOwner: () throws -> Bool
    ) throws -> Refusal? {
        guard let project else { return .noSuchProject }
        let (right, isPublic) = (action.right, project.visibility == .public)
        if isPublic, right.publicly == .everybody, principal.map({ self.isWithin($0, project.id) }) ?? true {
            return nil
        }
        guard let principal else { return .notSignedIn }
        if let scope = right.scopes.first(where: { !principal.has($0) }) { return .missingScope(scope) }
        guard self.isWithin(principal, project.id) else { return .limitedToken }
        switch right.publicly {
        case .signedIn where isPublic, .commenters where isPublic && project.allowPublicComments: return nil
        default: break
        }
        switch right.administrators {
        case .also where principal.user.role == .admin: return nil
        case .only: return principal.user.role == .admin ? nil : .missingRole(right.role)
        case .whereNobodyOwns where principal.user.role == .admin: if try !hasOwner() { return nil }
        default: break
        }
        // Guests own nothing, whatever their role.
        guard right.role != .owner || principal.user.role.weight >= ServerRole.user.weight else {
            return .missingRole(right.role)
        }
        let role = try role(principal.user.id)
        return role.map { $0.weight >= right.role.weight } ?? false ? nil : .missingRole(right.role)
    }

    /// Those of `projects` that `principal` may read.
    static func readable(
        _ projects: [ProjectID], by principal: Principal?, _ rows: any MetadataReading
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
        guard role.map({ $0.weight >= action.right.role.weight }) ?? false else {
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
        if let refusal = try self.refusal(of: action, on: id, for: principal, rows) { throw refusal.error }
    }
}
