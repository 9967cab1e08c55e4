public import ObjectModel

/// Asks somebody to open an account. It takes the place of one that asked the same address before.
public struct InviteToServer: Command {
    public var email: String
    public var role: ServerRole
    public var message: String?
    /// Of the secret that is mailed.
    public var tokenHash: ContentHash

    public init(email: String, role: ServerRole, message: String?, tokenHash: ContentHash) {
        self.email = email
        self.role = role
        self.message = message
        self.tokenHash = tokenHash
    }

    public func execute(in context: CommandContext) throws -> ServerInvite {
        let inviter = try context.signedIn()
        guard let email = EmailAddress.canonical(self.email) else {
            throw DomainError(.inviteCreate, "That is not an e-mail address.")
        }
        try Invite.requireShort(self.message)
        guard self.role != .archived, try self.role != .guest || context.rows.serverSettings().allowsGuests else {
            throw DomainError(.inviteCreate, "Nobody can be invited as \(self.role.rawValue) to this server.")
        }
        guard try context.rows.user(email: email) == nil else {
            throw DomainError(.inviteCreate, "This email is already associated with an account on this server.")
        }
        if let earlier = try context.rows.serverInvite(email: email) {
            try context.record(.serverInviteDeleted(earlier.id), in: .server)
        }
        let invite = ServerInvite(
            id: try context.freshID { try context.rows.serverInvite($0) != nil }, email: email, role: self.role,
            inviter: inviter, message: self.message, tokenHash: self.tokenHash, createdAt: context.now)
        try context.record(.serverInviteCreated(invite), in: .server)
        return invite
    }
}

/// Several invitations at once: all, or none when one of them is refused.
public struct ServerInvitations: Command {
    public var all: [InviteToServer]

    public init(all: [InviteToServer]) {
        self.all = all
    }

    public func execute(in context: CommandContext) throws -> [ServerInvite] {
        try self.all.map { try $0.execute(in: context) }
    }
}

public struct CancelServerInvite: Command {
    public var id: InviteID

    public init(_ id: InviteID) {
        self.id = id
    }

    public func execute(in context: CommandContext) throws {
        guard try context.rows.serverInvite(self.id) != nil else {
            throw DomainError(.inviteNotFound, "Invite not found")
        }
        try context.record(.serverInviteDeleted(self.id), in: .server)
    }
}

/// Gives an invitation another secret, since the first one is known to nobody but its mail, and its whole time again.
public struct RenewServerInvite: Command {
    public var id: InviteID
    public var tokenHash: ContentHash

    public init(_ id: InviteID, tokenHash: ContentHash) {
        self.id = id
        self.tokenHash = tokenHash
    }

    public func execute(in context: CommandContext) throws -> ServerInvite {
        guard var invite = try context.rows.serverInvite(self.id) else {
            throw DomainError(.inviteNotFound, "Invite not found")
        }
        (invite.tokenHash, invite.createdAt) = (self.tokenHash, context.now)
        try context.record(.serverInviteCreated(invite), in: .server)
        return invite
    }
}

extension RegisterUser {
    /// What an invitation lets whoever registers be.
    struct Admission {
        var role: ServerRole
        /// The invitation's secret came by a mail to the address.
        var isVerified: Bool
    }

    /// - Throws: ``DomainError`` where an invitation is needed, or the one that was shown is none for `email`.
    func admission(of email: String, _ context: CommandContext) throws -> Admission {
        if try context.rows.userCount() == 0 { return Admission(role: .admin, isVerified: false) }
        guard let token = self.inviteToken else {
            guard try !context.rows.serverSettings().isInviteOnly else {
                throw DomainError(.userCreate, "This server is invite only. Please provide an invite token.")
            }
            return Admission(role: .user, isVerified: false)
        }
        if let invite = try context.rows.serverInvite(token: token), invite.email == email,
            invite.isValid(at: context.now), let inviter = try Self.inviter(invite.inviter, context)
        {
            // Whoever is no administrator any more has made none.
            let role = invite.role == .admin && inviter.role != .admin ? .user : invite.role
            return Admission(role: role, isVerified: true)
        }
        if let invite = try context.rows.invite(token: token), invite.target == .email(email),
            invite.isOpened(by: token, at: context.now), try Self.inviter(invite.inviter, context) != nil
        {
            return Admission(role: .user, isVerified: true)
        }
        throw DomainError(
            .userCreate, "The invitation is not for this e-mail address, or does not hold any more.")
    }

    private static func inviter(_ id: UserID, _ context: CommandContext) throws -> User? {
        try context.rows.user(id).flatMap { $0.role == .archived ? nil : $0 }
    }
}
