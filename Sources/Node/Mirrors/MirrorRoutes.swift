import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import ObjectModel
import Storage

/// What administrators see and do about copies of other nodes' projects.
struct MirrorRoutes: Sendable {
    let services: NodeServices

    private struct Request: Decodable {
        var project: String
        /// With `port`; without both the roster says where the source is.
        var host: String?
        var port: UInt16?
        var route: SyncRoute?
        /// Either this or `node`.
        var nodeID: String?
        /// A name in the roster.
        var node: String?
        /// Without it this node proves itself by its certificate.
        var token: String?
    }

    struct Description: Encodable {
        var project: String
        var name: String?
        var source: String
        var nodeID: String
        var lastCompleted: String?
        var problem: String?
    }

    func add(to router: Router<NodeRequestContext>) {
        router.post("api/mirrors") { try await self.create($0, $1) }
        router.get("api/mirrors") { try await self.list($0, $1) }
    }

    private func create(_ request: Hummingbird.Request, _ context: NodeRequestContext) async throws -> Response {
        let principal = try context.requireAdministrator()
        let body = try await request.body.collect(upTo: Limits.smallBodyByteCountMax)
        let wanted = try JSONDecoder().decode(Request.self, from: Data(body.readableBytesView))
        guard !wanted.project.isEmpty, wanted.token != "" else {
            throw DomainError(.userInput, "A project is required, and a token is not empty.")
        }
        let mirror = Mirror(
            project: ProjectID(rawValue: wanted.project), sourceAddress: try Self.address(wanted),
            sourceNode: try self.node(wanted), sourceToken: wanted.token, createdAt: self.services.clock())
        try await self.services.mirrors.add(mirror, reader: principal.user.id)
        return Response(status: .created)
    }

    private static func address(_ wanted: Request) throws -> NodeAddress? {
        switch (wanted.host, wanted.port) {
        case (let host?, let port?) where !host.isEmpty && port > 0:
            return NodeAddress(host: host, port: port, route: wanted.route ?? .direct)
        case (nil, nil) where wanted.route == nil: return nil
        default: throw DomainError(.userInput, "host and port come together, or neither with a node of the roster.")
        }
    }

    private func node(_ wanted: Request) throws -> NodeID {
        switch (wanted.nodeID, wanted.node) {
        case (let id?, nil) where id.utf8.count == 64 && id.allSatisfy({ $0.isHexDigit && !$0.isUppercase }):
            return NodeID(rawValue: id)
        case (nil, let name?):
            guard let node = self.services.roster()?.node(named: name) else {
                throw DomainError(.userInput, "The roster of this node lists no node \(name).")
            }
            return node.id
        default: throw DomainError(.userInput, "Either nodeID, 64 lower-case hexadecimal digits, or node is required.")
        }
    }

    private func list(_ request: Hummingbird.Request, _ context: NodeRequestContext) async throws -> Response {
        _ = try context.requireAdministrator()
        let mirrors = try await self.services.metadata.store.read { rows in
            try rows.mirrors().map { ($0, try rows.project($0.project)?.name) }
        }
        var descriptions: [Description] = []
        let roster = self.services.roster()
        for (mirror, name) in mirrors {
            let status = await self.services.mirrors.status(of: mirror.project)
            descriptions.append(
                Description(
                    project: mirror.project.rawValue, name: name,
                    source: mirror.sourceAddress.map { "\($0)/\(mirror.project)" }
                        ?? roster?.node(mirror.sourceNode)?.name ?? mirror.sourceNode.rawValue,
                    nodeID: mirror.sourceNode.rawValue, lastCompleted: status.lastCompleted.map(\.iso8601),
                    problem: status.problem))
        }
        return try .json(descriptions)
    }
}
