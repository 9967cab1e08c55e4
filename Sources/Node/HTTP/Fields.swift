import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Storage

/// A small body of strings, as JSON or as a form.
struct Fields {
    private var values: [String: String] = [:]

    init(_ request: Request) async throws {
        let body = try await request.body.collect(upTo: Limits.smallBodyByteCountMax)
        if request.headers[.contentType]?.lowercased().hasPrefix("application/x-www-form-urlencoded") ?? false {
            let form = Form(body)
            for name in [
                "name", "email", "password", "company", "appId", "appSecret", "accessCode", "challenge", "codeVerifier",
                "token", "refreshToken", "tokenId",
            ] { self.values[name] = form.string(name) }
            return
        }
        guard let object = try? JSONDecoder().decode([String: Value].self, from: Data(body.readableBytesView)) else {
            throw DomainError(.userInput, "The body is not a JSON object.")
        }
        self.values = object.compactMapValues(\.text)
    }

    subscript(name: String) -> String? { self.values[name].flatMap { $0.isEmpty ? nil : $0 } }

    /// Whatever is not a string is as good as absent.
    private struct Value: Decodable {
        var text: String?

        init(from decoder: any Decoder) throws {
            self.text = try? decoder.singleValueContainer().decode(String.self)
        }
    }
}
