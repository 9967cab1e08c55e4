public import ObjectModel
import Storage

/// Makes tokens and recognises them: 42 hexadecimal digits, of which the first ten are the id.
struct TokenIssuer: Sendable {
    private static let secretDigitCount = 32
    private static let lastCharacterCount = 6
    /// A hundred years: also the most.
    static let lifespanDefault = Duration.milliseconds(3_154_000_000_000)
    /// Half a year.
    static let refreshLifespan = Duration.milliseconds(15_770_000_000)

    let metadata: MetadataService
    let uses: TokenUses
    let clock: @Sendable () -> Timestamp

    /// What a new token is to be.
    struct Draft: Sendable {
        var kind: Token.Kind
        var owner: UserID
        var name: String
        var app: AppID?
        var family: TokenID?
        var scopes: [Scope]
        var projects: [ProjectID] = []
        var resources: String?
        var lifespan = TokenIssuer.lifespanDefault
    }

    /// A token, and its text, which nobody can read back later.
    struct NewToken: Sendable {
        var token: Token
        var text: String
    }

    /// Makes a token and stores nothing.
    func make(_ draft: Draft) -> NewToken {
        let id = TokenID.random()
        let secret = RandomDigits.hexadecimal(Self.secretDigitCount)
        let token = Token(
            id: id, owner: draft.owner, name: draft.name, kind: draft.kind, app: draft.app, family: draft.family,
            secretHash: ContentHash(of: secret), lastCharacters: String(secret.suffix(Self.lastCharacterCount)),
            scopes: draft.scopes, projects: draft.projects, resources: draft.resources, createdAt: self.clock(),
            lifespanMilliseconds: draft.lifespan.components.seconds * 1000
                + draft.lifespan.components.attoseconds / 1_000_000_000_000_000)
        return NewToken(token: token, text: id.rawValue + secret)
    }

    /// The two halves of a token's text; `nil` when it has not the form of one.
    static func parts(of text: String) -> (id: TokenID, secretHash: ContentHash)? {
        guard text.utf8.count == TokenID.digitCount + Self.secretDigitCount else { return nil }
        return (TokenID(of: text), ContentHash(of: text.dropFirst(TokenID.digitCount)))
    }

    /// Who a token stands for; `nil` when it is unknown, expired, or its person may not sign in any more.
    func principal(of text: String, kind: Set<Token.Kind> = [.personal, .app, .embed]) async throws -> Principal? {
        guard let (id, secretHash) = Self.parts(of: text), let found = try await self.principal(of: id),
            // Both sides are hashes of a secret that the caller does not know, so how long this takes says nothing.
            kind.contains(found.token.kind), found.token.secretHash == secretHash
        else { return nil }
        self.uses.note(id, at: self.clock())
        return found
    }

    /// As ``principal(of:kind:)``, for a token whose secret was checked before.
    func principal(of id: TokenID) async throws -> Principal? {
        let found = try await self.metadata.store.read { rows in
            try rows.token(id).flatMap { token in try rows.user(token.owner).map { (token, $0) } }
        }
        guard let (token, user) = found, token.holds(at: self.clock(), of: user) else { return nil }
        return Principal(user: user, token: token)
    }
}

extension TokenID {
    /// What the text of a token begins with; the id alone is its own.
    init(of text: String) {
        self.init(rawValue: String(text.prefix(Self.digitCount)))
    }
}

/// Secrets in digits, from the system's secure generator.
public enum RandomDigits {
    public static func hexadecimal(_ count: Int) -> String { self.draw(count, of: "0123456789abcdef") }

    static func decimal(_ count: Int) -> String { self.draw(count, of: "0123456789") }

    private static func draw(_ count: Int, of digits: String) -> String {
        var generator = SystemRandomNumberGenerator()
        return String((0..<count).map { _ in digits.randomElement(using: &generator) ?? "0" })
    }
}

/// Who asks, and what the token allows.
public struct Principal: Equatable, Sendable {
    public var user: User
    public var token: Token

    public func has(_ scope: Scope) -> Bool { self.token.scopes.contains(scope) }

    /// The token is for some projects only: it does nothing to accounts, apps and the server.
    public var isLimited: Bool { !self.token.projects.isEmpty }
}
