public import ObjectModel

/// Changes the settings of the server. Fields that are `nil` stay as they are.
public struct UpdateServer: Command {
    private static let nameByteCountMax = 512
    private static let textByteCountMax = 16 << 10

    public var change: ServerChange

    public init(_ change: ServerChange) {
        self.change = change
    }

    public func execute(in context: CommandContext) throws {
        if let name = self.change.name, name.isEmpty || name.utf8.count > Self.nameByteCountMax {
            throw DomainError(.userInput, "A name of 1 to \(Self.nameByteCountMax) characters is required.")
        }
        let texts = [
            self.change.company, self.change.description, self.change.adminContact, self.change.termsOfService,
        ]
        guard texts.allSatisfy({ $0.map { $0.utf8.count <= Self.textByteCountMax } ?? true }) else {
            throw DomainError(.userInput, "A text has at most \(Self.textByteCountMax) characters.")
        }
        try context.record(.serverChanged(self.change), in: .server)
    }
}

/// Changes what somebody may do on the server.
public struct ChangeServerRole: Command {
    public var user: UserID
    public var role: ServerRole

    public init(_ user: UserID, to role: ServerRole) {
        self.user = user
        self.role = role
    }

    public func execute(in context: CommandContext) throws {
        guard let user = try context.rows.user(self.user) else { throw DomainError(.userNotFound, "User not found") }
        if self.role != .admin { try context.requireAnotherAdministrator(than: user) }
        if self.role == .guest, try !context.rows.serverSettings().allowsGuests {
            throw DomainError(.userInput, "Guest mode is not enabled on this server.")
        }
        try context.record(.userChanged(UserChange(id: self.user, role: self.role)), in: .server)
    }
}

/// Makes somebody an administrator of a server that has none: two of them may have taken the role from each other in two
/// regions.
public struct AppointAdministrator: Command {
    public var email: String

    public init(email: String) {
        self.email = email
    }

    /// - Returns: whether there was none.
    public func execute(in context: CommandContext) throws -> Bool {
        guard try context.rows.userCount(UserFilter(role: .admin)) == 0 else { return false }
        guard let user = try context.rows.user(email: self.email) else {
            throw DomainError(.userNotFound, "Nobody has an account with the e-mail \(self.email).")
        }
        try context.record(.userChanged(UserChange(id: user.id, role: .admin)), in: .server)
        return true
    }
}

/// Closes an account. Projects that nobody else owns go with it; what the person made in others stays.
public struct DeleteUser: Command {
    public var id: UserID
    /// The account's e-mail, which whoever asks repeats.
    public var email: String

    public init(_ id: UserID, email: String) {
        self.id = id
        self.email = email
    }

    public func execute(in context: CommandContext) throws {
        guard let user = try context.rows.user(self.id) else { throw DomainError(.userNotFound, "User not found") }
        guard EmailAddress.canonical(self.email) == user.email else {
            throw DomainError(.userInput, "The e-mail is not that of the account.")
        }
        try context.requireAnotherAdministrator(than: user)
        let owned = try context.rows.projects(
            of: self.id, filter: ProjectFilter(onlyWithRoles: [.owner]), after: nil, limit: .max)
        for project in owned.map(\.id) where try self.isLastOwner(of: project, context) {
            try context.record(.projectDeleted(project), in: .project(project))
        }
        try context.record(.userDeleted(self.id), in: .server)
    }

    /// Copies of other nodes' projects, those that are written to in another region and those that this one may not have any
    /// more are not deleted here: administrators find them where they are.
    private func isLastOwner(of project: ProjectID, _ context: CommandContext) throws -> Bool {
        guard try context.rows.actingOwners(of: project).allSatisfy({ $0 == self.id }) else { return false }
        return try context.place.refusal(for: project, context.rows) == nil
    }
}

/// Deletes several projects: all, or none when one of them is not there.
public struct DeleteProjects: Command {
    public var ids: [ProjectID]

    public init(_ ids: [ProjectID]) {
        self.ids = ids
    }

    public func execute(in context: CommandContext) throws {
        for id in self.ids { try DeleteProject(id).execute(in: context) }
    }
}

extension CommandContext {
    /// - Throws: ``DomainError`` when `user` is the only administrator.
    fileprivate func requireAnotherAdministrator(than user: User) throws {
        guard try user.role != .admin || self.rows.userCount(UserFilter(role: .admin)) > 1 else {
            throw DomainError(.userInput, "The last administrator of the server cannot leave, and stays one.")
        }
    }
}
