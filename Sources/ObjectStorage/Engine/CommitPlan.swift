import ObjectModel
import Storage

/// A block that is in a segment, but not yet in the manifest.
struct AppendedBlock: Sendable {
    var location: SegmentLocation
    var ids: [ObjectID]
    var rawByteCount: UInt32
    var referenceOffsets: [Int]
    /// Each once per object.
    var references: [ObjectID]
}

/// An object that another project stored before, under the same id and with the same content.
struct SharedObject: Sendable {
    var location: ObjectLocation
    /// Objects in the block as a whole.
    var blockObjectCount: UInt32
    var id: ObjectID
    /// Each once.
    var references: [ObjectID]
}

/// What one session wants to commit.
struct CommitRequest: Sendable {
    var project: ProjectID
    var blocks: [AppendedBlock] = []
    var shared: [SharedObject] = []
    /// If the journal still ends here, nobody else has committed since the objects of `blocks` were looked up: the
    /// project has none of them, and each is there once.
    var lookedUpAt: JournalHead?
    /// Keeps the blocks of `shared`, and the segments of `blocks`.
    let hold: StoreHolds.Hold

    /// Where the journal ends after a commit of this request that found it so.
    var endIfUntouched: JournalHead? {
        self.lookedUpAt.map { head in
            let count = self.blocks.reduce(0) { $0 + UInt64($1.ids.count) }
            return JournalHead(epoch: head.epoch, nextOrdinal: head.nextOrdinal + count)
        }
    }
}

/// The state of the store after some requests, worked out before anything is written.
///
/// Works on copies: when the manifest refuses the batch, the store's state has not changed.
struct CommitPlan {
    private var blocks: [BlockRecord] = []
    private var blockIDs: [[ObjectID]] = []
    private let index: ObjectIndex
    private var nextBlock: UInt32
    private var projects: [ProjectID: ProjectWork]

    /// - Parameters:
    ///   - memberships: of all projects that the requests name.
    ///   - nextBlock: the id that the first new block gets.
    init(index: ObjectIndex, memberships: [ProjectID: ProjectMembership], nextBlock: UInt32) {
        self.index = index
        self.projects = memberships.mapValues { ProjectWork($0) }
        self.nextBlock = nextBlock
    }

    mutating func add(_ request: CommitRequest) -> IngestSummary {
        guard var work = self.projects.removeValue(forKey: request.project) else {
            preconditionFailure("the plan was made for the projects of its requests")
        }
        var summary = IngestSummary(addedCount: 0, skippedCount: 0)
        let areAllNew = work.membership.head == request.lookedUpAt
        for block in request.blocks {
            let id = BlockID(rawValue: self.nextBlock)
            self.nextBlock += 1
            self.blocks.append(
                BlockRecord(
                    id: id, location: block.location, objectCount: UInt32(block.ids.count),
                    rawByteCount: block.rawByteCount))
            self.blockIDs.append(block.ids)
            let addedCount = work.store(block, as: id, index: self.index, areAllNew: areAllNew)
            summary.addedCount += addedCount
            summary.skippedCount += block.ids.count - addedCount
        }
        let sharedCount = work.share(request.shared, index: self.index)
        summary.addedCount += sharedCount
        summary.skippedCount += request.shared.count - sharedCount
        self.projects[request.project] = work
        return summary
    }

    /// What to write, and the state afterwards.
    consuming func finished() -> CommitOutcome {
        CommitOutcome(
            batch: ManifestBatch(blocks: self.blocks, projects: self.projects.mapValues(\.change)),
            blockIDs: self.blockIDs,
            memberships: self.projects.mapValues(\.membership))
    }
}

/// The result of a commit plan. It does not hold the old index, so that publishing does not copy it.
struct CommitOutcome {
    var batch: ManifestBatch
    /// Ids of the new blocks' objects, in the order of `batch.blocks`.
    var blockIDs: [[ObjectID]]
    var memberships: [ProjectID: ProjectMembership]
}

/// One project's share of a commit plan.
private struct ProjectWork {
    private(set) var membership: ProjectMembership
    /// Objects of this plan, which the index does not have yet.
    private var added = ObjectIDTable()
    private var extents: [Extent] = []
    /// New rows that still hold: for each missing object, who waits for it.
    private var startedWaiting: [ObjectID: [ObjectID]] = [:]
    private var resolved: [ObjectID] = []

    init(_ membership: ProjectMembership) {
        self.membership = membership
    }

    var change: ManifestBatch.ProjectChange {
        ManifestBatch.ProjectChange(
            head: self.membership.head,
            extents: self.extents,
            startedWaiting: self.startedWaiting.flatMap { missing, waiters in
                waiters.map { WaitingObject(waiter: $0, missing: missing) }
            },
            completed: self.resolved)
    }

    /// Takes in the objects of a new block; returns how many the project did not have.
    ///
    /// - Parameter areAllNew: the project has none of them, and each stands there once.
    mutating func store(_ block: AppendedBlock, as id: BlockID, index: ObjectIndex, areAllNew: Bool) -> Int {
        var slots: [UInt32] = []
        slots.reserveCapacity(block.ids.count)
        for (slot, object) in block.ids.enumerated() where areAllNew || !self.has(object, index) {
            let references = block.references[block.referenceOffsets[slot]..<block.referenceOffsets[slot + 1]]
            self.store(object, at: ObjectLocation(block: id.rawValue, slot: UInt32(slot)), references, index)
            slots.append(UInt32(slot))
        }
        self.extend(id, slots: slots, of: UInt32(block.ids.count))
        return slots.count
    }

    /// Takes in objects that are in blocks already; returns how many the project did not have.
    mutating func share(_ objects: [SharedObject], index: ObjectIndex) -> Int {
        var slotsOfBlock: [UInt32: (slots: [UInt32], blockObjectCount: UInt32)] = [:]
        var count = 0
        for object in objects where !self.has(object.id, index) {
            self.store(object.id, at: object.location, object.references[...], index)
            slotsOfBlock[object.location.block, default: ([], object.blockObjectCount)].slots
                .append(object.location.slot)
            count += 1
        }
        for (block, part) in slotsOfBlock.sorted(by: { $0.key < $1.key }) {
            self.extend(BlockID(rawValue: block), slots: part.slots, of: part.blockObjectCount)
        }
        return count
    }

    private mutating func extend(_ block: BlockID, slots: [UInt32], of count: UInt32) {
        guard !slots.isEmpty else { return }
        let extent = Extent(
            firstOrdinal: self.membership.head.nextOrdinal, block: block, slots: SlotSet(slots, of: count),
            objectCount: UInt32(slots.count))
        self.membership.append(extent)
        self.extents.append(extent)
    }

    private mutating func store(
        _ object: ObjectID, at location: ObjectLocation, _ references: ArraySlice<ObjectID>, _ index: ObjectIndex
    ) {
        self.added.insert(object, at: location)
        var missing: [ObjectID] = []
        for reference in references where reference != object {
            if self.membership.waiting.isWaiting(reference) || !self.has(reference, index) { missing.append(reference) }
        }
        let resolved = self.membership.waiting.store(object, missing: missing)
        for reference in missing { self.startedWaiting[reference, default: []].append(object) }
        for reference in resolved { self.startedWaiting[reference] = nil }
        self.resolved.append(contentsOf: resolved)
    }

    private func has(_ id: ObjectID, _ index: ObjectIndex) -> Bool {
        if self.added.contains(id) { return true }
        let slots = self.membership.slots
        return index.first(of: id) { slots.contains($0) } != nil
    }
}
