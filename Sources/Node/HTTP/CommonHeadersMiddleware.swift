import HTTPTypes
import Hummingbird

/// Headers of every answer: browsers of any origin may ask, none may show the node in a frame.
struct CommonHeadersMiddleware: RouterMiddleware {
    func handle(
        _ request: Request, context: NodeRequestContext,
        next: @concurrent (Request, NodeRequestContext) async throws -> Response
    ) async throws -> Response {
        var response = request.method == .options ? Self.preflight(request) : try await next(request, context)
        response.headers[.accessControlAllowOrigin] = "*"
        // Pages have stricter ones of their own.
        if response.headers[.contentSecurityPolicy] == nil {
            response.headers[.contentSecurityPolicy] = "frame-ancestors 'none'"
        }
        response.headers[Self.contentTypeOptions] = "nosniff"
        return response
    }

    private static let contentTypeOptions = HTTPField.Name("X-Content-Type-Options") ?? .contentType

    private static func preflight(_ request: Request) -> Response {
        var response = Response(status: .noContent)
        response.headers[.accessControlAllowMethods] = "GET,HEAD,PUT,PATCH,POST,DELETE"
        response.headers[.accessControlAllowHeaders] =
            request.headers[.accessControlRequestHeaders] ?? "Authorization, Content-Type"
        response.headers[.accessControlMaxAge] = "86400"
        return response
    }
}
