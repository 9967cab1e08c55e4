import ObjectModel
import Storage

/// Who may read and upload objects, and what follows from an upload.
protocol ObjectRights: Sendable {
    /// `nil` allows it.
    func refusal(
        of action: ProjectRules.Action, on project: ProjectID, _ context: NodeRequestContext
    ) async throws -> ProjectRules.Refusal?

    /// - Throws: ``PlainFailure`` when nobody may upload here.
    func requireWritable(_ project: ProjectID) async throws

    /// Called before an upload is acknowledged.
    func uploaded(to project: ProjectID, _ summary: IngestSummary) async throws
}

/// The rights of a node that knows people and projects.
struct NodeObjectRights: ObjectRights {
    let services: NodeServices

    func refusal(
        of action: ProjectRules.Action, on project: ProjectID, _ context: NodeRequestContext
    ) async throws -> ProjectRules.Refusal? {
        let principal = context.principal
        return try await self.services.metadata.store.read { rows in
            try ProjectRules.refusal(of: action, on: project, for: principal, rows)
        }
    }

    func requireWritable(_ project: ProjectID) async throws { try await self.services.requireWritable(project) }

    func uploaded(to project: ProjectID, _ summary: IngestSummary) {
        if summary.addedCount > 0 { self.services.changes.announce(project) }
    }
}
