/// An address of a person. Everybody has at least one, and uses one of them as their primary one (``User/email``).
public struct UserEmail: Equatable, Sendable, Codable {
    /// Of one person.
    public static let countMax = 20

    /// The person's own id for the address that the account was opened with.
    public var id: EmailID
    public var user: UserID
    /// Lower-cased; unique on the server.
    public var address: String
    /// Whether it is known to be theirs.
    public var isVerified: Bool
    public var createdAt: Timestamp

    public init(id: EmailID, user: UserID, address: String, isVerified: Bool, createdAt: Timestamp) {
        self.id = id
        self.user = user
        self.address = address
        self.isVerified = isVerified
        self.createdAt = createdAt
    }

    /// The one that an account was opened with.
    public init(opening user: User) {
        self.init(
            id: EmailID(of: user.id), user: user.id, address: user.email, isVerified: user.isVerified,
            createdAt: user.createdAt)
    }
}
