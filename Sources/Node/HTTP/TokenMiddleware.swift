import HTTPTypes
import Hummingbird

/// Finds out who asks. A token that is not valid is refused on every route, as Speckle's server does.
struct TokenMiddleware: RouterMiddleware {
    let tokens: TokenIssuer

    func handle(
        _ request: Request, context: NodeRequestContext,
        next: @concurrent (Request, NodeRequestContext) async throws -> Response
    ) async throws -> Response {
        guard context.principal == nil, let text = Self.token(of: request) else {
            return try await next(request, context)
        }
        guard let principal = try await self.tokens.principal(of: text) else { return Self.refusal }
        var context = context
        context.principal = principal
        return try await next(request, context)
    }

    static var refusal: Response {
        .encodedJSON(Array(#"{"error":"Your token is not valid."}"#.utf8), .forbidden)
    }

    /// From the header, the cookie or the query, in this order; an empty one is none.
    static func token(of request: Request) -> String? {
        if let header = request.headers[.authorization] { return self.token(inHeader: header) }
        if let cookie = request.cookies["authn"]?.value, !cookie.isEmpty { return cookie }
        return request.uri.queryParameters["embedToken"].flatMap { $0.isEmpty ? nil : String($0) }
    }

    /// The token of the header `Authorization`, with `Bearer` before it or without.
    static func token(inHeader header: String) -> String? {
        let isBearer = header.prefix(7).lowercased() == "bearer "
        let token = (isBearer ? header.dropFirst(7) : header[...]).trimmingPrefix { $0 == " " }
        return token.isEmpty || token == "Bearer" ? nil : String(token)
    }
}
