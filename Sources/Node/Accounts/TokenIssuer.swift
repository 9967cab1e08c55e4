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
    let clock: @Sendable () -> Timestamp

    /// Stores a new token and returns its text, which nobody can read back later.
    func issue(
        _ kind: Token.Kind, to owner: UserID, name: String, app: AppID?, scopes: [Scope],
        lifespan: Duration = Self.lifespanDefault
    ) async throws -> String {
        let (token, text) = self.make(kind, to: owner, name: name, app: app, scopes: scopes, lifespan: lifespan)
        try await self.metadata.perform(CreateToken(token), actor: owner)
        return text
    }

    private func make(
        _ kind: Token.Kind, to owner: UserID, name: String, app: AppID?, scopes: [Scope], lifespan: Duration
    ) -> (Token, String) {
        let id = TokenID.random()
        let secret = RandomDigits.hexadecimal(Self.secretDigitCount)
        let token = Token(
            id: id, owner: owner, name: name, kind: kind, app: app, secretHash: ContentHash(of: secret),
            lastCharacters: String(secret.suffix(Self.lastCharacterCount)), scopes: scopes, createdAt: self.clock(),
            lifespanMilliseconds: lifespan.components.seconds * 1000)
        return (token, id.rawValue + secret)
    }

    /// Who a token stands for; `nil` when it is unknown, expired, or its person may not sign in any more.
    func principal(of text: String, kind: Set<Token.Kind> = [.personal, .app]) async throws -> Principal? {
        guard text.utf8.count == TokenID.digitCount + Self.secretDigitCount else { return nil }
        let id = TokenID(rawValue: String(text.prefix(TokenID.digitCount)))
        guard let found = try await self.principal(of: id), kind.contains(found.token.kind) else { return nil }
        // Both sides are hashes of a secret that the caller does not know, so how long this takes says nothing.
        return found.token.secretHash == ContentHash(of: text.dropFirst(TokenID.digitCount)) ? found : nil
    }

    /// As ``principal(of:kind:)``, for a token whose secret was checked before.
    func principal(of id: TokenID) async throws -> Principal? {
        let found = try await self.metadata.store.read { rows in
            try rows.token(id).flatMap { token in try rows.user(token.owner).map { (token, $0) } }
        }
        guard let (token, user) = found else { return nil }
        let age = self.clock().millisecondsSinceEpoch - token.createdAt.millisecondsSinceEpoch
        guard age < token.lifespanMilliseconds else { return nil }
        return user.role == .archived ? nil : Principal(user: user, token: token)
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
}
