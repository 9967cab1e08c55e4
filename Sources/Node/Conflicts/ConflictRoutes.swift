import HTTPTypes
import Hummingbird
import ObjectModel
import Storage

/// Where regions disagreed, for programs and people that do not ask by GraphQL.
struct ConflictRoutes: Sendable {
    let services: NodeServices

    func add(to router: Router<NodeRequestContext>) {
        router.get("api/conflicts") { try await self.listOfServer($0, $1) }
        router.get("api/projects/:project/conflicts") { try await self.list($0, $1) }
        router.post("api/projects/:project/models/:model/keep") { try await self.keep($0, $1) }
        router.post("api/projects/:project/versions/:version/pick") { try await self.pick($0, $1) }
        router.post("api/projects/:project/versions/:version/accept") { try await self.decide(true, $1) }
        router.post("api/projects/:project/versions/:version/reject") { try await self.decide(false, $1) }
    }

    private func listOfServer(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        _ = try context.requireAdministrator()
        return try .json(try await self.conflicts(in: .server))
    }

    private func list(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        let project = try await self.services.project(.read, context)
        return try .json(try await self.conflicts(in: .project(project)))
    }

    private func conflicts(in scope: LogScope) async throws -> [ConflictDescription] {
        let roster = self.services.roster()
        return try await self.services.metadata.store.read { try ConflictDescription.all(in: scope, roster, $0) }
    }

    private struct Picked: Encodable {
        var version: String
    }

    private func pick(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        let project = ProjectID(rawValue: context.parameters.get("project") ?? "")
        let version = VersionID(rawValue: context.parameters.get("version") ?? "")
        let principal = context.principal
        let made = try await self.services.metadata.perform(
            PickVersion(project: project, id: version), actor: principal?.user.id
        ) { rows in
            try ProjectRules.require(.write, on: project, for: principal, rows)
        }
        return try .json(Picked(version: made.id.rawValue), .created)
    }

    private func decide(_ isAccepted: Bool, _ context: NodeRequestContext) async throws -> Response {
        let project = ProjectID(rawValue: context.parameters.get("project") ?? "")
        let version = VersionID(rawValue: context.parameters.get("version") ?? "")
        let principal = context.principal
        try await self.services.metadata.perform(
            DecideVersion(project: project, id: version, isAccepted: isAccepted), actor: principal?.user.id
        ) { rows in
            try ProjectRules.require(.own, on: project, for: principal, rows)
        }
        return Response(status: .noContent)
    }

    private func keep(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        let project = ProjectID(rawValue: context.parameters.get("project") ?? "")
        let model = ModelID(rawValue: context.parameters.get("model") ?? "")
        let principal = context.principal
        try await self.services.metadata.perform(
            KeepModel(project: project, id: model), actor: principal?.user.id
        ) { rows in
            try ProjectRules.require(.write, on: project, for: principal, rows)
        }
        return Response(status: .noContent)
    }
}
