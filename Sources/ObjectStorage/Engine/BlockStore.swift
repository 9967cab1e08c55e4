public import Foundation
import ObjectModel
public import Storage
import Synchronization

/// The object store: blocks in segments, a manifest of what each project has, and a derived index in between.
///
/// Content is stored once per node and shared between projects that uploaded the same object; a project sees only what
/// came in through it. Objects are never changed and never replaced: the first content under an id stays.
///
/// A commit writes in this order: blocks into segments, fsync, the manifest's transaction, then the index. A crash
/// between any two of these leaves the state before or after, never one in between: bytes that no manifest row names
/// are dropped when the store opens, and the index is completed from the segments. Compaction copies blocks within
/// segments and moves their rows as a commit does, and only then removes what they were copied from.
public final class BlockStore: Sendable {
    /// What changes between reads; every change replaces it as a whole under the lock.
    struct State {
        var index: ObjectIndex
        var blocks: BlockTable
        var memberships: [ProjectID: ProjectMembership] = [:]
        /// Stay in memory: their manifest rows are ahead of `blocks` between the transaction and the end of the commit.
        var committing: Set<ProjectID> = []
    }

    /// Projects whose membership is kept in memory; the others are read again when they are asked for.
    private static let cachedProjectCountMax = 512
    /// Ids that are looked up under one hold of the lock.
    private static let lookupBatchCount = 512

    let segments: any SegmentStore
    let manifest: any BlockManifest
    let settings: BlockSettings
    let reading: BlockingQueue
    let completeRoots = CompleteRoots()
    let holds = StoreHolds()
    let isCompacting = Mutex(false)
    let committing: BlockingQueue
    let state: Mutex<State>

    /// Opens the store and completes what a crash may have cut short. Blocks the calling thread.
    ///
    /// - Parameter indexDirectory: where index runs are kept; `nil` keeps the index in memory.
    public init(
        segments: any SegmentStore, manifest: any BlockManifest, indexDirectory: URL?, settings: BlockSettings = .init()
    ) throws {
        self.segments = segments
        self.manifest = manifest
        self.settings = settings
        self.reading = BlockingQueue(label: "tiebeam.blocks.read", isConcurrent: true)
        self.committing = BlockingQueue(label: "tiebeam.blocks.commit", isConcurrent: false)
        let blocks = try manifest.blocks(after: nil)
        try segments.discardUncommitted(ends: Self.ends(of: blocks))
        let table = BlockTable(blocks, last: try manifest.lastBlockNumber())
        var index = try ObjectIndex(directory: indexDirectory, lastBlock: table.last)
        var number = index.lastIndexedBlock
        while number < table.last {
            number += 1
            // The index knows of each number, also of those whose blocks are gone.
            index.insert(try table[number].map { try BlockTrailer.ids(of: $0, in: segments) } ?? [], of: number)
            try index.flushIfFull { table[$0] != nil }
        }
        self.state = Mutex(State(index: index, blocks: table))
    }

    private static func ends(of blocks: [BlockRecord]) -> [UInt32: UInt64] {
        var ends: [UInt32: UInt64] = [:]
        for block in blocks {
            ends[block.location.segment] = max(ends[block.location.segment] ?? 0, BlockTrailer.end(of: block))
        }
        return ends
    }

    /// Runs `body` with the state as it is now, the project's membership loaded.
    func withState<Result: Sendable>(
        of project: ProjectID, _ body: (borrowing State, ProjectMembership) throws -> Result
    ) throws -> Result {
        while true {
            let result: Result? = try self.state.withLock { state in
                guard let membership = state.memberships[project] else { return nil }
                return try body(state, membership)
            }
            if let result { return result }
            try self.load(project)
        }
    }

    func record(of block: BlockID) throws -> BlockRecord {
        try self.state.withLock { state in
            if let record = state.blocks[block.rawValue] { return record }
            guard block.rawValue >= 1, block.rawValue <= state.blocks.last else {
                throw StorageError.corrupt("block \(block.rawValue) is not in the manifest")
            }
            throw StorageError.io("block \(block.rawValue) was given up meanwhile")
        }
    }

    /// Runs `body` with where the block is; once more when it was moved meanwhile.
    func withRecord<Result>(of block: BlockID, _ body: (BlockRecord) throws -> Result) throws -> Result {
        var record = try self.record(of: block)
        while true {
            do {
                return try body(record)
            } catch {
                let now = try self.record(of: block)
                guard now != record else { throw error }
                record = now
            }
        }
    }

    func allBlocks() -> [BlockRecord] { self.state.withLock { $0.blocks.all } }

    private func load(_ project: ProjectID) throws {
        // Read under the lock: a commit that comes in between would be lost otherwise.
        try self.state.withLock { state in
            guard state.memberships[project] == nil else { return }
            if state.memberships.count >= Self.cachedProjectCountMax {
                state.memberships = state.memberships.filter { state.committing.contains($0.key) }
            }
            state.memberships[project] = try self.readMembership(of: project)
        }
    }

    private func readMembership(of project: ProjectID) throws -> ProjectMembership {
        let head =
            try self.manifest.journal(of: project)
            ?? JournalHead(epoch: UInt64.random(in: 1 ... .max), nextOrdinal: 0)
        return ProjectMembership(
            head: head, extents: try self.manifest.extents(of: project),
            waiting: WaitingGraph(try self.manifest.waiting(in: project)))
    }

    /// The location of each id within the project, in the order of `ids`.
    ///
    /// - Parameter hold: keeps their blocks.
    func locate(
        _ ids: [ObjectID], in project: ProjectID, _ hold: StoreHolds.Hold? = nil
    ) throws -> [ObjectLocation?] {
        var locations: [ObjectLocation?] = []
        locations.reserveCapacity(ids.count)
        for start in stride(from: 0, to: ids.count, by: Self.lookupBatchCount) {
            let part = Array(ids[start..<min(start + Self.lookupBatchCount, ids.count)])
            locations += try self.withState(of: project) { state, membership in
                let slots = membership.slots
                let found = state.index.first(of: part) { slots.contains($0) }
                if let hold { for case let location? in found { hold.keep(location.block) } }
                return found
            }
        }
        return locations
    }

    /// Makes one session's blocks durable and present.
    func commit(
        _ request: CommitRequest, joining: (@Sendable (any MetadataWriting) throws -> Void)?
    ) async throws -> IngestSummary {
        try await self.committing.run {
            if !request.blocks.isEmpty { try self.segments.synchronize() }
            self.settings.boundary(.segmentsDurable)
            let (outcome, summary) = try self.plan(request)
            try self.apply(outcome, joining: joining)
            return summary
        }
    }

    /// Writes what was planned, and makes it visible. Runs on the queue of commits.
    func apply(_ outcome: CommitOutcome, joining: (@Sendable (any MetadataWriting) throws -> Void)?) throws {
        let projects = Set(outcome.batch.projects.keys).union(outcome.batch.emptied.keys)
        self.state.withLock { $0.committing = projects }
        defer { self.state.withLock { $0.committing = [] } }
        try self.manifest.commit(outcome.batch, joining: joining)
        self.settings.boundary(.manifestCommitted)
        self.publish(outcome)
    }

    func plan(_ request: CommitRequest) throws -> (CommitOutcome, IngestSummary) {
        var plan = try self.withState(of: request.project) { state, membership in
            CommitPlan(
                index: state.index, memberships: [request.project: membership],
                nextBlock: state.blocks.last + 1)
        }
        let summary = plan.add(request)
        return (plan.finished(), summary)
    }

    private func publish(_ outcome: CommitOutcome) {
        let full: (ObjectIndex, BlockTable)? = self.state.withLock { state in
            state.blocks.append(outcome.batch.blocks)
            for (block, ids) in zip(outcome.batch.blocks, outcome.blockIDs) {
                state.index.insert(ids, of: block.id.rawValue)
            }
            state.memberships.merge(outcome.memberships) { _, new in new }
            for project in outcome.batch.emptied.keys { state.memberships[project] = nil }
            return state.index.isFull ? (state.index, state.blocks) : nil
        }
        // Look-ups go on beside the writing; no other commit changes the index until this one returns. The objects are
        // durable already: an index that cannot be written stays in memory and is tried again.
        if case (var index, let blocks)? = full, (try? index.flushIfFull { blocks[$0] != nil }) != nil {
            self.state.withLock { $0.index = index }
        }
        self.settings.boundary(.indexUpdated)
    }
}

/// How blocks are made, and where tests may cut the power.
public struct BlockSettings: Sendable {
    /// Raw bytes after which a block is full (docs/adr/0001-blocks.md).
    public var rawByteCountTarget: Int
    /// zstd level of blocks.
    public var level: Int32
    /// Called after each step of a commit or a compaction; tests end the process there.
    public var boundary: @Sendable (WriteBoundary) -> Void

    public init(
        rawByteCountTarget: Int = 1 << 20, level: Int32 = 3,
        boundary: @escaping @Sendable (WriteBoundary) -> Void = { _ in }
    ) {
        self.rawByteCountTarget = rawByteCountTarget
        self.level = level
        self.boundary = boundary
    }
}

/// A place between two writes of a commit or a compaction.
public enum WriteBoundary: String, Sendable, CaseIterable {
    case blockAppended
    case segmentsDurable
    case manifestCommitted
    case indexUpdated
    case blocksRemoved
    case blockCopied
    case copiesDurable
    case blocksMoved
    case segmentRemoved
}
