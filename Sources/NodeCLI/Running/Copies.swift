import ObjectModel
import Replicator
import Storage
import SyncTransport

/// A directory that holds copies of other nodes' projects.
struct Copies {
    let data: DataDirectory
    let mirrors: [Mirror]

    init(_ directory: String) async throws {
        guard DataDirectory.exists(at: directory) else {
            throw UsageFailure(text: "\(directory) holds no copy. `tiebeam clone` makes one.")
        }
        self.data = try DataDirectory(directory)
        self.mirrors = try await self.data.metadata.read { try $0.mirrors() }
        guard !self.mirrors.isEmpty else { throw UsageFailure(text: "\(directory) is not a copy of anything.") }
    }
}

extension DataDirectory {
    /// A project as people call it.
    func name(of project: ProjectID) async throws -> String {
        let name = try await self.metadata.read { try $0.project(project)?.name }
        return name.map { "\u{201C}\($0)\u{201D}" } ?? project.rawValue
    }
}
