public import ObjectModel
public import Storage
import SyncProtocol
import SyncTransport
import Synchronization

/// The objects of an edge: those that are here, and by its region those that are not.
///
/// Objects do not change, so what is here need not be asked for again. Each comes once, however many wait for it.
public struct EdgeObjects: ObjectReading, ObjectWriting, EdgeObjectTrees {
    private let replica: Replica
    private let writing: any ObjectWriting
    private let link: RegionLink
    private let store: any EdgeStore
    private let cache: EdgeCache
    private let clock: @Sendable () -> Timestamp
    private let turns = ProjectTurns()
    private let absences = Absences()

    /// - Parameters:
    ///   - replica: what is here.
    ///   - writing: takes uploads in, into the same store.
    ///   - cache: gives up what comes.
    public init(
        _ replica: Replica, writing: any ObjectWriting, link: RegionLink, store: any EdgeStore, cache: EdgeCache,
        clock: @escaping @Sendable () -> Timestamp
    ) {
        self.replica = replica
        self.writing = writing
        self.link = link
        self.store = store
        self.cache = cache
        self.clock = clock
    }

    // MARK: Reading

    /// Whoever asks for one object is about to ask for what it leads to: that comes along.
    ///
    /// - Throws: ``StorageError/unreachable`` when something is not here and no region can be asked.
    public func plan(_ ids: [ObjectID], in project: ProjectID) async throws -> ReadPlan {
        let use = await self.cache.uses.begin(project)
        self.cache.uses.note(project, at: self.clock())
        var plan = try await self.planHere(ids, in: project)
        let lacking = plan.missing.filter { !self.absences.contains($0, in: project) }
        if !lacking.isEmpty {
            if ids.count == 1, let root = ids.first {
                try await self.bringTree(root, in: project, use)
            } else {
                try await self.bring(lacking, in: project)
            }
            plan = try await self.planHere(ids, in: project)
        }
        plan.hold = ReadHold { [hold = plan.hold] in withExtendedLifetime((use, hold)) {} }
        return plan
    }

    /// Uploads come first: what is not among them any more was moved to the project.
    private func planHere(_ ids: [ObjectID], in project: ProjectID) async throws -> ReadPlan {
        let uploads = try await self.replica.objects.plan(ids, in: project.uploads)
        guard !uploads.missing.isEmpty else { return uploads }
        var plan = try await self.replica.objects.plan(uploads.missing, in: project)
        plan.reads += uploads.reads
        plan.hold = ReadHold { [hold = plan.hold] in withExtendedLifetime((uploads.hold, hold)) {} }
        return plan
    }

    /// What neither the edge nor those who upload to it have; the region is not asked.
    public func missing(from ids: [ObjectID], in project: ProjectID) async throws -> [ObjectID] {
        self.cache.uses.note(project, at: self.clock())
        let missing = try await self.replica.objects.missing(from: ids, in: project.uploads)
        return missing.isEmpty ? [] : try await self.replica.objects.missing(from: missing, in: project)
    }

    public func decode(_ block: BlockID) async throws -> DecodedBlock { try await self.replica.objects.decode(block) }

    public func isComplete(_ root: ObjectID, in project: ProjectID) async throws -> Bool {
        try await self.replica.objects.isComplete(root, in: project)
    }

    public func statistics(of project: ProjectID) async throws -> ObjectStatistics {
        try await self.replica.objects.statistics(of: project)
    }

    /// Whether the object and all that its text names is here, among what was read and what was uploaded.
    public func hasTree(_ root: ObjectID, in project: ProjectID) async throws -> Bool {
        let use = await self.cache.uses.begin(project)
        defer { withExtendedLifetime(use) {} }
        if try await self.isComplete(root, in: project) { return true }
        var (reached, open): (Set<ObjectID>, [ObjectID]) = ([root], [root])
        while !open.isEmpty {
            let plan = try await self.planHere(open, in: project)
            guard plan.missing.isEmpty else { return false }
            defer { withExtendedLifetime(plan.hold) {} }
            var below: [ObjectID] = []
            for read in plan.reads {
                let block = try await self.decode(read.block)
                for slot in read.slots {
                    var scanner = ObjectScanner()
                    let facts = try block.text(at: slot).withUnsafeBytes { try scanner.scan($0) }
                    below += facts.references + facts.closure
                }
            }
            open = below.filter { reached.insert($0).inserted }
        }
        return true
    }

    public func ingest(into project: ProjectID) -> any ObjectIngest {
        self.cache.uses.note(project, at: self.clock())
        return self.writing.ingest(into: project.uploads)
    }

    // MARK: Bringing

    private func bring(_ ids: [ObjectID], in project: ProjectID) async throws {
        try await self.turns.take(project) {
            // What came meanwhile need not come again.
            let lacking = try await self.planHere(ids, in: project).missing
            guard !lacking.isEmpty else { return }
            try await self.fetch(project) { try await $0.run(wanted: lacking, on: $1) }
            self.absences.note(try await self.planHere(lacking, in: project).missing, in: project)
        }
    }

    /// Returns once the object is here; what it leads to is then on its way, and whoever asks for that waits for it.
    private func bringTree(_ root: ObjectID, in project: ProjectID, _ use: ProjectUses.Use) async throws {
        let (arrived, arrival) = AsyncThrowingStream.makeStream(of: Void.self)
        Task {
            // What the object leads to is still on its way when whoever asked for it has gone.
            defer { withExtendedLifetime(use) {} }
            do {
                try await self.turns.take(project) { try await self.fetchTree(root, in: project) { arrival.finish() } }
                arrival.finish()
            } catch {
                arrival.finish(throwing: error)
            }
        }
        for try await _ in arrived {}
    }

    private func fetchTree(
        _ root: ObjectID, in project: ProjectID, _ hasRoot: @escaping @Sendable () -> Void
    ) async throws {
        guard try await !self.planHere([root], in: project).missing.isEmpty else { return }
        let held = try await self.heldRoots(of: project)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await self.fetch(project) { try await $0.run(wanted: [root], on: $1) }
                hasRoot()
            }
            group.addTask { try await self.fetch(project) { try await $0.run(below: [root], holding: held, on: $1) } }
            try await group.waitForAll()
        }
        self.absences.note(try await self.planHere([root], in: project).missing, in: project)
        if try await self.replica.objects.isComplete(root, in: project) {
            try self.store.note(root: root, of: project, at: self.clock())
        }
    }

    /// Brings everything that the project has got since the last time.
    func bringWhole(_ project: ProjectID) async throws {
        let use = await self.cache.uses.begin(project)
        defer { withExtendedLifetime(use) {} }
        try await self.fetch(project) { try await $0.run(withoutOperations: true, on: $1) }
    }

    /// Versions that are whole here: what the region sends need not repeat them, and may lean on them.
    private func heldRoots(of project: ProjectID) async throws -> [ObjectID] {
        var held: [ObjectID] = []
        for root in try self.store.roots(of: project, limit: 2 * Limits.edgeHeldRootCount)
        where held.count < Limits.edgeHeldRootCount {
            if try await self.replica.objects.isComplete(root, in: project) { held.append(root) }
        }
        return held
    }

    private func fetch(
        _ project: ProjectID, _ run: (ProjectFetch, SyncConnection) async throws -> ProjectFetch.Report
    ) async throws {
        try await self.link.withStream { region in
            _ = try await run(ProjectFetch(self.replica, project: project, from: region.node), region.connection)
        }
        self.cache.lookSoon()
    }
}

/// Objects that a region was asked for a moment ago and does not have.
private final class Absences: Sendable {
    private struct Key: Hashable {
        var id: ObjectID
        var project: ProjectID
    }

    /// More are not remembered.
    private static let countMax = 65_536

    private let ends = Mutex<[Key: ContinuousClock.Instant]>([:])

    func contains(_ id: ObjectID, in project: ProjectID) -> Bool {
        self.ends.withLock { $0[Key(id: id, project: project)].map { $0 > .now } ?? false }
    }

    func note(_ ids: [ObjectID], in project: ProjectID) {
        guard !ids.isEmpty else { return }
        let now = ContinuousClock.now
        self.ends.withLock { ends in
            if ends.count + ids.count > Self.countMax { ends = ends.filter { $0.value > now } }
            for id in ids.prefix(max(0, Self.countMax - ends.count)) {
                ends[Key(id: id, project: project)] = now + Limits.absenceTime
            }
        }
    }
}
