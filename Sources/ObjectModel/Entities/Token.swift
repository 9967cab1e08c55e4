/// An API token as stored: never the secret, only its hash.
public struct Token: Equatable, Sendable, Codable {
    /// How the token came to be; Speckle's clients see personal tokens only in lists.
    public enum Kind: String, Sendable, Codable, CaseIterable {
        case personal
        case app
        case refresh
    }

    public var id: TokenID
    public var owner: UserID
    public var name: String
    public var kind: Kind
    /// The app that the token was issued to; `nil` for personal tokens.
    public var app: AppID?
    /// SHA-256 of the 32-character secret. The secret has 128 random bits, so a fast hash suffices.
    public var secretHash: ContentHash
    /// The last six characters of the secret, for people to tell tokens apart.
    public var lastCharacters: String
    public var scopes: [Scope]
    /// Projects that the token is limited to; empty means no limit.
    public var projects: [ProjectID]
    public var createdAt: Timestamp
    /// Lifespan in milliseconds from `createdAt`.
    public var lifespanMilliseconds: Int64

    public init(
        id: TokenID, owner: UserID, name: String, kind: Kind, app: AppID?, secretHash: ContentHash,
        lastCharacters: String,
        scopes: [Scope], projects: [ProjectID] = [], createdAt: Timestamp, lifespanMilliseconds: Int64
    ) {
        self.id = id
        self.owner = owner
        self.name = name
        self.kind = kind
        self.app = app
        self.secretHash = secretHash
        self.lastCharacters = lastCharacters
        self.scopes = scopes
        self.projects = projects
        self.createdAt = createdAt
        self.lifespanMilliseconds = lifespanMilliseconds
    }
}
