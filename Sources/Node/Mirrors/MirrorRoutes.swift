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
        var host: String
        var port: Int
        var route: SyncRoute?
        var nodeID: String
        var token: String
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

    private static func requireAdministrator(_ context: NodeRequestContext) throws -> Principal {
        guard let principal = context.principal else {
            throw DomainError(.unauthorized, "Sign in as an administrator of this node.")
        }
        guard principal.user.role == .admin, principal.has(.serverSetup) else {
            throw DomainError(.forbidden, "Only administrators, with the scope server:setup, may do this.")
        }
        return principal
    }

    private func create(_ request: Hummingbird.Request, _ context: NodeRequestContext) async throws -> Response {
        let principal = try Self.requireAdministrator(context)
        let body = try await request.body.collect(upTo: Limits.smallBodyByteCountMax)
        let wanted = try JSONDecoder().decode(Request.self, from: Data(body.readableBytesView))
        guard wanted.nodeID.utf8.count == 64, wanted.nodeID.allSatisfy({ $0.isHexDigit && !$0.isUppercase }),
            (1...65_535).contains(wanted.port), !wanted.host.isEmpty, !wanted.project.isEmpty, !wanted.token.isEmpty
        else { throw DomainError(.userInput, "project, host, port, nodeID and token are required.") }
        let mirror = Mirror(
            project: ProjectID(rawValue: wanted.project), sourceHost: wanted.host, sourcePort: wanted.port,
            sourceRoute: wanted.route ?? .direct, sourceNode: NodeID(rawValue: wanted.nodeID),
            sourceToken: wanted.token, createdAt: self.services.clock())
        try await self.services.mirrors.add(mirror, reader: principal.user.id)
        return Response(status: .created)
    }

    private func list(_ request: Hummingbird.Request, _ context: NodeRequestContext) async throws -> Response {
        _ = try Self.requireAdministrator(context)
        let mirrors = try await self.services.metadata.store.read { rows in
            try rows.mirrors().map { ($0, try rows.project($0.project)?.name) }
        }
        var descriptions: [Description] = []
        for (mirror, name) in mirrors {
            let status = await self.services.mirrors.status(of: mirror.project)
            descriptions.append(
                Description(
                    project: mirror.project.rawValue, name: name,
                    source: "\(mirror.sourceRoute.scheme)\(mirror.sourceHost):\(mirror.sourcePort)/\(mirror.project)",
                    nodeID: mirror.sourceNode.rawValue, lastCompleted: status.lastCompleted.map(\.iso8601),
                    problem: status.problem))
        }
        return try .json(descriptions)
    }
}
