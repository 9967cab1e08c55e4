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
        router.post("api/projects/:project/models/:model/keep") { _, context in try await self.keep(context) }
        router.post("api/projects/:project/versions/:version/pick") { _, context in try await self.pick(context) }
        router.post("api/projects/:project/versions/:version/accept") { _, context in
            try await self.decide(true, context)
        }
        router.post("api/projects/:project/versions/:version/reject") { _, context in
            try await self.decide(false, context)
        }
    }

    private func listOfServer(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        _ = try context.requireAdministrator()
        return try .json(try await self.conflicts(in: .server, context))
    }

    private func list(_ request: Request, _ context: NodeRequestContext) async throws -> Response {
        let project = try await self.services.project(.read, context)
        return try .json(try await self.conflicts(in: .project(project), context))
    }

    private func conflicts(
        in scope: LogScope, _ context: NodeRequestContext
    ) async throws -> [ConflictDescription] {
        let (roster, principal) = (self.services.roster(), context.principal)
        return try await self.services.metadata.store.read { rows in
            try ConflictDescription.all(in: scope, for: principal, roster, rows)
        }
    }

    private struct Picked: Encodable {
        var version: String
    }

    private func pick(_ context: NodeRequestContext) async throws -> Response {
        let project = Self.project(context)
        let command = PickVersion(project: project, id: Self.version(context))
        let made = try await self.services.perform(command, .write, on: project, by: context.principal)
        return try .json(Picked(version: made.id.rawValue), .created)
    }

    private func decide(_ isAccepted: Bool, _ context: NodeRequestContext) async throws -> Response {
        let project = Self.project(context)
        let command = DecideVersion(project: project, id: Self.version(context), isAccepted: isAccepted)
        try await self.services.perform(command, .own, on: project, by: context.principal)
        return Response(status: .noContent)
    }

    private func keep(_ context: NodeRequestContext) async throws -> Response {
        let project = Self.project(context)
        let command = KeepModel(
            project: project, id: context.id("model"))
        try await self.services.perform(command, .write, on: project, by: context.principal)
        return Response(status: .noContent)
    }

    private static func project(_ context: NodeRequestContext) -> ProjectID {
        context.id("project")
    }

    private static func version(_ context: NodeRequestContext) -> VersionID {
        context.id("version")
    }
}
