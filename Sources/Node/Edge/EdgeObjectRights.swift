import HTTPTypes
import Hummingbird
import ObjectModel
import Storage

/// Lets requests for objects through that a lease allows. The region answers all others, as it does.
struct LeaseMiddleware: RouterMiddleware {
    let access: Lease.Access
    let leases: LeaseBook
    let forwarding: Forwarding

    func handle(
        _ request: Request, context: NodeRequestContext,
        next: @concurrent (Request, NodeRequestContext) async throws -> Response
    ) async throws -> Response {
        let project = context.id("project", as: ProjectID.self)
        guard project != .server else { return try await self.forwarding.forward(request) }
        let lease = try await self.leases.lease(on: project, for: TokenMiddleware.token(of: request), self.access)
        guard let lease, lease.lease.access >= self.access else { return try await self.forwarding.forward(request) }
        return try await next(request, context)
    }
}

/// The rights of an edge: ``LeaseMiddleware`` has seen to them.
struct EdgeObjectRights: ObjectRights {
    let uploads: any EdgeUploads

    func refusal(
        of action: ProjectRules.Action, on project: ProjectID, _ context: NodeRequestContext
    ) -> ProjectRules.Refusal? { nil }

    func requireWritable(_ project: ProjectID) {}

    func uploaded(to project: ProjectID, _ summary: IngestSummary) async { await self.uploads.uploaded(to: project) }
}
