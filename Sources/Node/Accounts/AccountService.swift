import ObjectModel
import Storage

/// Opens accounts, signs people in, and trades one-time codes for tokens.
struct AccountService: Sendable {
    private static let codeDigitCount = 42
    private static let codeLifetime = Duration.seconds(600)
    private static let passwordByteCountMin = 8

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
        let user = try await self.metadata.store.read { try ResetPassword.person(by: hash, at: now, $0) }
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

    /// A code that `app` can trade for a token within ten minutes, once, if it knows `challenge`.
    func makeCode(for user: UserID, app: AppID, challenge: String) async throws -> String {
        let code = AuthorizationCode(
            code: RandomDigits.hexadecimal(Self.codeDigitCount), app: app, user: user, challenge: challenge,
            createdAt: self.clock())
        try await self.metadata.store.write { try $0.put(code) }
        return code.code
    }

    /// A token and the token that renews it.
    struct TokenPair: Encodable, Sendable {
        var token: String
        var refreshToken: String
    }

    /// - Throws: ``DomainError/Code/unauthorized``; the code is used up all the same.
    func redeem(code: String, app id: String, secret: String, challenge: String) async throws -> TokenPair {
        let app = try Self.app(id, secret: secret)
        let found = try await self.metadata.store.write { rows in
            let found = try rows.authorizationCode(code)
            if found != nil { try rows.deleteAuthorizationCode(code) }
            return found
        }
        guard let found, found.app == app.id, found.challenge == challenge,
            self.clock() < found.createdAt + Self.codeLifetime
        else { throw DomainError(.unauthorized, "Invalid access code or challenge.") }
        return try await self.issuePair(for: found.user, app)
    }

    func renew(refreshToken: String, app id: String, secret: String) async throws -> TokenPair {
        let app = try Self.app(id, secret: secret)
        guard let principal = try await self.tokens.principal(of: refreshToken, kind: [.refresh]),
            principal.token.app == app.id
        else { throw DomainError(.unauthorized, "Invalid refresh token.") }
        return try await self.issuePair(for: principal.user.id, app)
    }

    private static func app(_ id: String, secret: String) throws -> ServerApp {
        guard let app = ServerApp.named(AppID(rawValue: id)), app.secret == secret else {
            throw DomainError(.unauthorized, "Unknown app, or wrong secret.")
        }
        return app
    }

    private func issuePair(for user: UserID, _ app: ServerApp) async throws -> TokenPair {
        TokenPair(
            token: try await self.tokens.issue(.app, to: user, name: app.name, app: app.id, scopes: app.scopes),
            refreshToken: try await self.tokens.issue(
                .refresh, to: user, name: app.name, app: app.id, scopes: [], lifespan: TokenIssuer.refreshLifespan))
    }
}
