import GraphQL
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Storage

/// At an edge everybody is let in: the region looks at the token with each request.
struct EdgeSessions: GraphQLSessions {
    let forwarding: Forwarding
    let subscriptions: RegionSubscriptions
    let logger: Logger

    func session(for visitor: SocketVisitor) async throws -> (any GraphQLSession)? {
        Session(
            forwarding: self.forwarding, subscriptions: self.subscriptions, visitor: visitor, logger: self.logger)
    }

    private struct Session: GraphQLSession {
        let forwarding: Forwarding
        let subscriptions: RegionSubscriptions
        let visitor: SocketVisitor
        let logger: Logger

        var isValid: Bool { true }

        func respond(to request: GraphQLRequest) async -> SocketReply {
            var head = HTTPRequest(
                method: .post, scheme: nil, authority: self.visitor.host, path: SocketUpgrade.path,
                headerFields: [.contentType: "application/json"])
            if let token = self.visitor.token { head.headerFields[.authorization] = "Bearer \(token)" }
            let body = RequestBody(buffer: ByteBuffer(bytes: request.json))
            do {
                guard request.subscribes() else {
                    return try await Self.reply(self.forwarding.forward(Request(head: head, body: body)))
                }
                switch try await self.subscriptions.subscribe(head, body: body) {
                case .refused(let answer): return try await Self.reply(answer)
                case .responses(let responses): return .responses(responses)
                }
            } catch {
                let lost = error is AnswerLost ? StorageError.unreachable : error
                return .refused([GraphQLRoutes.explain(lost, self.logger)])
            }
        }

        /// One whole answer.
        private static func reply(_ answer: Response) async throws -> SocketReply {
            let json = Array(try await answer.collected().readableBytesView)
            guard answer.status != .ok else {
                return .responses(
                    AsyncThrowingStream { stream in
                        stream.yield(json)
                        stream.finish()
                    })
            }
            let value = try? JSONReader.decode(json, depthMax: GraphQLLimits().valueDepthMax)
            let errors = value?.object?["errors"]?.list?.compactMap(GraphQLError.init) ?? []
            return .refused(errors.isEmpty ? [.tokenEnded] : errors)
        }
    }
}
