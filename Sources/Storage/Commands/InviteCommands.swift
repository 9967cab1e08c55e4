public import ObjectModel

/// Asks somebody to take a role in a project. It takes the place of one that asked them before.
public struct InviteToProject: Command {
    public var project: ProjectID
    public var target: Invite.Target
    public var role: ProjectRole
    public var message: String?
    /// Of the secret that is mailed to those who have no account.
    public var tokenHash: ContentHash?

    /// - Parameter target: an e-mail of somebody who has an account stands for them.
    public init(
        project: ProjectID, target: Invite.Target, role: ProjectRole, message: String? = nil,
        tokenHash: ContentHash? = nil
    ) {
        self.project = project
        self.target = target
        self.role = role
        self.message = message
        self.tokenHash = tokenHash
    }

    public func execute(in context: CommandContext) throws -> Invite {
        let inviter = try context.signedIn()
        _ = try context.existingProject(self.project)
        try Invite.requireShort(self.message)
        let target = try self.asked(context)
        for earlier in try context.rows.invites(to: self.project) where earlier.target == target {
            try context.record(.inviteDeleted(earlier.id), in: .project(self.project))
        }
        let invite = Invite(
            id: try context.freshID { try context.rows.invite($0, in: self.project) != nil }, project: self.project,
            target: target, role: self.role, inviter: inviter, message: self.message,
            tokenHash: target.isEmail ? self.tokenHash : nil, createdAt: context.now)
        try context.record(.inviteCreated(invite), in: .project(self.project))
        return invite
    }

    private func asked(_ context: CommandContext) throws -> Invite.Target {
        let user: User?
        switch self.target {
        case .user(let id): user = try context.rows.user(id)
        case .email(let text):
            guard let email = EmailAddress.canonical(text) else {
                throw DomainError(.inviteCreate, "That is not an e-mail address.")
            }
            guard let known = try context.rows.user(email: email) else { return .email(email) }
            user = known
        }
        guard let user, user.role != .archived else {
            throw DomainError(.inviteCreate, "Attempting to invite an invalid user")
        }
        guard try context.rows.role(of: user.id, in: self.project) == nil else {
            throw DomainError(.inviteCreate, "The invited user is already a collaborator")
        }
        guard self.role != .owner || user.role != .guest else {
            throw DomainError(.inviteCreate, "Server guests cannot own projects.")
        }
        return .user(user.id)
    }
}

/// Several invitations at once: all, or none when one of them is refused.
public struct Invitations: Command {
    public var all: [InviteToProject]

    public init(all: [InviteToProject]) {
        self.all = all
    }

    public func execute(in context: CommandContext) throws -> [Invite] {
        try self.all.map { try $0.execute(in: context) }
    }
}

/// Takes an invitation back.
public struct CancelInvite: Command {
    public var project: ProjectID
    public var id: InviteID

    public init(project: ProjectID, id: InviteID) {
        self.project = project
        self.id = id
    }

    public func execute(in context: CommandContext) throws {
        guard let invite = try context.rows.invite(self.id, in: self.project) else { throw DomainError.noSuchInvite }
        try context.record(.inviteDeleted(self.id), in: .project(self.project))
        // Whoever accepts in another region meanwhile gets no role by that: as with every role, the strictest decision holds.
        guard let user = try invite.user(context.rows), try context.rows.role(of: user.id, in: self.project) == nil
        else { return }
        try context.record(.roleChanged(RoleChange(user: user.id, role: nil)), in: .project(self.project))
    }
}

/// Accepts or declines an invitation, by whoever is asked.
public struct AnswerInvite: Command {
    public var project: ProjectID
    public var id: InviteID
    /// Of the secret in the invitation's mail, which lets anybody who has an account answer it.
    public var tokenHash: ContentHash?
    public var isAccepted: Bool

    public init(project: ProjectID, id: InviteID, tokenHash: ContentHash? = nil, isAccepted: Bool) {
        self.project = project
        self.id = id
        self.tokenHash = tokenHash
        self.isAccepted = isAccepted
    }

    public func execute(in context: CommandContext) throws {
        // To everybody else it looks as if there were none.
        guard let user = try context.actor.flatMap(context.rows.user),
            let invite = try self.invite(for: user, context),
            // Invitations end with the account of whoever made them.
            try context.rows.user(invite.inviter) != nil
        else { throw DomainError.noSuchInvite }
        guard self.isAccepted else {
            return try context.record(
                .inviteDeleted(invite.id), in: .project(self.project),
                telling: [.inviteDeclined(invite, by: user.id)])
        }
        guard invite.role != .owner || user.role != .guest else {
            throw DomainError(.inviteFinalizing, "Server guests cannot own projects.")
        }
        let present = try context.rows.role(of: user.id, in: self.project)
        if present.map({ $0.weight < invite.role.weight }) ?? true {
            try context.record(
                .roleChanged(RoleChange(user: user.id, role: invite.role)), in: .project(self.project))
        }
        let addresses = try context.rows.verifiedAddresses(of: user.id)
        for other in try context.rows.invites(to: self.project)
        where other.asks(user.id, at: addresses) || other.id == invite.id {
            try context.record(
                .inviteDeleted(other.id), in: .project(self.project),
                telling: other.id == invite.id ? [.inviteAccepted(invite, by: user.id)] : [])
        }
        // The mail with the secret reached them.
        if self.tokenHash != nil, case .email(let address) = invite.target,
            let email = try context.rows.email(address: address), email.user == user.id, !email.isVerified
        {
            try context.record(email, isVerified: true)
        }
    }

    private func invite(for user: User, _ context: CommandContext) throws -> Invite? {
        if let invite = try context.rows.invite(self.id, in: self.project),
            try invite.asks(user.id, at: context.rows.verifiedAddresses(of: user.id))
        {
            return invite
        }
        guard let token = self.tokenHash, let invite = try context.rows.invite(token: token),
            invite.project == self.project, invite.isOpened(by: token, at: context.now)
        else { return nil }
        return invite
    }
}

extension Invite {
    /// - Throws: ``DomainError`` when a message of somebody who invites is too long.
    static func requireShort(_ message: String?) throws {
        guard message.map({ $0.utf8.count <= self.messageByteCountMax }) ?? true else {
            throw DomainError(.inviteCreate, "A message has at most \(self.messageByteCountMax) characters.")
        }
    }
}

extension Invite.Target {
    fileprivate var isEmail: Bool {
        if case .email = self { true } else { false }
    }
}

extension Invite {
    /// Who is asked, as far as they have an account here.
    public func user(_ rows: any UserReading) throws -> User? {
        switch self.target {
        case .user(let id): try rows.user(id)
        case .email(let email): try rows.user(email: email)
        }
    }
}

extension DomainError {
    fileprivate static let noSuchInvite = DomainError(.inviteNotFound, "Invite not found")
}
