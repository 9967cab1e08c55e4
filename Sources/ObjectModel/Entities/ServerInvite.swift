/// Asks somebody to open an account on the server.
public struct ServerInvite: Equatable, Sendable, Codable {
    public static let lifespan = Duration.seconds(30 * 86_400)

    public var id: InviteID
    /// Lower-cased.
    public var email: String
    /// What they may do on the server then.
    public var role: ServerRole
    public var inviter: UserID
    /// What the inviter says to it.
    public var message: String?
    /// Of the secret in the mail, which is as good as a proof that it was read.
    public var tokenHash: ContentHash
    public var createdAt: Timestamp

    public init(
        id: InviteID, email: String, role: ServerRole, inviter: UserID, message: String?, tokenHash: ContentHash,
        createdAt: Timestamp
    ) {
        self.id = id
        self.email = email
        self.role = role
        self.inviter = inviter
        self.message = message
        self.tokenHash = tokenHash
        self.createdAt = createdAt
    }

    public func isValid(at now: Timestamp) -> Bool { now < self.createdAt + Self.lifespan }
}
