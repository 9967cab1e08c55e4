import ObjectModel
import Replicator
import Storage
import SyncProtocol
import SyncTransport

/// The node that a directory's copy of a project comes from, and what to dial it with.
struct MirrorSource: Sendable {
    fileprivate let dialler: SyncDialler
    fileprivate let targets: [SyncDialler.Target]

    func withConnection<Result: Sendable>(
        _ body: @escaping @Sendable (SyncConnection) async throws -> Result
    ) async throws -> Result {
        try await self.dialler.withConnection(toFirstOf: self.targets, body)
    }
}

extension DataDirectory {
    /// - Throws: ``SourceUnknown`` when the roster is needed and does not say who the node is.
    func source(of mirror: Mirror) throws -> MirrorSource {
        let roster = try RosterFiles(self.url).book(Output.logger())
        // A copy without a token belongs to a node, and is fetched in its name.
        let identity = mirror.sourceToken == nil ? try NodeIdentity.loadOrCreate(in: self.url) : nil
        return MirrorSource(
            dialler: try SyncDialler(hello: .replica, identity: identity, roster: roster),
            targets: try mirror.targets(by: roster?.current))
    }
}
