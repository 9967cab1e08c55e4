import ObjectModel
import Storage

/// Opens accounts, signs people in, and trades one-time codes for tokens.
struct AccountService: Sendable {
    private static let codeDigitCount = 42
    private static let codeLifetime = Duration.seconds(600)
    private static let passwordByteCountMin = 8
    private static let shownNameCharacterCountMax = 100

    let metadata: MetadataService
    let tokens: TokenIssuer
    let clock: @Sendable () -> Timestamp
    private let proofs: EmailProofs
    private let passwords = PasswordHasher()

    init(
        metadata: MetadataService, tokens: TokenIssuer, proofs: EmailProofs,
        clock: @escaping @Sendable () -> Timestamp
    ) {
        self.metadata = metadata
        self.tokens = tokens
        self.proofs = proofs
        self.clock = clock
    }

    struct Registration: Sendable {
        var name: String
        var email: String
        var password: String
        var company: String?
        /// The secret of an invitation.
        var inviteToken: String?
    }

    /// Opens an account; the first one is the administrator's.
    ///
    /// - Throws: ``DomainError``.
    func register(_ registration: Registration) async throws -> User {
        try Self.requirePassword(registration.password, .userCreate)
        let user = try await self.metadata.perform(
            RegisterUser(
                name: registration.name, email: registration.email, company: registration.company,
                passwordHash: try await self.passwords.hash(registration.password),
                inviteToken: registration.inviteToken.map { ContentHash(of: $0) }),
            actor: nil)
        try await self.proofs.requestVerification(of: user.email)
        return user
    }

    /// Sets another password by what a mail said, and ends everything that the person is signed in with.
    ///
    /// - Throws: ``DomainError``.
    func resetPassword(token: String, password: String) async throws {
        try Self.requirePassword(password, .userInput)
        let (hash, now) = (ContentHash(of: token), self.clock())
        // Hashing is costly: not for whoever has no link.
        let user = try await self.metadata.store.read { try ResetPassword.person(by: hash, at: now, $0).user }
        let passwordHash = try await self.passwords.hash(password)
        try await self.metadata.perform(ResetPassword(token: hash, passwordHash: passwordHash), actor: user.id)
    }

    private static func requirePassword(_ password: String, _ code: DomainError.Code) throws {
        let byteCount = password.utf8.count
        guard byteCount >= self.passwordByteCountMin else {
            throw DomainError(
                code, "Password too short; needs to be \(self.passwordByteCountMin) characters or longer.")
        }
        guard byteCount <= Limits.passwordByteCountMax else {
            throw DomainError(code, "Passwords are at most \(Limits.passwordByteCountMax) bytes long.")
        }
    }

    /// The person with that e-mail and password, or `nil`. Takes as long for people who have no account.
    func signIn(email: String, password: String) async throws -> User? {
        guard password.utf8.count <= Limits.passwordByteCountMax else { return nil }
        let user = try await self.metadata.store.read { try $0.user(email: email.lowercased()) }
        let isRight = try await self.passwords.verify(password, against: user?.passwordHash)
        guard isRight, let user, user.role != .archived else { return nil }
        return user
    }

    /// The person that another server showed; whoever has no account gets one.
    ///
    /// - Throws: ``DomainError``.
    func signIn(_ identity: ShownIdentity, invitation: String?) async throws -> User {
        let name = identity.name.flatMap { $0.isEmpty ? nil : $0 } ?? String(identity.email.prefix { $0 != "@" })
        return try await self.metadata.perform(
            SignInByAddress(
                name: String(name.prefix(Self.shownNameCharacterCountMax)), email: identity.email,
                inviteToken: invitation.map { ContentHash(of: $0) }),
            actor: nil)
    }

    /// A code that `app` can trade for a token within ten minutes, once, if it knows `challenge`.
    ///
    /// - Parameter codeChallenge: what the app proves itself by beside that (RFC 7636, S256).
    func makeCode(
        for user: UserID, app: AppID, challenge: String, codeChallenge: String? = nil
    ) async throws -> String {
        let now = self.clock()
        let code = AuthorizationCode(
            code: RandomDigits.hexadecimal(Self.codeDigitCount), app: app, user: user, challenge: challenge,
            codeChallenge: codeChallenge, createdAt: now)
        try await self.metadata.store.write { rows in
            try rows.deleteAuthorizationCodes(before: now + (.zero - Self.codeLifetime))
            try rows.put(code)
        }
        return code.code
    }

    /// A token and the token that renews it.
    struct TokenPair: Encodable, Sendable {
        var token: String
        var refreshToken: String
    }

    /// What an app shows for its first token.
    struct Redemption: Sendable {
        var code: String
        var app: AppID
        var secret: String
        var challenge: String
        var codeVerifier: String?
    }

    /// - Throws: ``DomainError/Code/unauthorized``; the code is used up all the same.
    func redeem(_ shown: Redemption) async throws -> TokenPair {
        let app = try await self.app(shown.app, secret: shown.secret)
        let found = try await self.metadata.store.write { rows in
            let found = try rows.authorizationCode(shown.code)
            if found != nil { try rows.deleteAuthorizationCode(shown.code) }
            return found
        }
        guard let found, found.app == app.id, found.challenge == shown.challenge,
            found.codeChallenge.map({ CodeChallenge.isMet($0, by: shown.codeVerifier) }) ?? true,
            self.clock() < found.createdAt + Self.codeLifetime
        else { throw DomainError(.unauthorized, "Invalid access code or challenge.") }
        let pair = self.pair(for: found.user, app, family: nil)
        try await self.metadata.perform(CreateTokens(pair.map(\.token)), actor: found.user) { rows in
            // What people agreed to is what the app asks for now.
            guard try ServerApp.named(app.id, rows) == app else { throw DomainError.noSuchApp }
        }
        return TokenPair(pair)
    }

    /// - Throws: ``DomainError/Code/unauthorized``. Whoever shows a token that was renewed before ends all that came of it.
    func renew(refreshToken: String, app id: AppID, secret: String) async throws -> TokenPair {
        let app = try await self.app(id, secret: secret)
        guard let (refresh, secretHash) = TokenIssuer.parts(of: refreshToken) else { throw DomainError.noSuchGrant }
        let present = try await self.metadata.store.read { try $0.token(refresh) }
        let pair = present.map { self.pair(for: $0.owner, app, family: $0.family ?? $0.id) } ?? []
        let isRenewed = try await self.metadata.perform(
            RenewGrant(refresh, secretHash: secretHash, app: app.id, tokens: pair.map(\.token)), actor: present?.owner
        ) { rows in
            guard try ServerApp.named(app.id, rows) == app else { throw DomainError.noSuchApp }
        }
        guard isRenewed else { throw DomainError.noSuchGrant }
        return TokenPair(pair)
    }

    private func app(_ id: AppID, secret: String) async throws -> ServerApp {
        guard let app = try await self.metadata.store.read({ try ServerApp.named(id, $0) }),
            app.secretHash == ContentHash(of: secret)
        else { throw DomainError.noSuchApp }
        return app
    }

    /// A token and its refresh token, in this order.
    ///
    /// - Parameter family: `nil` for a new one.
    private func pair(for user: UserID, _ app: ServerApp, family: TokenID?) -> [TokenIssuer.NewToken] {
        var refresh = self.tokens.make(
            .init(
                kind: .refresh, owner: user, name: app.name, app: app.id, family: family, scopes: [],
                lifespan: TokenIssuer.refreshLifespan))
        refresh.token.family = family ?? refresh.token.id
        let token = self.tokens.make(
            .init(
                kind: .app, owner: user, name: app.name, app: app.id, family: refresh.token.family,
                scopes: app.scopes))
        return [token, refresh]
    }
}

extension AccountService.TokenPair {
    fileprivate init(_ pair: [TokenIssuer.NewToken]) { self.init(token: pair[0].text, refreshToken: pair[1].text) }
}

extension DomainError {
    fileprivate static let noSuchApp = DomainError(.unauthorized, "Unknown app, or wrong secret.")
    fileprivate static let noSuchGrant = DomainError(.unauthorized, "Invalid refresh token.")
}
