import Foundation
import JWTKit

/// What a provider signs of whoever showed who they are (Core §2).
struct IDToken: JWTPayload {
    /// How far clocks may be apart.
    private static let leeway: TimeInterval = 60

    var iss: String
    var sub: String
    var aud: AudienceClaim
    var exp: ExpirationClaim
    var nonce: String?
    var azp: String?
    var claims: PersonClaims

    private enum CodingKeys: String, CodingKey { case iss, sub, aud, exp, nonce, azp }

    init(
        iss: String, sub: String, aud: AudienceClaim, exp: ExpirationClaim, nonce: String?, azp: String? = nil,
        claims: PersonClaims
    ) {
        self.iss = iss
        self.sub = sub
        self.aud = aud
        self.exp = exp
        self.nonce = nonce
        self.azp = azp
        self.claims = claims
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            iss: try container.decode(String.self, forKey: .iss), sub: try container.decode(String.self, forKey: .sub),
            aud: try container.decode(AudienceClaim.self, forKey: .aud),
            exp: try container.decode(ExpirationClaim.self, forKey: .exp),
            nonce: try container.decodeIfPresent(String.self, forKey: .nonce),
            azp: try container.decodeIfPresent(String.self, forKey: .azp), claims: try PersonClaims(from: decoder))
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(self.iss, forKey: .iss)
        try container.encode(self.sub, forKey: .sub)
        try container.encode(self.aud, forKey: .aud)
        try container.encode(self.exp, forKey: .exp)
        try container.encodeIfPresent(self.nonce, forKey: .nonce)
        try container.encodeIfPresent(self.azp, forKey: .azp)
        try self.claims.encode(to: encoder)
    }

    /// The signature fits. What the token says is checked by ``requireMeant(for:from:nonce:at:)``, which knows what is expected.
    func verify(using algorithm: some JWTAlgorithm) async throws {}

    /// Checks what must hold of a token whose signature fits (Core §3.1.3.7).
    ///
    /// - Throws: ``OpenIDFailure``.
    func requireMeant(for client: String, from issuer: String, nonce: String, at now: Date) throws(OpenIDFailure) {
        guard self.iss == issuer else { throw OpenIDFailure(text: "it is another issuer's") }
        guard self.aud.value.contains(client), self.azp.map({ $0 == client }) ?? (self.aud.value.count == 1) else {
            throw OpenIDFailure(text: "it is meant for another client")
        }
        guard now < self.exp.value + Self.leeway else { throw OpenIDFailure(text: "it is over") }
        guard self.nonce == nonce else { throw OpenIDFailure(text: "it answers somebody else's question") }
    }
}
