import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import ObjectModel
import Storage

/// What administrators see and do about copies of other nodes' projects.
struct MirrorRoutes: Sendable {
    let services: NodeServices

    /// Where a project is, and in whose name it is read there.
    private struct Source: Decodable {
        /// With `port`; without both the roster says where the node is.
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

    /// The members of the first source stand beside these.
    private struct Request: Decodable {
        var project: String
        /// Further nodes that have the project.
        var also: [Source]?
    }

    struct Description: Encodable {
        var project: String
        var name: String?
        var source: String
        var nodeID: String
        var also: [String]
        var lastCompleted: String?
        /// The address of the node that served the copy then.
        var servedBy: String?
        var problem: String?
    }

    func add(to router: Router<NodeRequestContext>) {
        router.post("api/mirrors") { try await self.create($0, $1) }
        router.get("api/mirrors") { try await self.list($0, $1) }
    }

    private func create(_ request: Hummingbird.Request, _ context: NodeRequestContext) async throws -> Response {
        let principal = try context.requireAdministrator()
        let body = try await request.body.collect(upTo: Limits.smallBodyByteCountMax)
        let bytes = Data(body.readableBytesView)
        let wanted = try JSONDecoder().decode(Request.self, from: bytes)
        let first = try JSONDecoder().decode(Source.self, from: bytes)
        let also = wanted.also ?? []
        guard !wanted.project.isEmpty, ([first] + also).allSatisfy({ $0.token != "" }) else {
            throw DomainError(.userInput, "A project is required, and a token is not empty.")
        }
        let project = ProjectID(rawValue: wanted.project)
        let mirror = Mirror(
            project: project, sourceAddress: try Self.address(first), sourceNode: try self.node(first),
            sourceToken: first.token, createdAt: self.services.clock())
        let sources = try also.map { source in
            MirrorSource(
                project: project, node: try self.node(source), address: try Self.address(source), token: source.token)
        }
        guard sources.count < MirrorSource.sourceCountMax,
            Set([mirror.sourceNode] + sources.map(\.node)).count == sources.count + 1
        else {
            throw DomainError(.userInput, "A project has at most \(MirrorSource.sourceCountMax) sources, each once.")
        }
        try await self.services.mirrors.add(mirror, sources: sources, reader: principal.user.id)
        return Response(status: .created)
    }

    private static func address(_ wanted: Source) throws -> NodeAddress? {
        switch (wanted.host, wanted.port) {
        case (let host?, let port?) where !host.isEmpty && port > 0:
            return NodeAddress(host: host, port: port, route: wanted.route ?? .direct)
        case (nil, nil) where wanted.route == nil: return nil
        default: throw DomainError(.userInput, "host and port come together, or neither with a node of the roster.")
        }
    }

    private func node(_ wanted: Source) throws -> NodeID {
        switch (wanted.nodeID, wanted.node) {
        case (let id?, nil) where NodeID.isValid(id): return NodeID(rawValue: id)
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
            try rows.mirrors().map { mirror in
                (mirror, try rows.mirrorSources(of: mirror.project), try rows.project(mirror.project)?.name)
            }
        }
        var descriptions: [Description] = []
        let roster = self.services.roster()
        for (mirror, sources, name) in mirrors {
            let status = await self.services.mirrors.status(of: mirror.project)
            let places = ([(mirror.sourceNode, mirror.sourceAddress)] + sources.map { ($0.node, $0.address) })
                .map { node, address in
                    (
                        node: node,
                        text: address.map { "\($0)/\(mirror.project)" } ?? roster?.node(node)?.name ?? node.rawValue
                    )
                }
            descriptions.append(
                Description(
                    project: mirror.project.rawValue, name: name, source: places[0].text,
                    nodeID: mirror.sourceNode.rawValue, also: places.dropFirst().map(\.text),
                    lastCompleted: status.lastCompleted.map(\.iso8601),
                    servedBy: places.first { $0.node == status.servedBy }?.text,
                    problem: status.problem))
        }
        return try .json(descriptions)
    }
}
