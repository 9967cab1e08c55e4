public import ObjectModel

/// Stores tokens that were made outside, all or none: only their hashes come in here.
public struct CreateTokens: Command {
    public var tokens: [Token]

    public init(_ tokens: [Token]) {
        self.tokens = tokens
    }

    public func execute(in context: CommandContext) throws {
        for token in self.tokens { try CreateToken(token).execute(in: context) }
    }
}

/// Trades a refresh token for the next one and a token. It works once: who shows it again is not the one whom it was given
/// to, or somebody else was before, so all that came from the same sign-in ends.
public struct RenewGrant: Command {
    public var refresh: TokenID
    public var secretHash: ContentHash
    public var app: AppID
    public var tokens: [Token]

    /// - Parameter tokens: of the same owner, app and family as the refresh token.
    public init(_ refresh: TokenID, secretHash: ContentHash, app: AppID, tokens: [Token]) {
        self.refresh = refresh
        self.secretHash = secretHash
        self.app = app
        self.tokens = tokens
    }

    /// - Returns: whether it worked.
    public func execute(in context: CommandContext) throws -> Bool {
        if let token = try context.rows.token(self.refresh) {
            guard try self.isMeant(token) && token.holds(at: context.now, of: context.rows.user(token.owner)) else {
                return false
            }
            try RevokeToken(token.id, owner: token.owner).execute(in: context)
            try CreateTokens(self.tokens).execute(in: context)
            return true
        }
        if let former = try self.former(context) {
            let family = Grant(app: former.app ?? self.app, user: former.owner, family: former.family ?? former.id)
            if try !context.rows.tokens(of: family).isEmpty { try context.record(.grantRevoked(family), in: .server) }
        }
        return false
    }

    private func isMeant(_ token: Token) -> Bool {
        token.kind == .refresh && token.app == self.app && token.secretHash == self.secretHash
    }

    /// The token as the log has it, also after it ended.
    private func former(_ context: CommandContext) throws -> Token? {
        let state = try EntityState(.token(self.refresh), in: .server, context.rows)
        guard case .tokenCreated(let token) = state.creation?.body, self.isMeant(token) else { return nil }
        return token
    }
}

/// Ends tokens that show a project.
public struct EndEmbedTokens: Command {
    public var project: ProjectID
    /// `nil` for all.
    public var token: TokenID?

    public init(of project: ProjectID, only token: TokenID? = nil) {
        self.project = project
        self.token = token
    }

    public func execute(in context: CommandContext) throws {
        let tokens = try context.rows.embedTokens(of: self.project, after: nil, limit: .max)
            .filter { self.token == nil || $0.id == self.token }
        guard self.token == nil || !tokens.isEmpty else {
            throw DomainError(.tokenRevoke, "Did not revoke token")
        }
        for token in tokens { try context.record(.tokenRevoked(token.id), in: .server) }
    }
}
