/// A person with an account on this server.
public struct User: Equatable, Sendable, Codable {
    public var id: UserID
    public var name: String
    /// The primary one of their addresses (``UserEmail``), lower-cased; unique on the server.
    public var email: String
    public var bio: String?
    public var company: String?
    /// A `data:` URL, as clients send it.
    public var avatar: String?
    /// Whether ``email`` is known to be theirs.
    public var isVerified: Bool
    public var role: ServerRole
    /// The memory-hard hash in its self-describing text form; `nil` for people who sign in elsewhere.
    public var passwordHash: String?
    public var createdAt: Timestamp

    public init(
        id: UserID, name: String, email: String, bio: String? = nil, company: String? = nil, avatar: String? = nil,
        isVerified: Bool = false, role: ServerRole, passwordHash: String?, createdAt: Timestamp
    ) {
        self.id = id
        self.name = name
        self.email = email
        self.bio = bio
        self.company = company
        self.avatar = avatar
        self.isVerified = isVerified
        self.role = role
        self.passwordHash = passwordHash
        self.createdAt = createdAt
    }
}
