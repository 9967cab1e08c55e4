import GraphQL
import HTTPTypes
import Hummingbird
import NIOCore

extension GraphQLRequests {
    /// What a GET or a POST of `/graphql` asks.
    ///
    /// - Throws: an error with the code `BAD_REQUEST`.
    init(_ request: Request, _ body: ByteBuffer, limits: GraphQLLimits) throws(GraphQLError) {
        guard request.method == .get else {
            try self.init(json: Array(body.readableBytesView), limits: limits)
            return
        }
        let parameters = Form(ByteBuffer(string: request.uri.query ?? ""))
        try self.init(parameters: { parameters.string($0) }, limits: limits)
    }
}

/// Keeps pages of other sites from using what a browser knows of a person.
///
/// A browser asks the server before it sends such a request for another site, and this server's answer to that names no
/// credentials. Without asking it sends only forms and plain text.
enum CrossSiteGuard {
    private static let markers = ["x-apollo-operation-name", "apollo-require-preflight"]
    private static let formTypes = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"]

    /// Whether no browser sends a request with these headers for another site unasked.
    static func allows(_ headers: HTTPFields) -> Bool {
        let isMarked = self.markers.contains { marker in
            HTTPField.Name(marker).flatMap { headers[$0] }.map { !$0.isEmpty } ?? false
        }
        guard !isMarked else { return true }
        guard let type = headers[.contentType]?.split(separator: ";").first else { return false }
        return !self.formTypes.contains(type.filter { $0 != " " && $0 != "\t" }.lowercased())
    }

    static let refusal = GraphQLError(
        "This could be a request that another site makes a browser send. Give the Content-Type application/json, or the header "
            + "apollo-require-preflight with any value.", code: .badRequest)
}

/// The form in which whoever asks wants the answer.
struct AnswerForm {
    /// A browser shows the answer to a person.
    let isPage: Bool
    private let contentType: String

    init(_ request: Request) {
        let accepted = (request.headers[.accept] ?? "").lowercased().split(separator: ",").map { item in
            item.prefix { $0 != ";" }.filter { $0 != " " }
        }
        self.isPage = request.method == .get && accepted.contains("text/html")
        let isNewer = accepted.contains("application/graphql-response+json") && !accepted.contains("application/json")
        self.contentType = "application/\(isNewer ? "graphql-response+json" : "json"); charset=utf-8"
    }

    /// What could not be run at all is a bad request, and clients repeat what was too much by themselves; whatever else went
    /// wrong stands in the answer.
    func response(_ response: GraphQLResponse) -> Response {
        let isTooMuch = response.errors.contains { $0.extensions["code"]?.string == RateLimitExceeded.code }
        return self.response(response.json, isTooMuch ? .tooManyRequests : response.data == nil ? .badRequest : .ok)
    }

    func response(_ responses: [GraphQLResponse]) -> Response {
        self.response(JSONWriter.encode(.list(responses.map { .json($0.json) })), .ok)
    }

    func response(_ error: GraphQLError, _ status: HTTPResponse.Status) -> Response {
        self.response(GraphQLResponse(data: nil, errors: [error]).json, status)
    }

    private func response(_ json: [UInt8], _ status: HTTPResponse.Status) -> Response {
        var response = Response.encodedJSON(json, status)
        response.headers[.contentType] = self.contentType
        return response
    }
}
