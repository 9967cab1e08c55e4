import Foundation
import JWTKit

/// What a provider says of itself (OpenID Connect Discovery 1.0 §3).
struct DiscoveryDocument: Decodable {
    var issuer: String
    var authorizationEndpoint: String
    var tokenEndpoint: String
    var keysEndpoint: String
    var userinfoEndpoint: String?
    private var authentication: [String]?

    private enum CodingKeys: String, CodingKey {
        case issuer
        case authorizationEndpoint = "authorization_endpoint"
        case tokenEndpoint = "token_endpoint"
        case keysEndpoint = "jwks_uri"
        case userinfoEndpoint = "userinfo_endpoint"
        case authentication = "token_endpoint_auth_methods_supported"
    }

    /// As is meant when nothing is said.
    var takesSecretsInHeader: Bool { self.authentication?.contains("client_secret_basic") ?? true }
}

struct TokenAnswer: Decodable {
    var idToken: String
    var accessToken: String?

    private enum CodingKeys: String, CodingKey {
        case idToken = "id_token"
        case accessToken = "access_token"
    }
}

/// What is said of a person, in a token or when asked (Core §5.1).
struct PersonClaims: Codable, Sendable {
    var email: String?
    var emailVerified: BoolClaim?
    var name: String?
    var preferredUsername: String?

    private enum CodingKeys: String, CodingKey {
        case email, name
        case emailVerified = "email_verified"
        case preferredUsername = "preferred_username"
    }
}

struct UserInfo: Decodable {
    var sub: String
    var claims: PersonClaims

    private enum CodingKeys: String, CodingKey { case sub }

    init(from decoder: any Decoder) throws {
        self.sub = try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .sub)
        self.claims = try PersonClaims(from: decoder)
    }
}

/// A provider's keys (RFC 7517). Those that this program cannot verify by are left out.
struct KeySet {
    private let keys: [JWK]

    init(_ body: Data) throws(OpenIDFailure) {
        guard let set = try? JSONSerialization.jsonObject(with: body) as? [String: Any],
            let members = set["keys"] as? [[String: Any]]
        else { throw OpenIDFailure(text: "its keys cannot be read") }
        self.keys = members.filter { $0["use"] as? String != "enc" }.compactMap { member in
            // A provider with one key need not name it.
            let named = member.merging(["kid": ""]) { present, _ in present }
            return (try? JSONSerialization.data(withJSONObject: named)).flatMap {
                try? JSONDecoder().decode(JWK.self, from: $0)
            }
        }
    }

    func collection() async throws -> JWTKeyCollection {
        let collection = JWTKeyCollection()
        for key in self.keys { _ = try? await collection.add(jwk: key) }
        return collection
    }
}
