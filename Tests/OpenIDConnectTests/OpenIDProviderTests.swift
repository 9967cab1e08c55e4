import Foundation
import JWTKit
import Synchronization
import Testing

@testable import OpenIDConnect

@Suite struct OpenIDProviderTests {
    @Test("A browser is sent away with all that it has to come back with")
    func address() async throws {
        let world = World()
        let address = try await world.provider.address(for: world.attempt)
        let parts = try #require(URLComponents(string: address))
        let query = Dictionary(uniqueKeysWithValues: (parts.queryItems ?? []).map { ($0.name, $0.value) })
        #expect(address.hasPrefix("https://id.example.com/authorize?"))
        #expect(query["redirect_uri"] == world.attempt.redirectURL)
        #expect(query["state"] == "state" && query["nonce"] == "nonce" && query["client_id"] == "tiebeam&co")
        // RFC 7636, appendix B.
        #expect(query["code_challenge"] == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
        #expect(query["code_challenge_method"] == "S256")
    }

    @Test("Whoever a provider shows is known by its token, and the secret goes where the provider wants it")
    func identity() async throws {
        let world = World()
        let identity = try await world.identity(World.token())
        #expect(
            identity
                == OpenIDIdentity(subject: "1", email: "ada@example.org", isEmailVerified: true, name: "Ada Lovelace"))
        let exchange = try #require(world.server.fetched.first { $0.form != nil })
        #expect(exchange.form?.contains("code=the%2Fcode") ?? false)
        #expect(exchange.form?.contains("client_secret") == false)
        let basic = Data("tiebeam%26co:s%3Acret".utf8).base64EncodedString()
        #expect(exchange.headers.contains { $0 == ("Authorization", "Basic \(basic)") })

        let posting = World(authentication: ["client_secret_post"])
        _ = try await posting.identity(World.token())
        let form = try #require(posting.server.fetched.first { $0.form != nil }?.form)
        #expect(form.contains("client_id=tiebeam%26co") && form.contains("client_secret=s%3Acret"))
    }

    @Test("A token that is not what was asked for does not count", arguments: Wrong.allCases)
    func wrongTokens(_ wrong: Wrong) async throws {
        let world = World()
        await #expect(throws: OpenIDFailure(text: wrong.reason)) { try await world.identity(wrong.token) }
        // What is right counts all the same.
        _ = try await world.identity(World.token())
    }

    enum Wrong: CaseIterable {
        case issuer, audience, party, time, nonce, noNonce

        var token: IDToken {
            var token = World.token()
            switch self {
            case .issuer: token.iss = "https://evil.example.com"
            case .audience: token.aud = .init(value: ["another"])
            case .party: token.aud = .init(value: ["tiebeam&co", "another"])
            case .time: token.exp = .init(value: World.now - 61)
            case .nonce: token.nonce = "another"
            case .noNonce: token.nonce = nil
            }
            return token
        }

        var reason: String {
            switch self {
            case .issuer: "it is another issuer's"
            case .audience, .party: "it is meant for another client"
            case .time: "it is over"
            case .nonce, .noNonce: "it answers somebody else's question"
            }
        }
    }

    @Test("A signature of nobody, and one by another key of the same name, count for nothing")
    func signatures() async throws {
        let world = World()
        let stranger = try await World.signed(World.token(), by: ES256PrivateKey())
        await #expect(throws: OpenIDFailure.wrongSignature) { try await world.identity(signed: stranger) }
        let parts = try await World.signed(World.token(), by: world.server.key).split(separator: ".")
        let header = Data(#"{"alg":"none","typ":"JWT"}"#.utf8).base64EncodedString().replacing("=", with: "")
        for signature in ["", parts[2]] {
            let unsigned = "\(header).\(parts[1]).\(signature)"
            await #expect(throws: OpenIDFailure.wrongSignature) { try await world.identity(signed: unsigned) }
        }
        for text in ["", "a", "a.b.c", parts.joined(separator: ".") + ".more"] {
            await #expect(throws: OpenIDFailure.wrongSignature) { try await world.identity(signed: text) }
        }
    }

    @Test("Keys that a provider changes are read again, once a minute at most")
    func newKeys() async throws {
        let world = World()
        _ = try await world.identity(World.token())
        let stranger = try await World.signed(World.token(), by: ES256PrivateKey())
        for _ in 0..<5 {
            await #expect(throws: OpenIDFailure.wrongSignature) { try await world.identity(signed: stranger) }
        }
        #expect(world.server.fetched.count { $0.url == "https://id.example.com/keys" } == 1)
        world.server.change(ES256PrivateKey())
        world.clock.withLock { $0 += 61 }
        _ = try await world.identity(World.token(after: 61))
        #expect(world.server.fetched.count { $0.url == "https://id.example.com/keys" } == 2)
        #expect(world.server.fetched.count { $0.url.hasSuffix("/openid-configuration") } == 1)
    }

    @Test("Who is not in the token is asked for, and must be the same person")
    func userInfo() async throws {
        let world = World()
        var token = World.token()
        token.claims = PersonClaims()
        await #expect(throws: OpenIDFailure(text: "it told of somebody else")) { try await world.identity(token) }
        token.sub = "2"
        let identity = try await world.identity(token)
        #expect(
            identity == OpenIDIdentity(subject: "2", email: "grace@example.org", isEmailVerified: nil, name: "grace"))
    }

    @Test("A provider that calls itself otherwise, or refuses, is told of")
    func refusals() async throws {
        let other = World(issuer: "https://other.example.com")
        await #expect(throws: OpenIDFailure.self) { try await other.provider.address(for: other.attempt) }
        let world = World()
        await #expect(throws: OpenIDFailure(text: "https://id.example.com/token refused: invalid_grant, used up")) {
            _ = try await world.provider.identity(by: "used", of: world.attempt)
        }
    }
}

/// A provider that signs whatever it is told to.
private struct World {
    static let now = Date(timeIntervalSince1970: 1_800_000_000)

    let server: Server
    let provider: OpenIDProvider
    let clock = Clock()
    let attempt = OpenIDProvider.Attempt(
        state: "state", nonce: "nonce", codeVerifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        redirectURL: "https://bim.example.com/auth/oidc/callback")

    final class Clock: Sendable {
        private let present = Mutex(World.now)

        func withLock<Result: Sendable>(_ body: (inout sending Date) -> sending Result) -> Result {
            self.present.withLock(body)
        }
    }

    init(issuer: String = "https://id.example.com", authentication: [String]? = nil) {
        let (server, clock) = (Server(authentication: authentication), self.clock)
        self.server = server
        self.provider = OpenIDProvider(
            .init(issuer: issuer, clientID: "tiebeam&co", clientSecret: "s:cret"), fetcher: server
        ) { clock.withLock { $0 } }
    }

    static func token(after seconds: TimeInterval = 0) -> IDToken {
        IDToken(
            iss: "https://id.example.com", sub: "1", aud: .init(value: ["tiebeam&co"]),
            exp: .init(value: self.now + seconds + 60), nonce: "nonce",
            claims: PersonClaims(email: "ada@example.org", emailVerified: true, name: "Ada Lovelace"))
    }

    static func signed(_ token: IDToken, by key: ES256PrivateKey) async throws -> String {
        let keys = await JWTKeyCollection().add(ecdsa: key, kid: "1")
        return try await keys.sign(token, kid: "1")
    }

    func identity(_ token: IDToken) async throws -> OpenIDIdentity {
        try await self.identity(signed: try await Self.signed(token, by: self.server.key))
    }

    func identity(signed token: String) async throws -> OpenIDIdentity {
        self.server.hand(token)
        return try await self.provider.identity(by: "the/code", of: self.attempt)
    }
}

private final class Server: HTTPFetching {
    private struct State {
        var key = ES256PrivateKey()
        var token = ""
        var fetched: [HTTPFetch] = []
    }

    private let state = Mutex(State())
    private let authentication: [String]?

    init(authentication: [String]?) {
        self.authentication = authentication
    }

    var key: ES256PrivateKey { self.state.withLock { $0.key } }
    var fetched: [HTTPFetch] { self.state.withLock { $0.fetched } }

    func change(_ key: ES256PrivateKey) { self.state.withLock { $0.key = key } }
    func hand(_ token: String) { self.state.withLock { $0.token = token } }

    func fetch(_ request: HTTPFetch) async throws -> HTTPFetched {
        self.state.withLock { $0.fetched.append(request) }
        switch request.url {
        case "https://id.example.com/token":
            guard request.form?.contains("code=the%2Fcode") ?? false else {
                return self.answer(["error": "invalid_grant", "error_description": "used up"], 400)
            }
            return self.answer(["id_token": self.state.withLock { $0.token }, "access_token": "access"])
        case "https://id.example.com/userinfo":
            #expect(request.headers.contains { $0 == ("Authorization", "Bearer access") })
            return self.answer(["sub": "2", "email": "grace@example.org", "preferred_username": "grace"])
        case "https://id.example.com/keys":
            let point = try #require(self.key.publicKey.parameters)
            let own = ["kty": "EC", "crv": "P-256", "alg": "ES256", "kid": "1", "x": point.x, "y": point.y]
            // Keys for something else, and of a kind that nobody knows, are no hindrance.
            return self.answer(["keys": [["kty": "RSA", "use": "enc", "alg": "RSA-OAEP"], ["kty": "new"], own]])
        default:
            var document: [String: Any] = [
                "issuer": "https://id.example.com", "authorization_endpoint": "https://id.example.com/authorize",
                "token_endpoint": "https://id.example.com/token", "jwks_uri": "https://id.example.com/keys",
                "userinfo_endpoint": "https://id.example.com/userinfo",
            ]
            document["token_endpoint_auth_methods_supported"] = self.authentication
            return self.answer(document)
        }
    }

    private func answer(_ content: [String: Any], _ status: Int = 200) -> HTTPFetched {
        HTTPFetched(status: status, body: (try? JSONSerialization.data(withJSONObject: content)) ?? Data())
    }
}
