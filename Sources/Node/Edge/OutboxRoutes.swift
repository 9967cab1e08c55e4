import HTTPTypes
import Hummingbird
import ObjectModel
import Storage

/// What waits at an edge, for those who may see it.
struct OutboxRoutes: Sendable {
    let outbox: Outbox
    let leases: LeaseBook
    let upstream: any EdgeUpstream

    private struct Item: Encodable {
        var version: String
        var project: String
        var model: String
        var rootObject: String
        var message: String?
        var author: String
        var createdAt: String
        /// Why the region does not take it; left out while it waits.
        var problem: String?
    }

    func add(to router: Router<NodeRequestContext>) {
        router.get("api/edge/outbox") { request, _ in try Response.json(try await self.list(request)) }
        router.delete("api/edge/outbox/:version") { request, context in
            try await self.outbox.remove(try await self.ownRefused(request, context))
            return Response(status: .noContent)
        }
        router.post("api/edge/outbox/:version/retry") { request, context in
            try await self.outbox.retry(try await self.ownRefused(request, context))
            return Response(status: .noContent)
        }
    }

    /// Versions of projects that whoever asks may read.
    private func list(_ request: Request) async throws -> [Item] {
        let token = TokenMiddleware.token(of: request)
        var items: [Item] = []
        var isReadable: [ProjectID: Bool] = [:]
        for entry in try await self.outbox.entries() {
            let version = entry.version
            if isReadable[version.project] == nil {
                isReadable[version.project] = try await self.leases.lease(on: version.project, for: token) != nil
            }
            guard isReadable[version.project] == true else { continue }
            items.append(
                Item(
                    version: version.id.rawValue, project: version.project.rawValue, model: version.model.rawValue,
                    rootObject: version.rootObject.hex, message: version.message,
                    author: self.author(of: entry)?.rawValue ?? "", createdAt: version.createdAt.iso8601,
                    problem: entry.problem))
        }
        return items
    }

    private func author(of entry: OutboxEntry) -> UserID? { self.upstream.verified(entry.lease)?.holder?.person }

    /// An entry that the region does not take is its author's to decide about.
    private func ownRefused(_ request: Request, _ context: NodeRequestContext) async throws -> VersionID {
        let id = context.id("version", as: VersionID.self)
        guard let token = TokenMiddleware.token(of: request), let entry = try await self.outbox.entry(id),
            let holder = try await self.leases.lease(on: .server, for: token)?.lease.holder,
            holder.person == self.author(of: entry)
        else { throw DomainError(.versionNotFound, "No version of yours of this id waits here.") }
        guard entry.problem != nil else {
            throw DomainError(.userInput, "The version is on its way to the region.")
        }
        return id
    }
}
