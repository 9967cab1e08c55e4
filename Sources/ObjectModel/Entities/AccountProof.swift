/// Shows that a mail reached its reader. Local to the node that sent it: it lives an hour, and only hashes of it are kept.
public struct AccountProof: Equatable, Sendable {
    public enum Purpose: String, Sendable, CaseIterable {
        /// That an address is the person's own.
        case verification
        /// That whoever forgot a password may set another.
        case passwordReset
    }

    public static let lifespan = Duration.seconds(3600)
    /// Codes are short, so few may be tried.
    public static let attemptCountMax = 5

    public var user: UserID
    public var purpose: Purpose
    /// The address that the mail went to.
    public var email: String
    /// Of the secret in the mail's link.
    public var tokenHash: ContentHash
    /// Of the digits that are typed in place of the link; `nil` where only the link counts.
    public var codeHash: ContentHash?
    /// Wrong codes that were tried.
    public var attemptCount: Int
    public var createdAt: Timestamp

    public init(
        user: UserID, purpose: Purpose, email: String, tokenHash: ContentHash, codeHash: ContentHash?,
        attemptCount: Int = 0, createdAt: Timestamp
    ) {
        self.user = user
        self.purpose = purpose
        self.email = email
        self.tokenHash = tokenHash
        self.codeHash = codeHash
        self.attemptCount = attemptCount
        self.createdAt = createdAt
    }

    public func isValid(at now: Timestamp) -> Bool { now < self.createdAt + Self.lifespan }
}
