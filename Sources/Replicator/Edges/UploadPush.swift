public import Logging
public import ObjectModel
public import Storage
import SyncProtocol
import SyncTransport
import Synchronization

/// Brings what was uploaded to an edge to its region: as it comes, and before anything that may refer to it.
public actor UploadPush {
    private let replica: Replica
    private let objects: any ObjectReclaiming
    private let link: RegionLink
    private let logger: Logger
    /// Projects with uploads that may not be in the region, and the push that is under way, if one is.
    private var waiting: [ProjectID: Task<Void, any Error>?] = [:]
    /// Those to which something was uploaded since their last push began.
    private var uploadedSince: Set<ProjectID> = []

    /// - Parameters:
    ///   - objects: the store of `replica`.
    ///   - journals: everything that has objects here. Of what was uploaded before this process began it is not known whether
    ///     the region has it.
    public init(
        _ replica: Replica, objects: any ObjectReclaiming, link: RegionLink, journals: [ProjectID], logger: Logger
    ) {
        self.replica = replica
        self.objects = objects
        self.link = link
        self.logger = logger
        for journal in journals {
            if let project = ProjectID(ofUploads: journal) { self.waiting[project] = .some(nil) }
        }
    }

    /// Something was uploaded. It is pushed while whoever uploads goes on.
    public func uploaded(to project: ProjectID) {
        if self.waiting[project] == nil { self.waiting[project] = .some(nil) }
        self.uploadedSince.insert(project)
        self.tryFlush(project)
    }

    private func tryFlush(_ project: ProjectID) {
        Task {
            do {
                try await self.flush(project)
            } catch {
                self.logger.info(
                    "uploads wait for the region", metadata: ["project": "\(project)", "reason": "\(error)"])
            }
        }
    }

    /// A region is connected: brings there what it may not have, as far as it takes that.
    public func flushAll() {
        for project in self.waiting.keys { self.tryFlush(project) }
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
        var isPushed = false
        defer { self.waiting[project] = isPushed && !self.uploadedSince.contains(project) ? nil : .some(nil) }
        self.uploadedSince.remove(project)
        let before = try await self.replica.blocks.journalHead(of: project.uploads)
        try await self.link.withStream { region in
            _ = try await ProjectPush(self.replica, source: project.uploads, target: project, at: region.node)
                .run(on: region.connection)
        }
        // What the region has is read like all else that it has: it is listed once, and may be given up.
        guard let before else { return isPushed = true }
        isPushed = try await self.objects.moveAll(of: project.uploads, at: before, to: project)
    }
}
