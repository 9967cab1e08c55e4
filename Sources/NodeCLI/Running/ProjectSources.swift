import ObjectModel
import Replicator
import Storage
import SyncProtocol
import SyncTransport

/// The nodes that a directory's copy of a project comes from, and what to dial them with.
struct ProjectSources: Sendable {
    let dialler: SyncDialler
    /// The preferred one first; at least one.
    let sources: [ProjectSource]
}

extension DataDirectory {
    /// - Throws: ``SourceUnknown`` when the roster is needed and does not say who the nodes are.
    /// - Precondition: the project is a mirror.
    func sources(of project: ProjectID) async throws -> ProjectSources {
        let roster = try RosterFiles(self.url).book(Output.logger())
        guard let sources = try await self.replica.sources(of: project, by: roster?.current) else {
            preconditionFailure("no copy has no sources")
        }
        // A copy without a token belongs to a node, and is fetched in its name.
        let isNode = sources.contains { $0.ways.contains { $0.credential == .certificate } }
        let identity = isNode ? try NodeIdentity.loadOrCreate(in: self.url) : nil
        return ProjectSources(
            dialler: try SyncDialler(hello: .replica, identity: identity, roster: roster), sources: sources)
    }
}
