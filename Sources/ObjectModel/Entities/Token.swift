/// An API token as stored: never the secret, only its hash.
public struct Token: Equatable, Sendable, Codable {
    /// How the token came to be; Speckle's clients see personal tokens only in lists.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        case personal
        case app
        case refresh
        /// Shows one project to whoever has it.
        case embed
    }

    public var id: TokenID
    public var owner: UserID
    public var name: String
    public var kind: Kind
    /// The app that the token was issued to; `nil` for tokens that people made themselves.
    public var app: AppID?
    /// The first refresh token of the sign-in that the token comes from; they all end with it. `nil` for tokens without an
    /// app, and for those of earlier releases.
    public var family: TokenID?
    /// SHA-256 of the 32-character secret. The secret has 128 random bits, so a fast hash suffices.
    public var secretHash: ContentHash
    /// The last six characters of the secret, for people to tell tokens apart.
    public var lastCharacters: String
    public var scopes: [Scope]
    /// Projects that the token is limited to; empty means no limit.
    public var projects: [ProjectID]
    /// What of the project an embed token was made to show, as viewers name it.
    public var resources: String?
    public var createdAt: Timestamp
    /// Lifespan in milliseconds from `createdAt`.
    public var lifespanMilliseconds: Int64

    /// Whether somebody may act by the token: it has not expired, and its person may sign in.
    public func holds(at time: Timestamp, of owner: User?) -> Bool {
        guard let owner, owner.id == self.owner, owner.role != .archived else { return false }
        return time.millisecondsSinceEpoch - self.createdAt.millisecondsSinceEpoch < self.lifespanMilliseconds
    }

    public init(
        id: TokenID, owner: UserID, name: String, kind: Kind, app: AppID?, family: TokenID? = nil,
        secretHash: ContentHash, lastCharacters: String, scopes: [Scope], projects: [ProjectID] = [],
        resources: String? = nil, createdAt: Timestamp, lifespanMilliseconds: Int64
    ) {
        self.id = id
        self.owner = owner
        self.name = name
        self.kind = kind
        self.app = app
        self.family = family
        self.secretHash = secretHash
        self.lastCharacters = lastCharacters
        self.scopes = scopes
        self.projects = projects
        self.resources = resources
        self.createdAt = createdAt
        self.lifespanMilliseconds = lifespanMilliseconds
    }
}
