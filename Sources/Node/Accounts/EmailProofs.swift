import ObjectModel
import Storage

/// Shows by mails that people have the addresses that they say, and lets those who forgot a password set another.
///
/// Strangers are answered the same whether an address has an account or not.
struct EmailProofs: Sendable {
    private static let codeDigitCount = 6
    /// Between two mails to the same address.
    private static let verificationInterval = Duration.seconds(60)

    private let metadata: MetadataService
    private let mail: any MailSending
    private let texts: MailTexts
    private let clock: @Sendable () -> Timestamp

    init(_ services: NodeServices) {
        self.metadata = services.metadata
        self.mail = services.mail
        self.texts = MailTexts(services.configuration)
        self.clock = services.clock
    }

    // MARK: Verification

    /// Writes to somebody who has not shown yet that the address is theirs.
    func requestVerification(of email: String) async throws {
        let token = MailTexts.token()
        let code = RandomDigits.decimal(Self.codeDigitCount)
        let address = try await self.metadata.perform(
            BeginProof(
                email: email, purpose: .verification, tokenHash: ContentHash(of: token),
                codeHash: ContentHash(of: code), interval: Self.verificationInterval),
            actor: nil)
        guard let address else { return }
        await self.mail.send(self.texts.verification(to: address, token: token, code: code, at: self.clock()))
    }

    /// - Returns: whether the link holds.
    func verify(token: String) async throws -> Bool {
        try await self.metadata.perform(VerifyEmail(.token(ContentHash(of: token))), actor: nil)
    }

    /// - Returns: whether the code is the one that was sent to `user` at the address.
    func verify(code: String, of user: UserID, at address: String) async throws -> Bool {
        try await self.metadata.perform(VerifyEmail(.code(ContentHash(of: code), of: user, at: address)), actor: user)
    }

    // MARK: Passwords

    /// Writes to whoever has the address, once an hour.
    func requestPasswordReset(of email: String) async throws {
        let token = MailTexts.token()
        let address = try await self.metadata.perform(
            BeginProof(
                email: email, purpose: .passwordReset, tokenHash: ContentHash(of: token), codeHash: nil,
                interval: AccountProof.lifespan),
            actor: nil)
        guard let address else { return }
        await self.mail.send(self.texts.passwordReset(to: address, token: token, at: self.clock()))
    }
}
