import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Storage

/// Turns every error into an answer. The one place where errors become HTTP; no internal text leaves the node.
struct ErrorMiddleware: RouterMiddleware {
    func handle(
        _ request: Request, context: NodeRequestContext,
        next: @concurrent (Request, NodeRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            return self.response(to: error, request, context)
        }
    }

    private func response(to error: any Error, _ request: Request, _ context: NodeRequestContext) -> Response {
        switch error {
        case let error as PlainFailure:
            return error.text.isEmpty ? Response(status: error.status) : .text(error.text, error.status)
        case let error as DomainError:
            return .failure(error.message, code: error.code.rawValue, Self.status(of: error.code))
        case is NIOTooManyBytesError:
            return .failure("The request's body is too large.", code: "USER_INPUT_ERROR", .contentTooLarge)
        case let error as HTTPError:
            let text = error.body ?? error.status.reasonPhrase
            return .failure(
                text, code: error.status == .notFound ? "NOT_FOUND_ERROR" : "USER_INPUT_ERROR", error.status)
        case is DecodingError:
            return .failure("The request's body is not what was expected.", code: "USER_INPUT_ERROR", .badRequest)
        case StorageError.unreachable:
            var response = Response.failure(
                "The region cannot be reached, and this is not kept here.", code: "REGION_UNREACHABLE",
                .serviceUnavailable)
            response.headers[.retryAfter] = "5"
            return response
        case is AnswerLost:
            return .failure(
                "The connection to the region was cut before its answer came. Look whether it was done before you "
                    + "repeat it.", code: "REGION_ANSWER_LOST", .badGateway)
        case StorageError.full:
            context.logger.error("no space is left")
            return .failure(
                "The node has no space left.", code: "STORAGE_FULL",
                HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage"))
        default:
            context.logger.error(
                "a request failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
            return .failure(
                "Internal error. The node's log says more.", code: "INTERNAL_SERVER_ERROR", .internalServerError)
        }
    }

    static func status(of code: DomainError.Code) -> HTTPResponse.Status {
        switch code {
        case .forbidden: .forbidden
        case .unauthorized: .unauthorized
        case .regionRecovering: .serviceUnavailable
        case .regionExcluded, .homeElsewhere: .conflict
        case .notFound, .projectNotFound, .modelNotFound, .versionNotFound, .userNotFound, .objectNotFound,
            .inviteNotFound, .commentNotFound, .importNotFound, .appNotFound:
            .notFound
        default: .badRequest
        }
    }
}

/// An answer in plain text, or without any, as Speckle's object routes fail.
struct PlainFailure: Error {
    var status: HTTPResponse.Status
    var text: String

    init(_ status: HTTPResponse.Status, _ text: String = "") {
        self.status = status
        self.text = text
    }
}
