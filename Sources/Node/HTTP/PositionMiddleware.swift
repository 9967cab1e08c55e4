import HTTPTypes
import Hummingbird
import ObjectModel
import Storage

/// Lets people read what they wrote, whichever region they ask: an answer says what was written, and whoever shows that to
/// another region is not answered from an older state.
struct PositionMiddleware: RouterMiddleware {
    static let name = HTTPField.Name("Tiebeam-Position") ?? .ifMatch

    let services: NodeServices

    func handle(
        _ request: Request, context: NodeRequestContext,
        next: @concurrent (Request, NodeRequestContext) async throws -> Response
    ) async throws -> Response {
        var position = request.headers[Self.name].flatMap { Position($0) } ?? Position()
        if let principal = context.principal, !position.isEmpty {
            guard try await PositionWait(self.services, principal).reach(position) else { return Self.behind }
        }
        let trace = WriteTrace()
        var response = try await WriteTrace.$current.withValue(trace) { try await next(request, context) }
        position.note(trace.position)
        if !position.isEmpty {
            response.headers[Self.name] = position.description
            response.headers[.accessControlExposeHeaders] = Self.name.rawName
        }
        return response
    }

    private static var behind: Response {
        var response = Response.failure(
            "This region has not heard yet of what was written in another one.", code: "REGION_BEHIND",
            .serviceUnavailable)
        response.headers[.retryAfter] = "1"
        return response
    }
}
