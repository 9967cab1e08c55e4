import GraphQL
import Storage

/// Those whose tokens are valid at this node, and everybody without one.
struct NodeSessions: GraphQLSessions {
    let service: GraphQLService<APIContext>
    let services: NodeServices
    let tokens: TokenIssuer

    func session(for visitor: SocketVisitor) async throws -> (any GraphQLSession)? {
        var principal: Principal?
        if let token = visitor.token {
            principal = try await self.tokens.principal(of: token)
            guard principal != nil else { return nil }
        }
        return Session(
            service: self.service,
            context: APIContext(
                services: self.services, tokens: self.tokens, principal: principal,
                origin: self.services.configuration.origin(host: visitor.host)))
    }

    private struct Session: GraphQLSession {
        let service: GraphQLService<APIContext>
        let context: APIContext

        var isValid: Bool {
            get async {
                do {
                    return try await self.context.renewed() != nil
                } catch {
                    // What cannot be found out now ends no connection.
                    return true
                }
            }
        }

        func respond(to request: GraphQLRequest) async -> SocketReply {
            guard let context = try? await self.context.renewed() else {
                return .refused([.tokenEnded])
            }
            switch await self.service.respond(to: request, context: context) {
            case .refused(let errors): return .refused(errors)
            case .responses(let responses): return .responses(Self.json(of: responses))
            }
        }

        private static func json(
            of responses: some AsyncSequence<GraphQLResponse, any Error> & Sendable
        ) -> any AsyncSequence<[UInt8], any Error> & Sendable {
            responses.map(\.json)
        }
    }
}

extension GraphQLError {
    /// Whoever asked may be here no longer.
    static let tokenEnded = GraphQLError(
        "Your token is not valid any more.", extensions: ["code": .string(DomainError.Code.forbidden.rawValue)])
}
