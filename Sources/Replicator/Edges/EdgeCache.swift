public import Logging
public import ObjectModel
public import ServiceLifecycle
public import Storage

/// Keeps the segments of an edge within a bound: gives up whole projects, those first that were used longest ago.
///
/// What stays: pinned projects; those that somebody reads or brings now; those of which something was uploaded, or waits in the
/// outbox, that the region has not got; and everything while no region can be reached, since it could not be read again.
public actor EdgeCache: Service {
    public struct Status: Equatable, Sendable {
        /// Of segments, on the disk.
        public var byteCount: UInt64
        /// `nil` when there is no bound.
        public var byteCountMax: UInt64?
        /// Since the last look, more is kept than the bound allows, and nothing can be given up.
        public var isOverBound: Bool
    }

    nonisolated let uses: ProjectUses
    private let objects: any ObjectReclaiming
    private let store: any EdgeStore
    private let byteCountMax: UInt64?
    private let pins: Set<ProjectID>
    private let unpushed: @Sendable () async -> Set<ProjectID>
    private let isRegionReachable: @Sendable () -> Bool
    private let logger: Logger
    private let files = BlockingQueue(label: "cache", isConcurrent: false)
    private var isLooking = false
    /// Something came while the last look was under way.
    private var isCalled = false
    private var isOverBound = false

    /// Blocks the calling thread.
    ///
    /// - Parameters:
    ///   - byteCountMax: of all segments; `nil` gives nothing up.
    ///   - unpushed: projects with uploads that the region may not have.
    public init(
        _ objects: any ObjectReclaiming, store: any EdgeStore, byteCountMax: UInt64?, pins: [ProjectID],
        unpushed: @escaping @Sendable () async -> Set<ProjectID>, isRegionReachable: @escaping @Sendable () -> Bool,
        logger: Logger
    ) throws {
        self.uses = ProjectUses(times: try store.lastUses())
        self.objects = objects
        self.store = store
        self.byteCountMax = byteCountMax
        self.pins = Set(pins)
        self.unpushed = unpushed
        self.isRegionReachable = isRegionReachable
        self.logger = logger
    }

    public var status: Status {
        Status(
            byteCount: self.objects.storedByteCount, byteCountMax: self.byteCountMax, isOverBound: self.isOverBound)
    }

    /// Looks once in a while, and notes when projects were used.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.look()
                await self.noteUses()
                try? await Task.sleep(for: Limits.cachePause)
            }
        }
        await self.noteUses()
    }

    /// Something came, or can go now that could not. Returns at once.
    public nonisolated func lookSoon() { Task { await self.look() } }

    /// Gives up what must go. Returns at once while another look is under way, which then looks once more.
    func look() async {
        self.isCalled = true
        guard !self.isLooking else { return }
        self.isLooking = true
        while self.isCalled {
            self.isCalled = false
            do {
                try await self.makeRoom()
            } catch {
                self.logger.warning("no room can be made", metadata: ["reason": "\(error)"])
            }
        }
        self.isLooking = false
    }

    private func makeRoom() async throws {
        guard let byteCountMax, self.objects.storedByteCount > byteCountMax else { return self.isWithinBound() }
        // What was given up before may have been read until now.
        _ = try await self.objects.compactSegments()
        if self.isRegionReachable() {
            for project in try await self.candidates() {
                guard self.objects.storedByteCount > byteCountMax else { return self.isWithinBound() }
                try await self.giveUp(project)
            }
        }
        guard self.objects.storedByteCount > byteCountMax else { return self.isWithinBound() }
        guard !self.isOverBound else { return }
        self.isOverBound = true
        self.logger.warning(
            "the cache is over its bound, and nothing can be given up now",
            metadata: ["cache.bytes": "\(self.objects.storedByteCount)", "cache.bytes.max": "\(byteCountMax)"])
    }

    private func isWithinBound() {
        if self.isOverBound { self.logger.notice("the cache is within its bound again") }
        self.isOverBound = false
    }

    /// Projects that may be given up, those first that were used longest ago.
    private func candidates() async throws -> [ProjectID] {
        var kept = self.pins.union(await self.unpushed())
        kept.formUnion(try await self.files.run { [store] in try store.outbox().map(\.version.project) })
        let projects = try await self.objects.projects().filter {
            ProjectID(ofUploads: $0) == nil && !kept.contains($0)
        }
        let times = projects.map { ($0, self.uses.lastUse(of: $0)?.millisecondsSinceEpoch ?? .min) }
        return times.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.map(\.0)
    }

    private func giveUp(_ project: ProjectID) async throws {
        let before = self.objects.storedByteCount
        let isGone = try await self.uses.giveUp(project) {
            try await self.objects.removeAll(of: project) { try $0.deletePeerCursors(in: project) }
            try await self.files.run { [store] in try store.forget(project) }
        }
        guard isGone else { return }
        _ = try await self.objects.compactSegments()
        self.logger.notice(
            "a project is given up",
            metadata: [
                "project.id": "\(project)", "cache.bytes.before": "\(before)",
                "cache.bytes": "\(self.objects.storedByteCount)",
            ])
    }

    private func noteUses() async {
        let changes = self.uses.takeChanges()
        guard !changes.isEmpty else { return }
        do {
            try await self.files.run { [store] in try store.note(lastUses: changes) }
        } catch {
            self.logger.warning("when projects were used is not noted", metadata: ["reason": "\(error)"])
        }
    }
}
