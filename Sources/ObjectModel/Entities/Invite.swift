/// Asks somebody to take a role in a project.
public struct Invite: Equatable, Sendable, Codable {
    /// Who is asked.
    public enum Target: Hashable, Sendable {
        case user(UserID)
        /// Whoever has an account with this e-mail, lower-cased, now or later.
        case email(String)
    }

    public static let messageByteCountMax = 1024

    public var id: InviteID
    public var project: ProjectID
    public var target: Target
    public var role: ProjectRole
    public var inviter: UserID
    /// What the inviter says to it.
    public var message: String?
    /// Of the secret in the mail, for those who are asked by e-mail: as good as a proof that it was read.
    public var tokenHash: ContentHash?
    public var createdAt: Timestamp

    public init(
        id: InviteID, project: ProjectID, target: Target, role: ProjectRole, inviter: UserID, message: String?,
        tokenHash: ContentHash? = nil, createdAt: Timestamp
    ) {
        self.id = id
        self.project = project
        self.target = target
        self.role = role
        self.inviter = inviter
        self.message = message
        self.tokenHash = tokenHash
        self.createdAt = createdAt
    }

    /// Whether the secret of the mail opens it: as long as that of an invitation to the server.
    public func isOpened(by token: ContentHash, at now: Timestamp) -> Bool {
        token == self.tokenHash && now < self.createdAt + ServerInvite.lifespan
    }

    /// Whether somebody may see and answer it for who they are.
    ///
    /// - Parameter addresses: that are known to be theirs.
    public func asks(_ user: UserID, at addresses: Set<String>) -> Bool {
        switch self.target {
        case .user(let id): id == user
        case .email(let email): addresses.contains(email)
        }
    }

    // MARK: Coding

    private enum CodingKeys: String, CodingKey {
        case id, project, user, email, role, inviter, message, tokenHash, createdAt
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            id: try values.decode(InviteID.self, forKey: .id),
            project: try values.decode(ProjectID.self, forKey: .project),
            target: try values.decodeIfPresent(UserID.self, forKey: .user).map(Target.user)
                ?? .email(values.decode(String.self, forKey: .email)),
            role: try values.decode(ProjectRole.self, forKey: .role),
            inviter: try values.decode(UserID.self, forKey: .inviter),
            message: try values.decodeIfPresent(String.self, forKey: .message),
            tokenHash: try values.decodeIfPresent(ContentHash.self, forKey: .tokenHash),
            createdAt: try values.decode(Timestamp.self, forKey: .createdAt))
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(self.id, forKey: .id)
        try values.encode(self.project, forKey: .project)
        switch self.target {
        case .user(let user): try values.encode(user, forKey: .user)
        case .email(let email): try values.encode(email, forKey: .email)
        }
        try values.encode(self.role, forKey: .role)
        try values.encode(self.inviter, forKey: .inviter)
        try values.encodeIfPresent(self.message, forKey: .message)
        try values.encodeIfPresent(self.tokenHash, forKey: .tokenHash)
        try values.encode(self.createdAt, forKey: .createdAt)
    }
}
