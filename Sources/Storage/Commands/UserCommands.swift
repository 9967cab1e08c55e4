public import ObjectModel

/// Opens an account. The first person on a server becomes its administrator.
public struct RegisterUser: Command {
    public var name: String
    public var email: String
    public var company: String?
    /// The finished hash; `nil` for people who sign in elsewhere.
    public var passwordHash: String?
    /// Of the secret of an invitation, to the server or to a project.
    public var inviteToken: ContentHash?
    /// Whether the e-mail is known to be theirs.
    public var isVerified: Bool

    public init(
        name: String, email: String, company: String?, passwordHash: String?, inviteToken: ContentHash? = nil,
        isVerified: Bool = false
    ) {
        self.name = name
        self.email = email
        self.company = company
        self.passwordHash = passwordHash
        self.inviteToken = inviteToken
        self.isVerified = isVerified
    }

    public func execute(in context: CommandContext) throws -> User {
        guard !self.name.isEmpty, self.name.utf8.count <= 512 else {
            throw DomainError(.userCreate, "A name of 1 to 512 characters is required.")
        }
        guard let email = EmailAddress.canonical(self.email) else {
            throw DomainError(.userCreate, "That is not an e-mail address.")
        }
        // Whoever may not register at all does not hear whose addresses are here.
        let admission = try self.admission(of: email, context)
        try context.claim(email, otherwise: DomainError(.userCreate, "Email taken. Try logging in?"))
        let user = User(
            id: try context.freshID { try context.rows.user($0) != nil }, name: self.name, email: email,
            company: self.company, isVerified: self.isVerified || admission.isVerified, role: admission.role,
            passwordHash: self.passwordHash, createdAt: context.now)
        try context.record(.userRegistered(user), in: .server)
        if let invite = try context.rows.serverInvite(email: email) {
            try context.record(.serverInviteDeleted(invite.id), in: .server)
        }
        return user
    }
}

/// Signs in whoever another server showed to have an address, and opens an account for whoever has none.
public struct SignInByAddress: Command {
    public var name: String
    public var email: String
    /// Of the secret of an invitation.
    public var inviteToken: ContentHash?

    public init(name: String, email: String, inviteToken: ContentHash?) {
        self.name = name
        self.email = email
        self.inviteToken = inviteToken
    }

    public func execute(in context: CommandContext) throws -> User {
        guard let email = EmailAddress.canonical(self.email), let user = try context.rows.user(email: email) else {
            return try RegisterUser(
                name: self.name, email: self.email, company: nil, passwordHash: nil, inviteToken: self.inviteToken,
                isVerified: true
            ).execute(in: context)
        }
        guard user.role != .archived else { throw DomainError(.forbidden, "The account is closed.") }
        // Somebody else may have opened it, who never showed that the address is theirs.
        guard user.isVerified || user.email != email else {
            throw DomainError(.unverifiedEmail, "The account's address is not verified yet.")
        }
        return user
    }
}

/// Edits a profile. Fields that are `nil` stay as they are.
public struct UpdateUser: Command {
    public var change: UserChange

    public init(_ change: UserChange) {
        self.change = change
    }

    public func execute(in context: CommandContext) throws -> User {
        guard try context.rows.user(self.change.id) != nil else {
            throw DomainError(.userNotFound, "User not found")
        }
        if let name = self.change.name, name.isEmpty || name.utf8.count > 512 {
            throw DomainError(.userUpdate, "A name of 1 to 512 characters is required.")
        }
        try context.record(.userChanged(self.change), in: .server)
        guard let user = try context.rows.user(self.change.id) else {
            throw DomainError(.userNotFound, "User not found")
        }
        return user
    }
}

/// Stores a token that was made outside: only its hash comes in here.
public struct CreateToken: Command {
    public var token: Token

    public init(_ token: Token) {
        self.token = token
    }

    public func execute(in context: CommandContext) throws {
        guard let owner = try context.rows.user(self.token.owner), owner.role != .archived else {
            throw DomainError(.userNotFound, "User not found")
        }
        guard try context.rows.token(self.token.id) == nil else {
            throw DomainError(.tokenCreate, "The token exists already.")
        }
        try context.record(.tokenCreated(self.token), in: .server)
    }
}

/// Ends a token at once.
public struct RevokeToken: Command {
    public var id: TokenID
    /// Only a token of this person; `nil` for any.
    public var owner: UserID?

    public init(_ id: TokenID, owner: UserID?) {
        self.id = id
        self.owner = owner
    }

    public func execute(in context: CommandContext) throws {
        guard let token = try context.rows.token(self.id), self.owner == nil || token.owner == self.owner else {
            throw DomainError(.tokenRevoke, "Did not revoke token")
        }
        try context.record(.tokenRevoked(self.id), in: .server)
    }
}
