/// A server elsewhere where people show who they are.
public protocol IdentityProvider: Sendable {
    /// As people know it.
    var name: String { get }

    /// Where a browser goes to show who somebody is.
    ///
    /// - Throws: ``IdentityFailure``.
    func address(for attempt: IdentityAttempt) async throws -> String

    /// Whom the provider showed, by the code that the browser came back with.
    ///
    /// - Throws: ``IdentityFailure``.
    func identity(by code: String, of attempt: IdentityAttempt) async throws -> ShownIdentity
}

/// What a browser is sent away with, and has to come back with: secrets that are made up for each time.
public struct IdentityAttempt: Equatable, Sendable, Codable {
    public var state: String
    public var nonce: String
    public var codeVerifier: String
    /// Where the browser comes back to.
    public var redirectURL: String
}

/// Who somebody is, as a provider showed it.
public struct ShownIdentity: Equatable, Sendable {
    public var email: String
    /// Whether the provider saw that the address is theirs; `nil` when it does not say.
    public var isEmailVerified: Bool?
    public var name: String?

    public init(email: String, isEmailVerified: Bool?, name: String?) {
        self.email = email
        self.isEmailVerified = isEmailVerified
        self.name = name
    }
}

/// Why a provider's word does not count.
public struct IdentityFailure: Error, Sendable {
    public var text: String

    public init(text: String) {
        self.text = text
    }
}
