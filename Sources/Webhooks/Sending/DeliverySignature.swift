import Crypto
import Foundation
public import ObjectModel

/// How receivers know that a delivery comes from here: Speckle's signature, and that of Standard Webhooks.
public enum DeliverySignature {
    public struct Header: Equatable, Sendable {
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// What the secrets of Standard Webhooks begin with; the rest is base64.
    private static let secretPrefix = "whsec_"

    /// The headers of one attempt, made `now`.
    ///
    /// Without a secret Speckle signs with an empty key. `webhook-signature` is left out then: it would prove nothing.
    public static func headers(
        of body: [UInt8], id: WebhookDeliveryID, secret: WebhookSecret, at now: Timestamp
    ) -> [Header] {
        let seconds = String(now.millisecondsSinceEpoch / 1000)
        var headers = [
            Header("X-WEBHOOK-SIGNATURE", self.speckle(body, key: secret.text ?? "")),
            Header("webhook-id", id.rawValue),
            Header("webhook-timestamp", seconds),
        ]
        var secrets = [secret.text].compactMap { $0 }
        if let former = secret.former, let end = secret.formerUntil, now < end { secrets.append(former) }
        if !secrets.isEmpty {
            let signed = Array("\(id.rawValue).\(seconds).".utf8) + body
            let signatures = secrets.map { "v1,\(self.standard(signed, secret: $0))" }
            headers.append(Header("webhook-signature", signatures.joined(separator: " ")))
        }
        return headers
    }

    private static func speckle(_ body: [UInt8], key: String) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let code = HMAC<SHA256>.authenticationCode(for: body, using: SymmetricKey(data: Array(key.utf8)))
        return String(decoding: code.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    private static func standard(_ signed: [UInt8], secret: String) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: signed, using: SymmetricKey(data: self.key(secret)))
        return Data(code).base64EncodedString()
    }

    private static func key(_ secret: String) -> Data {
        guard secret.hasPrefix(self.secretPrefix),
            let key = Data(base64Encoded: String(secret.dropFirst(self.secretPrefix.count)))
        else { return Data(secret.utf8) }
        return key
    }
}
