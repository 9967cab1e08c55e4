public import ObjectModel

/// Begins to show that a mail reaches somebody: keeps what the mail is answered with.
public struct BeginProof: Command {
    public var email: String
    public var purpose: AccountProof.Purpose
    public var tokenHash: ContentHash
    public var codeHash: ContentHash?
    /// Nothing happens while there is one that is younger.
    public var interval: Duration

    public init(
        email: String, purpose: AccountProof.Purpose, tokenHash: ContentHash, codeHash: ContentHash?,
        interval: Duration
    ) {
        self.email = email
        self.purpose = purpose
        self.tokenHash = tokenHash
        self.codeHash = codeHash
        self.interval = interval
    }

    /// - Returns: the address to write to; `nil` when it is none.
    public func execute(in context: CommandContext) throws -> String? {
        guard let email = try context.rows.email(address: self.email), let user = try context.rows.user(email.user),
            user.role != .archived
        else { return nil }
        switch self.purpose {
        case .verification: if email.isVerified { return nil }
        // An address that somebody only added may be a stranger's, who would have the account then.
        case .passwordReset: if !email.isVerified, email.address != user.email { return nil }
        }
        if let present = try context.rows.proof(self.purpose, of: user.id), present.email == email.address,
            context.now < present.createdAt + self.interval
        {
            return nil
        }
        try context.rows.put(
            AccountProof(
                user: user.id, purpose: self.purpose, email: email.address, tokenHash: self.tokenHash,
                codeHash: self.codeHash, createdAt: context.now))
        return email.address
    }
}

/// Shows that an address is the person's own, by what a mail to it said.
public struct VerifyEmail: Command {
    public enum Answer: Sendable {
        case token(ContentHash)
        case code(ContentHash, of: UserID, at: String)
    }

    public var answer: Answer

    public init(_ answer: Answer) {
        self.answer = answer
    }

    /// - Returns: whether it is shown; a wrong code counts as an attempt.
    public func execute(in context: CommandContext) throws -> Bool {
        let found =
            switch self.answer {
            case .token(let hash): try context.rows.proof(token: hash)
            case .code(_, let user, _): try context.rows.proof(.verification, of: user)
            }
        guard var proof = found, proof.purpose == .verification, proof.isValid(at: context.now),
            let email = try context.rows.email(address: proof.email), email.user == proof.user
        else { return false }
        if case .code(_, _, let address) = self.answer, proof.email != address { return false }
        if case .code(let hash, _, _) = self.answer, proof.codeHash != hash {
            proof.attemptCount += 1
            if proof.attemptCount < AccountProof.attemptCountMax {
                try context.rows.put(proof)
            } else {
                try context.rows.deleteProof(.verification, of: proof.user)
            }
            return false
        }
        try context.rows.deleteProof(.verification, of: proof.user)
        try context.record(email, isVerified: true)
        return true
    }
}

/// Says whether an address is its person's own, by an administrator.
public struct SetVerification: Command {
    public var email: String
    public var isVerified: Bool

    public init(email: String, isVerified: Bool) {
        self.email = email
        self.isVerified = isVerified
    }

    public func execute(in context: CommandContext) throws {
        guard let email = try context.rows.email(address: self.email) else {
            throw DomainError(.userNotFound, "User not found")
        }
        try context.record(email, isVerified: self.isVerified)
    }
}

/// Sets another password by what a mail said. All tokens that the person has end, in every region.
public struct ResetPassword: Command {
    public var token: ContentHash
    /// The finished hash.
    public var passwordHash: String

    public init(token: ContentHash, passwordHash: String) {
        self.token = token
        self.passwordHash = passwordHash
    }

    /// Whose password may be set by a token, and the address that its mail went to.
    ///
    /// - Throws: ``DomainError`` when nobody's may.
    public static func person(
        by token: ContentHash, at now: Timestamp, _ rows: any MetadataReading
    ) throws -> (user: User, email: UserEmail) {
        guard let proof = try rows.proof(token: token), proof.purpose == .passwordReset, proof.isValid(at: now),
            let user = try rows.user(proof.user), user.role != .archived,
            let email = try rows.email(address: proof.email), email.user == user.id
        else { throw DomainError(.userInput, "The link is not valid, or not any more. Ask for another one.") }
        return (user, email)
    }

    public func execute(in context: CommandContext) throws {
        let (user, email) = try Self.person(by: self.token, at: context.now, context.rows)
        try context.rows.deleteProof(.passwordReset, of: user.id)
        // The mail reached them.
        if !email.isVerified { try context.record(email, isVerified: true) }
        try context.record(
            .userChanged(UserChange(id: user.id, passwordHash: self.passwordHash)), in: .server)
        try context.record(.sessionsEnded(user.id), in: .server)
    }
}
