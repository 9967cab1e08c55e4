import Hummingbird
import ObjectModel
import Storage

/// What administrators see of the nodes that this one knows.
struct RosterRoutes: Sendable {
    let services: NodeServices

    private struct Description: Encodable {
        struct Node: Encodable {
            var id: String
            var name: String
            var role: String
            var region: String
            var addresses: [String]
            /// Left out where the role decides.
            var projects: [String]?
        }

        var version: UInt64
        var issuedAt: String
        var nodes: [Node]
    }

    func add(to router: Router<NodeRequestContext>) {
        router.get("api/roster") { try await self.show($0, $1) }
    }

    private func show(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        _ = try context.requireAdministrator()
        guard let roster = self.services.roster() else { throw DomainError(.notFound, "This node has no roster.") }
        let nodes = roster.nodes.map { node in
            Description.Node(
                id: node.id.rawValue, name: node.name, role: node.role.name, region: node.region,
                addresses: node.addresses.map(\.description), projects: node.projects?.map(\.rawValue))
        }
        return try .json(
            Description(version: roster.version, issuedAt: roster.issuedAt.iso8601, nodes: nodes))
    }
}
