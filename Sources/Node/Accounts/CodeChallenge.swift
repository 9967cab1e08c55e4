import Crypto
import Foundation

/// Proof that whoever redeems a code is the one who asked for it (RFC 7636). Apps that know of it may use it beside Speckle's
/// own challenge, which travels in the open.
enum CodeChallenge {
    /// Of a SHA-256 in Base64 for addresses, without padding.
    private static let characterCount = 43
    private static let verifierCharacterCounts = 43...128

    static func isValid(_ challenge: some StringProtocol) -> Bool {
        challenge.utf8.count == self.characterCount && self.isUnreserved(challenge)
    }

    /// Whether `challenge` was made of `verifier`.
    static func isMet(_ challenge: String, by verifier: String?) -> Bool {
        guard let verifier, self.verifierCharacterCounts.contains(verifier.utf8.count),
            self.isUnreserved(verifier)
        else { return false }
        return self.made(of: verifier) == challenge
    }

    static func made(of verifier: String) -> String {
        Data(SHA256.hash(data: Data(verifier.utf8))).base64ForAddresses
    }

    private static func isUnreserved(_ text: some StringProtocol) -> Bool {
        text.unicodeScalars.allSatisfy(CharacterSet.unreserved.contains)
    }
}

extension Data {
    /// Base64 with letters that addresses and cookies take, without padding (RFC 4648 §5).
    var base64ForAddresses: String {
        self.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
