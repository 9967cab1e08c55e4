import Crypto
import Foundation
import ObjectModel

/// Signing in with an account that people have elsewhere.
///
/// What a browser has to come back with stays in a cookie of it, sealed: the node keeps nothing of those who go away.
public struct SignInElsewhere: Sendable {
    let provider: any IdentityProvider
    private let key: SymmetricKey

    /// - Parameter secret: 32 bytes, known to this node alone, and the same after each start.
    public init(_ provider: any IdentityProvider, secret: [UInt8]) {
        self.provider = provider
        self.key = SymmetricKey(data: secret)
    }

    /// Somebody who is away to show who they are.
    struct Journey: Equatable, Codable {
        static let lifetime = Duration.seconds(600)

        var attempt: IdentityAttempt
        /// What the page made up that gets the code.
        var challenge: String
        /// The secret of an invitation.
        var invitation: String?
        /// Milliseconds since 1970.
        var end: Int64
    }

    /// Text for a cookie.
    func seal(_ journey: Journey) throws -> String {
        let sealed = try AES.GCM.seal(try JSONEncoder().encode(journey), using: self.key)
        return (sealed.combined ?? Data()).base64ForAddresses
    }

    /// `nil` when this node did not seal it, or it took too long.
    func open(_ text: Substring, at now: Timestamp) -> Journey? {
        let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        let plain = text.replacing("-", with: "+").replacing("_", with: "/") + padding
        guard let combined = Data(base64Encoded: String(plain)),
            let box = try? AES.GCM.SealedBox(combined: combined), let bytes = try? AES.GCM.open(box, using: self.key),
            let journey = try? JSONDecoder().decode(Journey.self, from: bytes),
            now.millisecondsSinceEpoch < journey.end
        else { return nil }
        return journey
    }
}
