public import Foundation

/// One request to another server.
public struct HTTPFetch: Sendable {
    public var url: String
    public var headers: [(name: String, value: String)]
    /// What is posted; `nil` for a GET.
    public var form: String?

    public init(url: String, headers: [(name: String, value: String)] = [], form: String? = nil) {
        self.url = url
        self.headers = headers
        self.form = form
    }
}

public struct HTTPFetched: Sendable {
    public var status: Int
    public var body: Data

    public init(status: Int, body: Data) {
        self.status = status
        self.body = body
    }

    /// - Throws: ``OpenIDFailure`` when it is not the JSON of that.
    func decoded<Content: Decodable>(as type: Content.Type) throws(OpenIDFailure) -> Content {
        do {
            return try JSONDecoder().decode(type, from: self.body)
        } catch {
            throw OpenIDFailure(text: "its answer cannot be read: \(error)")
        }
    }
}

/// Asks other servers.
public protocol HTTPFetching: Sendable {
    /// - Throws: ``OpenIDFailure`` when there is no answer, or one that is too long.
    func fetch(_ request: HTTPFetch) async throws -> HTTPFetched
}
