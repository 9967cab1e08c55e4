/// A program that somebody registered, so that people can let it act for them.
public struct RegisteredApp: Equatable, Sendable, Codable {
    public var id: AppID
    public var author: UserID
    /// SHA-256 of the secret, which has 128 random bits.
    public var secretHash: ContentHash
    public var registration: AppRegistration
    public var createdAt: Timestamp

    public init(
        id: AppID, author: UserID, secretHash: ContentHash, registration: AppRegistration, createdAt: Timestamp
    ) {
        self.id = id
        self.author = author
        self.secretHash = secretHash
        self.registration = registration
        self.createdAt = createdAt
    }
}

/// What an app says of itself and asks people for. It is changed as a whole: what people agreed to is all of it.
public struct AppRegistration: Hashable, Sendable, Codable {
    public var name: String
    public var description: String
    public var terms: String?
    public var logo: String?
    /// Everybody finds it on the list of apps.
    public var isPublic: Bool
    /// Where people are sent with a code, once they have agreed.
    public var redirectURL: String
    public var scopes: [Scope]

    private enum CodingKeys: String, CodingKey {
        case name, description, terms, logo, scopes
        case isPublic = "public"
        case redirectURL = "redirectUrl"
    }

    public init(
        name: String, description: String, terms: String? = nil, logo: String? = nil, isPublic: Bool,
        redirectURL: String, scopes: [Scope]
    ) {
        self.name = name
        self.description = description
        self.terms = terms
        self.logo = logo
        self.isPublic = isPublic
        self.redirectURL = redirectURL
        self.scopes = scopes
    }
}

/// That somebody lets an app act for them: by one sign-in, or by all of theirs.
public struct Grant: Hashable, Sendable, Codable {
    public var app: AppID
    public var user: UserID
    /// ``Token/family`` of the tokens; `nil` for all that the app has of the person.
    public var family: TokenID?

    public init(app: AppID, user: UserID, family: TokenID? = nil) {
        self.app = app
        self.user = user
        self.family = family
    }
}
