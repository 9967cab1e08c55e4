public import Foundation
import JWTKit

/// A server elsewhere where people show who they are: OpenID Connect Core 1.0, the authorisation code flow with RFC 7636.
///
/// It is found by its discovery document, which is read anew each hour; its keys when a signature fits none that are known.
public actor OpenIDProvider {
    public struct Settings: Sendable {
        /// Its identifier: a URL without a query, below which the discovery document is.
        public var issuer: String
        public var clientID: String
        public var clientSecret: String

        public init(issuer: String, clientID: String, clientSecret: String) {
            self.issuer = issuer
            self.clientID = clientID
            self.clientSecret = clientSecret
        }
    }

    private static let documentLifetime: TimeInterval = 3600
    /// Between two looks after keys, so that made-up tokens cost the provider little.
    private static let keysInterval: TimeInterval = 60
    private static let scope = "openid profile email"

    private let settings: Settings
    private let fetcher: any HTTPFetching
    private let now: @Sendable () -> Date
    private var document: (content: DiscoveryDocument, end: Date)?
    private var keys: (content: JWTKeyCollection, readAt: Date)?

    public init(
        _ settings: Settings, fetcher: any HTTPFetching, now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.settings = settings
        self.fetcher = fetcher
        self.now = now
    }

    /// What a browser is sent away with, and has to come back with.
    public struct Attempt: Sendable {
        public var state: String
        public var nonce: String
        /// Of RFC 7636.
        public var codeVerifier: String
        /// Where the browser comes back to.
        public var redirectURL: String

        public init(state: String, nonce: String, codeVerifier: String, redirectURL: String) {
            self.state = state
            self.nonce = nonce
            self.codeVerifier = codeVerifier
            self.redirectURL = redirectURL
        }
    }

    /// Where a browser goes to show who somebody is.
    ///
    /// - Throws: ``OpenIDFailure`` when the provider does not say where.
    public func address(for attempt: Attempt) async throws -> String {
        let endpoint = try await self.discovered().authorizationEndpoint
        let query = FormText([
            ("response_type", "code"), ("client_id", self.settings.clientID),
            ("redirect_uri", attempt.redirectURL), ("scope", Self.scope), ("state", attempt.state),
            ("nonce", attempt.nonce), ("code_challenge", CodeProof.challenge(for: attempt.codeVerifier)),
            ("code_challenge_method", "S256"),
        ])
        return "\(endpoint)\(endpoint.contains("?") ? "&" : "?")\(query)"
    }

    /// Whom the provider showed, by the code that the browser came back with.
    ///
    /// - Throws: ``OpenIDFailure`` when it does not say, or says it to somebody else.
    public func identity(by code: String, of attempt: Attempt) async throws -> OpenIDIdentity {
        let document = try await self.discovered()
        let tokens = try await self.tokens(by: code, of: attempt, document)
        let token = try await self.verified(tokens.idToken, document)
        try token.requireMeant(
            for: self.settings.clientID, from: document.issuer, nonce: attempt.nonce, at: self.now())
        if let identity = OpenIDIdentity(token.claims, subject: token.sub) { return identity }
        guard let endpoint = document.userinfoEndpoint, let accessToken = tokens.accessToken else {
            throw OpenIDFailure.noEmail
        }
        let answer = try await self.fetch(
            HTTPFetch(url: endpoint, headers: [("Authorization", "Bearer \(accessToken)")]))
        let person = try answer.decoded(as: UserInfo.self)
        guard person.sub == token.sub else { throw OpenIDFailure(text: "it told of somebody else") }
        guard let identity = OpenIDIdentity(person.claims, subject: token.sub) else { throw OpenIDFailure.noEmail }
        return identity
    }

    // MARK: Parts

    private func discovered() async throws -> DiscoveryDocument {
        if let document, self.now() < document.end { return document.content }
        let base = self.settings.issuer.hasSuffix("/") ? String(self.settings.issuer.dropLast()) : self.settings.issuer
        let answer = try await self.fetch(HTTPFetch(url: "\(base)/.well-known/openid-configuration"))
        let found = try answer.decoded(as: DiscoveryDocument.self)
        guard found.issuer == self.settings.issuer || found.issuer == base else {
            throw OpenIDFailure(text: "it calls itself \(found.issuer), and not \(self.settings.issuer)")
        }
        self.document = (found, self.now() + Self.documentLifetime)
        return found
    }

    private func tokens(
        by code: String, of attempt: Attempt, _ document: DiscoveryDocument
    ) async throws -> TokenAnswer {
        var headers = [("Content-Type", "application/x-www-form-urlencoded")]
        var form = [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", attempt.redirectURL),
            ("code_verifier", attempt.codeVerifier),
        ]
        if document.takesSecretsInHeader {
            // RFC 6749 §2.3.1: both are encoded as in a form first.
            let pair = [self.settings.clientID, self.settings.clientSecret].map(FormText.encoded).joined(separator: ":")
            headers.append(("Authorization", "Basic \(Data(pair.utf8).base64EncodedString())"))
        } else {
            form += [("client_id", self.settings.clientID), ("client_secret", self.settings.clientSecret)]
        }
        let answer = try await self.fetch(
            HTTPFetch(url: document.tokenEndpoint, headers: headers, form: FormText(form).description))
        return try answer.decoded(as: TokenAnswer.self)
    }

    private func verified(_ token: String, _ document: DiscoveryDocument) async throws -> IDToken {
        if let keys {
            if let known = try? await keys.content.verify(token, as: IDToken.self) { return known }
            guard keys.readAt + Self.keysInterval <= self.now() else { throw OpenIDFailure.wrongSignature }
        }
        let answer = try await self.fetch(HTTPFetch(url: document.keysEndpoint))
        let keys = try await KeySet(answer.body).collection()
        self.keys = (keys, self.now())
        guard let token = try? await keys.verify(token, as: IDToken.self) else { throw OpenIDFailure.wrongSignature }
        return token
    }

    private func fetch(_ request: HTTPFetch) async throws -> HTTPFetched {
        let answer = try await self.fetcher.fetch(request)
        guard answer.status == 200 else {
            let reason = (try? answer.decoded(as: Refusal.self))?.text ?? "status \(answer.status)"
            throw OpenIDFailure(text: "\(request.url) refused: \(reason)")
        }
        return answer
    }

    /// What a provider says instead of what was asked for.
    private struct Refusal: Decodable {
        var error: String
        var error_description: String?

        var text: String { [self.error, self.error_description].compactMap(\.self).joined(separator: ", ") }
    }
}
