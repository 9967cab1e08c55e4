import JWTKit

/// Who somebody is, as a provider showed it.
public struct OpenIDIdentity: Equatable, Sendable {
    /// What the provider knows the person by; never given to somebody else.
    public var subject: String
    public var email: String
    /// Whether the provider saw that the address is theirs; `nil` when it does not say.
    public var isEmailVerified: Bool?
    public var name: String?

    public init(subject: String, email: String, isEmailVerified: Bool?, name: String?) {
        self.subject = subject
        self.email = email
        self.isEmailVerified = isEmailVerified
        self.name = name
    }

    /// `nil` when there is no address.
    init?(_ claims: PersonClaims, subject: String) {
        guard let email = claims.email, !email.isEmpty else { return nil }
        self.init(
            subject: subject, email: email, isEmailVerified: claims.emailVerified?.value,
            name: claims.name ?? claims.preferredUsername)
    }
}

/// Why a provider's word does not count.
public struct OpenIDFailure: Error, Equatable, Sendable, CustomStringConvertible {
    public var text: String

    public var description: String { self.text }

    static let noEmail = OpenIDFailure(text: "it does not say the person's e-mail")
    static let wrongSignature = OpenIDFailure(text: "its signature fits none of its keys")
}
