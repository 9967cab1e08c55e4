public import ObjectModel

/// Asks for a role in a project, by somebody who has none.
public struct RequestAccess: Command {
    /// Owners get all of them at once.
    public static let countMax = 500

    public var project: ProjectID

    public init(project: ProjectID) {
        self.project = project
    }

    public func execute(in context: CommandContext) throws -> AccessRequest {
        let user = try context.signedIn()
        _ = try context.existingProject(self.project)
        guard try context.rows.role(of: user, in: self.project) == nil else {
            throw DomainError(.accessRequestCreate, "You have access to this project already.")
        }
        let requests = try context.rows.accessRequests(to: self.project)
        guard !requests.contains(where: { $0.requester == user }) else {
            throw DomainError(.accessRequestCreate, "You have asked for access already.")
        }
        guard requests.count < Self.countMax else {
            throw DomainError(.accessRequestCreate, "Too many people have asked for access. Try again later.")
        }
        let request = AccessRequest(project: self.project, requester: user, createdAt: context.now)
        do {
            try context.record(.accessRequested(request), in: .project(self.project))
        } catch let refusal as DomainError where refusal.code == .homeElsewhere || refusal.code == .regionExcluded {
            // Where the project may be is nothing for outsiders.
            throw DomainError(.accessRequestCreate, "Requests for access to this project are not taken here.")
        }
        return request
    }
}

/// Gives whoever asks a role, or none.
public struct AnswerAccessRequest: Command {
    public var request: AccessRequest
    /// `nil` declines.
    public var role: ProjectRole?

    public init(_ request: AccessRequest, role: ProjectRole?) {
        self.request = request
        self.role = role
    }

    public func execute(in context: CommandContext) throws -> Project {
        let (project, user) = (self.request.project, self.request.requester)
        guard try context.rows.accessRequest(by: user, to: project) != nil else { throw DomainError.noSuchRequest }
        if self.role == .owner, try context.rows.user(user)?.role == .guest {
            throw DomainError(.accessRequestProcessing, "Server guests cannot own projects.")
        }
        try context.record(
            .accessAnswered(user), in: .project(project),
            telling: self.role == nil ? [.accessDeclined(self.request)] : [])
        let present = try context.rows.role(of: user, in: project)
        // Whoever accepts in another region meanwhile gives no role by that when this region declines: as with every role, the
        // strictest decision holds.
        if present.map({ $0.weight < self.role?.weight ?? 0 }) ?? true {
            try context.record(.roleChanged(RoleChange(user: user, role: self.role)), in: .project(project))
        }
        return try context.existingProject(project)
    }
}

extension DomainError {
    /// Also where there is one that is nobody's business.
    public static let noSuchRequest = DomainError(.accessRequestProcessing, "There is no such request for access.")
}
