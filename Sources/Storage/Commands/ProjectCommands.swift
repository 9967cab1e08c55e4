public import ObjectModel

/// Opens a project with an empty model `main`. The caller owns it.
public struct CreateProject: Command {
    /// `nil` or empty makes one up.
    public var name: String?
    public var description: String?
    public var visibility: ProjectVisibility
    /// Holds from the first moment: no region that it does not allow hears of the project.
    public var policy: PolicyRequest?

    public init(
        name: String?, description: String?, visibility: ProjectVisibility?, policy: PolicyRequest? = nil
    ) {
        self.name = name
        self.description = description
        self.visibility = visibility ?? .private
        self.policy = policy
    }

    public func execute(in context: CommandContext) throws -> Project {
        let owner = try context.signedIn()
        let name = self.name.flatMap { $0.isEmpty ? nil : $0 } ?? Self.generatedName()
        guard name.utf8.count <= 512 else { throw DomainError(.badRequest, "The name is longer than 512 characters.") }
        // A deleted project's log stays, and its id with it.
        let id: ProjectID = try context.freshID { try !context.rows.origins(in: .project($0)).isEmpty }
        let project = Project(
            id: id, name: name, description: self.description ?? "", visibility: self.visibility,
            allowPublicComments: false, createdAt: context.now, updatedAt: context.now)
        let scope = LogScope.project(project.id)
        try context.record(.projectCreated(project), in: scope)
        if let policy {
            try context.record(.policyChanged(try policy.change(of: .open, at: context.node)), in: scope)
        }
        // Its home may be another region from now on.
        try context.record(
            .roleChanged(RoleChange(user: owner, role: .owner)), in: scope, ignoringHome: true)
        let main = Model(
            id: context.freshID { _ in false }, project: project.id, name: ModelName.main,
            description: "default branch", author: owner,
            createdAt: context.now, updatedAt: context.now)
        try context.record(.modelCreated(main), in: scope, ignoringHome: true)
        return project
    }

    private static func generatedName() -> String {
        let places = ["Atrium", "Bridge", "Courtyard", "Gallery", "Harbour", "Library", "Pavilion", "Station", "Tower"]
        let looks = ["Bright", "Calm", "Grand", "Green", "Open", "Quiet", "Slender", "Steady", "Tall"]
        return "\(looks[Int.random(in: 0..<looks.count)]) \(places[Int.random(in: 0..<places.count)])"
    }
}

/// Edits a project. Fields that are `nil` stay as they are.
public struct UpdateProject: Command {
    public var id: ProjectID
    public var change: ProjectChange

    public init(_ id: ProjectID, _ change: ProjectChange) {
        self.id = id
        self.change = change
    }

    public func execute(in context: CommandContext) throws -> Project {
        _ = try context.existingProject(self.id)
        if let name = self.change.name, name.isEmpty || name.utf8.count > 512 {
            throw DomainError(.projectUpdate, "A name of 1 to 512 characters is required.")
        }
        try context.record(.projectChanged(self.change), in: .project(self.id))
        return try context.existingProject(self.id)
    }
}

public struct DeleteProject: Command {
    public var id: ProjectID

    public init(_ id: ProjectID) {
        self.id = id
    }

    public func execute(in context: CommandContext) throws {
        _ = try context.existingProject(self.id)
        try context.record(.projectDeleted(self.id), in: .project(self.id))
    }
}

/// Changes or removes the role of somebody who has one. A project that nobody owns can be given to anybody.
public struct SetProjectRole: Command {
    public var project: ProjectID
    public var user: UserID
    /// `nil` removes the role.
    public var role: ProjectRole?

    public init(project: ProjectID, user: UserID, role: ProjectRole?) {
        self.project = project
        self.user = user
        self.role = role
    }

    public func execute(in context: CommandContext) throws -> Project {
        let project = try context.existingProject(self.project)
        let team = try context.rows.collaborators(of: self.project)
        let present = team.first { $0.user == self.user }
        let owners = try context.rows.actingOwners(of: self.project)
        let isGiven = self.role == .owner && owners.isEmpty
        guard try present != nil || isGiven && context.rows.user(self.user) != nil else {
            throw DomainError(
                .projectAccessUpdate, "Only collaborators have a role. Other people must accept an invitation first.")
        }
        if self.role != .owner, owners == [self.user] {
            throw DomainError(.projectAccessUpdate, "Could not remove the last owner of the project.")
        }
        if self.role == .owner, try context.rows.user(self.user)?.role == .guest {
            throw DomainError(.projectAccessUpdate, "Server guests cannot own projects.")
        }
        try context.record(
            .roleChanged(RoleChange(user: self.user, role: self.role)), in: .project(self.project))
        return project
    }
}

extension CommandContext {
    func existingProject(_ id: ProjectID) throws -> Project {
        guard let project = try self.rows.project(id) else { throw DomainError(.projectNotFound, "Project not found") }
        return project
    }

    func existingModel(_ id: ModelID, in project: ProjectID) throws -> Model {
        _ = try self.existingProject(project)
        guard let model = try self.rows.model(id, in: project) else {
            throw DomainError(.modelNotFound, "Model not found")
        }
        return model
    }

    func existingVersion(_ id: VersionID, in project: ProjectID) throws -> Version {
        _ = try self.existingProject(project)
        guard let version = try self.rows.version(id, in: project) else {
            throw DomainError(.versionNotFound, "Version not found")
        }
        return version
    }
}
