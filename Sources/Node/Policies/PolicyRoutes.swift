import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import ObjectModel
import Storage

/// Where a project may be and where it is written to, for programs and people that do not ask by GraphQL.
struct PolicyRoutes: Sendable {
    let services: NodeServices

    func add(to router: Router<NodeRequestContext>) {
        router.get("api/projects/:project/policy") { try await self.show($0, $1) }
        router.patch("api/projects/:project/policy") { try await self.set($0, $1) }
    }

    private func show(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        let project = try await self.services.project(.see, context)
        let policy = try await self.services.metadata.store.read { try $0.policy(of: project) ?? .open }
        return try .json(PolicyDescription(policy, self.services.roster()))
    }

    private func set(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        let project = context.id("project", as: ProjectID.self)
        let body = try await request.body.collect(upTo: Limits.smallBodyByteCountMax)
        let input = try JSONDecoder().decode(PolicyInput.self, from: Data(body.readableBytesView))
        let policy = try await self.services.setPolicy(of: project, to: input, by: context.principal)
        return try .json(PolicyDescription(policy, self.services.roster()))
    }
}

extension NodeServices {
    /// - Throws: ``DomainError``.
    func setPolicy(
        of project: ProjectID, to input: PolicyInput, by principal: Principal?
    ) async throws -> ProjectPolicy {
        let request = try input.request(self.roster(), at: self.metadata.node)
        let command = SetProjectPolicy(project: project, request: request)
        return try await self.perform(command, .govern, on: project, by: principal)
    }
}
