import Crypto
import Foundation
import Hummingbird
import ObjectModel
import Storage

/// Signs links by a secret of this node, and recognises them: they say who may do what until when, and the node keeps
/// nothing of them.
public struct LinkSigner: Sendable {
    private let key: SymmetricKey

    /// - Parameter secret: known to this node alone, and the same after each start.
    public init(secret: [UInt8]) {
        self.key = SymmetricKey(data: secret)
    }

    /// - Returns: a path with a query, behind the node's origin.
    func sign(_ link: Link, until end: Timestamp) -> String {
        let seconds = end.millisecondsSinceEpoch / 1000
        let signature = Data(HMAC<SHA256>.authenticationCode(for: Self.text(link, seconds), using: self.key))
        let digits = signature.map { byte in
            String(repeating: "0", count: byte < 16 ? 1 : 0) + String(byte, radix: 16)
        }
        let query = link.query + [("expires", "\(seconds)"), ("signature", digits.joined())]
        return link.path + "?" + query.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
    }

    /// - Throws: ``DomainError`` when the request's query is not what this node signed for that, or not any more.
    func check(_ request: Request, is link: Link, at now: Timestamp) throws {
        let query = request.uri.queryParameters
        guard let seconds = query["expires"].flatMap({ Int64($0) }),
            let signature = query["signature"].flatMap({ ContentHash(hex: String($0)) })
        else { throw DomainError(.forbidden, "The link is not signed.") }
        var code: [UInt8] = []
        signature.appendBinary(to: &code)
        guard HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: Self.text(link, seconds), using: self.key)
        else { throw DomainError(.forbidden, "The link's signature does not fit.") }
        guard now.millisecondsSinceEpoch / 1000 < seconds else {
            throw DomainError(.forbidden, "The link has expired.")
        }
    }

    /// Each part with its length, so that no two links have the same text.
    private static func text(_ link: Link, _ seconds: Int64) -> Data {
        Data(
            ([link.purpose.rawValue, "\(seconds)"] + link.names).map { "\($0.utf8.count):\($0)" }.joined().utf8)
    }
}
