public import Logging
public import ObjectModel
import Storage
import SyncProtocol
import SyncTransport
import Synchronization

/// Brings what was uploaded to an edge to its region: as it comes, and before anything that may refer to it.
public actor UploadPush {
    private let replica: Replica
    private let link: RegionLink
    private let logger: Logger
    /// Projects with uploads that may not be in the region, and the push that is under way, if one is.
    private var waiting: [ProjectID: Task<Void, any Error>?] = [:]

    /// - Parameter journals: everything that has objects here. Of what was uploaded before this process began it is not known
    ///   whether the region has it.
    public init(_ replica: Replica, link: RegionLink, journals: [ProjectID], logger: Logger) {
        self.replica = replica
        self.link = link
        self.logger = logger
        for journal in journals {
            if let project = ProjectID(ofUploads: journal) { self.waiting[project] = .some(nil) }
        }
    }

    /// Something was uploaded. It is pushed while whoever uploads goes on.
    public func uploaded(to project: ProjectID) {
        if self.waiting[project] == nil { self.waiting[project] = .some(nil) }
        Task {
            do {
                try await self.flush(project)
            } catch {
                self.logger.info(
                    "uploads wait for the region", metadata: ["project": "\(project)", "reason": "\(error)"])
            }
        }
    }

    /// Projects with uploads that the region may not have.
    public var projects: Set<ProjectID> { Set(self.waiting.keys) }

    /// Everything that was uploaded to the project before this call is in the region when it returns.
    ///
    /// - Throws: ``StorageError/unreachable``; what pushing throws.
    public func flush(_ project: ProjectID) async throws {
        // What is under way may have begun before the last upload.
        if case .some(.some(let underWay)) = self.waiting[project] { try? await underWay.value }
        guard let known = self.waiting[project] else { return }
        let push = known ?? Task { try await self.push(project) }
        self.waiting[project] = .some(push)
        try await push.value
    }

    private func push(_ project: ProjectID) async throws {
        defer { if self.waiting[project] != nil { self.waiting[project] = .some(nil) } }
        let before = try await self.replica.blocks.journalHead(of: project.uploads)
        try await self.link.withStream { region in
            _ = try await ProjectPush(self.replica, source: project.uploads, target: project, at: region.node)
                .run(on: region.connection)
        }
        if try await self.replica.blocks.journalHead(of: project.uploads) == before { self.waiting[project] = nil }
    }
}
