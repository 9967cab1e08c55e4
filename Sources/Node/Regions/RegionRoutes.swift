import Foundation
import Hummingbird
import NIOCore
public import ObjectModel
import Storage

/// How another region is doing, as seen from this node.
public struct RegionStatus: Equatable, Sendable {
    /// Its name in the roster.
    public var name: String
    /// Where in the world it stands, in words.
    public var region: String
    /// When everything that it had was last known to be here.
    public var lastCompleted: Timestamp?
    /// What went wrong last; `nil` while all is well.
    public var problem: String?
    /// When it last asked this node for anything; `nil` when it never did.
    public var lastHeard: Timestamp?
    /// Operations that are here and that it is not known to hold; `nil` before that was looked at.
    public var unacknowledgedCount: Int?
    /// It was silent for so long that logs are compacted without it.
    public var isEvicted: Bool

    public init(
        name: String, region: String, lastCompleted: Timestamp?, problem: String?, lastHeard: Timestamp?,
        unacknowledgedCount: Int?, isEvicted: Bool
    ) {
        self.name = name
        self.region = region
        self.lastCompleted = lastCompleted
        self.problem = problem
        self.lastHeard = lastHeard
        self.unacknowledgedCount = unacknowledgedCount
        self.isEvicted = isEvicted
    }
}

/// What a node needs to become a region, or an edge, of the organisation.
public struct RegionInvitation: Equatable, Sendable {
    /// For `tiebeam region join`. It holds a secret.
    public var text: String
    public var expiresAt: Timestamp

    public init(text: String, expiresAt: Timestamp) {
        self.text = text
        self.expiresAt = expiresAt
    }
}

/// The regions that this one shares everything with.
public protocol RegionControl: Sendable {
    /// By name; empty while this node stands alone.
    var regions: [RegionStatus] { get }

    /// Brings now what a region has of a project, or of people.
    ///
    /// - Throws: when the region is not known, or does not answer.
    func bring(_ project: ProjectID, from node: NodeID) async throws

    /// Lets one further node in, as a region or as an edge.
    ///
    /// - Parameter projects: what it may read without anybody asking for it; `nil` is what its role says.
    /// - Throws: ``DomainError`` where the organisation's key is not.
    func invite(_ role: NodeRole, reading projects: [ProjectID]?) async throws -> RegionInvitation

    /// A node is trusted no more, by any of the others.
    ///
    /// - Throws: ``DomainError`` when there is no such node, or the organisation's key is elsewhere.
    func remove(_ name: String) async throws
}

/// What administrators see of the other regions, and do about them.
struct RegionRoutes: Sendable {
    let services: NodeServices

    private struct Description: Encodable {
        var name: String
        var region: String
        var lastCompleted: String?
        var problem: String?
        var lastHeard: String?
        var unacknowledged: Int?
        var evicted: Bool
    }

    /// A project that a region must remove, and has not said that it did.
    private struct Outstanding: Encodable {
        var project: String
        var name: String?
        var region: String
    }

    private struct Invited: Encodable {
        var invitation: String
        var expiresAt: String
    }

    func add(to router: Router<NodeRequestContext>) {
        router.get("api/regions") { _, context in
            _ = try context.requireAdministrator()
            return try Response.json(
                self.services.regions.regions.map { status in
                    Description(
                        name: status.name, region: status.region, lastCompleted: status.lastCompleted?.iso8601,
                        problem: status.problem, lastHeard: status.lastHeard?.iso8601,
                        unacknowledged: status.unacknowledgedCount, evicted: status.isEvicted)
                })
        }
        router.get("api/regions/purges") { _, context in
            _ = try context.requireAdministrator()
            let roster = self.services.roster()
            let regions = (roster?.nodes ?? []).filter { $0.role == .region }
            let node = self.services.metadata.node
            return try Response.json(
                try await self.services.metadata.store.read { rows in
                    try regions.flatMap { region in
                        try rows.purgeOrders(for: region.id, by: node).map { order in
                            Outstanding(
                                project: order.project.rawValue, name: try rows.project(order.project)?.name,
                                region: region.name)
                        }
                    }
                })
        }
        router.post("api/regions/invitations") { _, context in try await self.invite(.region, nil, context) }
        router.post("api/edges/invitations") { try await self.inviteEdge($0, $1) }
        router.delete("api/regions/:name") { _, context in
            _ = try context.requireAdministrator()
            try await self.services.regions.remove(context.parameters.get("name") ?? "")
            return Response(status: .noContent)
        }
        router.post("api/regions/:name/webhooks") { try await self.takeOverWebhooks($0, $1) }
    }

    private struct TakeOver: Decodable {
        var hours: Int?
    }

    private struct TakenOver: Encodable {
        var deliveries: Int
    }

    /// Tells webhooks what a lost region may not have told them.
    private func takeOverWebhooks(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        let actor = try context.requireAdministrator().user.id
        let body = try await request.body.collect(upTo: Limits.smallBodyByteCountMax)
        let hours =
            body.readableBytes == 0
            ? nil : try JSONDecoder().decode(TakeOver.self, from: Data(body.readableBytesView)).hours
        guard (1...Self.takeOverHoursMax).contains(hours ?? Self.takeOverHours) else {
            throw DomainError(.userInput, "Webhooks are taken over for 1 to \(Self.takeOverHoursMax) hours.")
        }
        let metadata = self.services.metadata
        let name = context.parameters.get("name") ?? ""
        guard let region = self.services.roster()?.nodes.first(where: { $0.name == name && $0.role == .region }),
            region.id != metadata.node
        else { throw DomainError(.notFound, "There is no other region called \(name).") }
        let since = self.services.clock() + .seconds(-3600 * (hours ?? Self.takeOverHours))
        let projects = try await metadata.store.read { rows in
            try rows.scopes().map(\.name).filter { try !rows.webhooks(of: $0).isEmpty }
        }
        var count = 0
        for project in projects {
            let command = TakeOverWebhooks(project: project, region: region.id, since: since)
            count += try await metadata.perform(command, actor: actor)
        }
        return try Response.json(TakenOver(deliveries: count))
    }

    private static let takeOverHours = 24
    private static let takeOverHoursMax = 720

    private struct EdgeRequest: Decodable {
        var projects: [ProjectID]?
    }

    private func inviteEdge(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        // Others are not even told which projects there are.
        _ = try context.requireAdministrator()
        let body = try await request.body.collect(upTo: Limits.smallBodyByteCountMax)
        let wanted =
            body.readableBytes == 0
            ? nil : try JSONDecoder().decode(EdgeRequest.self, from: Data(body.readableBytesView)).projects
        let projects = wanted.map { Set($0).sorted() }
        guard projects.map({ (1...1_024).contains($0.count) }) ?? true else {
            throw DomainError(.userInput, "An edge may be given 1 to 1024 projects by name.")
        }
        try await self.services.metadata.store.read { rows in
            for project in projects ?? [] where try rows.project(project) == nil {
                throw DomainError(.projectNotFound, "There is no project \(project).")
            }
        }
        return try await self.invite(.edge, projects, context)
    }

    private func invite(
        _ role: NodeRole, _ projects: [ProjectID]?, _ context: NodeRequestContext
    ) async throws -> Response {
        _ = try context.requireAdministrator()
        let invitation = try await self.services.regions.invite(role, reading: projects)
        return try Response.json(
            Invited(invitation: invitation.text, expiresAt: invitation.expiresAt.iso8601), .created)
    }
}
