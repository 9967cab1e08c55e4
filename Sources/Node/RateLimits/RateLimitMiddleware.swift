import Foundation
import GraphQL
import HTTPTypes
import Hummingbird
import NIOCore
import ObjectModel
import Storage

/// Counts requests, and refuses those that are too many. Knows who asks, so it comes after the token was looked at.
struct RateLimitMiddleware: RouterMiddleware {
    let limiter: any RateLimiter
    let isBehindProxy: Bool
    let clock: @Sendable () -> Timestamp

    func handle(
        _ request: Request, context: NodeRequestContext,
        next: @concurrent (Request, NodeRequestContext) async throws -> Response
    ) async throws -> Response {
        guard let source = self.source(of: request, context) else { return try await next(request, context) }
        var context = context
        context.rateSource = source
        var remaining = Int.max
        do {
            for action in Self.actions(of: request) {
                remaining = min(remaining, try await self.limiter.take(1, of: action, by: source))
            }
            var response = try await next(request, context)
            if remaining < .max { response.headers[Self.remaining] = String(remaining) }
            return response
        } catch let error as RateLimitExceeded {
            return self.refusal(error, of: request)
        }
    }

    private static let remaining = HTTPField.Name("X-RateLimit-Remaining") ?? .retryAfter
    private static let reset = HTTPField.Name("X-RateLimit-Reset") ?? .retryAfter

    private static func actions(of request: Request) -> [RateLimitedAction] {
        switch (request.method, request.uri.path) {
        case (.post, "/graphql"), (.get, "/graphql"): [.request, .graphQL]
        case (.post, "/auth/local/login"), (.post, "/auth/pwdreset/request"), (.get, "/auth/oidc/callback"):
            [.request, .signIn]
        case (.post, "/auth/local/register"): [.request, .register]
        default: [.request]
        }
    }

    private func refusal(_ error: RateLimitExceeded, of request: Request) -> Response {
        var response: Response =
            request.uri.path == "/graphql"
            ? .encodedJSON(GraphQLResponse(data: nil, errors: [GraphQLRoutes.explain(error)]).json, .tooManyRequests)
            : .failure(RateLimitExceeded.message, code: RateLimitExceeded.code, .tooManyRequests)
        let milliseconds = max(1, error.retryAfter / .milliseconds(1))
        response.headers[.retryAfter] = String(Int((milliseconds / 1_000).rounded(.up)))
        let reset = Timestamp(millisecondsSinceEpoch: self.clock().millisecondsSinceEpoch + Int64(milliseconds))
        response.headers[Self.reset] = reset.iso8601
        return response
    }

    /// Whom a request is counted as: a person, or the address that somebody unknown asks from. Who asks through an edge
    /// without a token is not counted: it is not known where from.
    private func source(of request: Request, _ context: NodeRequestContext) -> String? {
        if let principal = context.principal { return principal.user.id.rateSource }
        guard !context.isPassedOn else { return nil }
        let told = self.isBehindProxy ? Self.lastForwarded(request.headers) : nil
        return "address:\(ClientNetwork(told ?? context.peerAddress ?? ""))"
    }

    /// What the proxy next to this node saw. Whatever stands before that may be made up.
    private static func lastForwarded(_ headers: HTTPFields) -> String? {
        headers[values: self.forwardedFor].last?.split(separator: ",").last
            .map { $0.trimmingCharacters(in: .whitespaces) }
    }

    private static let forwardedFor = HTTPField.Name("X-Forwarded-For") ?? .via
}

extension UserID {
    /// As what a person is counted.
    var rateSource: String { "user:\(self)" }
}

/// Addresses that are counted as one: a whole network of IPv6 belongs to one client.
struct ClientNetwork: CustomStringConvertible {
    let description: String

    init(_ address: String) {
        switch try? SocketAddress(ipAddress: address, port: 0) {
        case .v6(let found):
            let network = withUnsafeBytes(of: found.address.sin6_addr) { bytes in
                bytes.prefix(8).map { String(format: "%02x", $0) }.joined()
            }
            self.description = "\(network)/64"
        default: self.description = address
        }
    }
}
