import Crypto
import Foundation

/// Parameters as `application/x-www-form-urlencoded`.
struct FormText: CustomStringConvertible {
    let description: String

    init(_ parameters: [(name: String, value: String)]) {
        self.description = parameters.map { "\(Self.encoded($0.name))=\(Self.encoded($0.value))" }
            .joined(separator: "&")
    }

    private static let plain = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

    static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: self.plain) ?? ""
    }
}

/// Shows that whoever trades a code is the one who asked for it (RFC 7636).
enum CodeProof {
    static func challenge(for verifier: String) -> String {
        Data(SHA256.hash(data: Data(verifier.utf8))).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
