import GraphQL

/// Who a WebSocket is for.
struct SocketVisitor: Sendable {
    /// As the client says it; `nil` for nobody.
    var token: String?
    /// The header `Host`.
    var host: String?
}

/// Lets people in whose requests come over WebSockets.
protocol GraphQLSessions: Sendable {
    /// - Returns: `nil` when the token is not valid.
    func session(for visitor: SocketVisitor) async throws -> (any GraphQLSession)?
}

/// Answers one person's requests for as long as a WebSocket is open.
protocol GraphQLSession: Sendable {
    /// Begins to answer a request; a subscription listens from then on.
    func respond(to request: GraphQLRequest) async -> SocketReply
    /// Whether the person may still be here.
    var isValid: Bool { get async }
}

/// What a request over a WebSocket is answered with.
enum SocketReply: Sendable {
    /// The request is not run.
    case refused([GraphQLError])
    /// Responses as JSON.
    case responses(any AsyncSequence<[UInt8], any Error> & Sendable)
}
