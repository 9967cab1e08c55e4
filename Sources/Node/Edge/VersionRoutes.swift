import Foundation
import HTTPTypes
import Hummingbird
import ObjectModel
import Storage

/// Versions that edges bring.
struct VersionRoutes: Sendable {
    let services: NodeServices

    func add(to router: Router<NodeRequestContext>) {
        router.put("api/projects/:project/versions/:version") { try await self.put($0, $1) }
    }

    private func put(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        let body = try await request.body.collect(upTo: Limits.smallBodyByteCountMax)
        let version = try JSONDecoder().decode(QueuedVersion.self, from: Data(body.readableBytesView))
        guard version.project.rawValue == context.parameters.get("project"),
            version.id.rawValue == context.parameters.get("version")
        else { throw DomainError(.userInput, "The path names another version.") }
        let isNew = try await self.services.perform(
            PutVersion(version), .write, on: version.project, by: context.principal)
        return Response(status: isNew ? .created : .noContent)
    }
}
