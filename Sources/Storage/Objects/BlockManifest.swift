public import ObjectModel

/// The durable record of which blocks exist and which project has what. Calls block the thread that makes them.
///
/// Together with the segments it is all the truth about objects: every index is derived from it.
public protocol BlockManifest: Sendable {
    /// All blocks after `last`, by id.
    func blocks(after last: BlockID?) throws -> [BlockRecord]
    /// The highest number that a block ever had; 0 when there was none. Numbers are never given again.
    func lastBlockNumber() throws -> UInt32
    /// Blocks that no extent names, by id: nobody needs them any more.
    func unusedBlocks() throws -> [BlockID]
    /// `nil` when the project never had an object, or its journal ended.
    func journal(of project: ProjectID) throws -> JournalHead?
    /// Those that have objects, by id.
    func projects() throws -> [ProjectID]
    /// By first ordinal.
    func extents(of project: ProjectID) throws -> [Extent]
    func waiting(in project: ProjectID) throws -> [WaitingObject]
    /// Applies all of `batch` in one transaction, together with the metadata writes of `joining`.
    func commit(_ batch: ManifestBatch, joining: (@Sendable (any MetadataWriting) throws -> Void)?) throws
}

/// Where a block's bytes are.
public struct BlockRecord: Equatable, Sendable {
    public var id: BlockID
    public var location: SegmentLocation
    public var objectCount: UInt32
    public var rawByteCount: UInt32

    public init(id: BlockID, location: SegmentLocation, objectCount: UInt32, rawByteCount: UInt32) {
        self.id = id
        self.location = location
        self.objectCount = objectCount
        self.rawByteCount = rawByteCount
    }
}

/// A range of bytes within a segment. `byteCount` is the encoded block without its local trailer.
public struct SegmentLocation: Equatable, Sendable {
    public var segment: UInt32
    public var offset: UInt64
    public var byteCount: UInt32

    public init(segment: UInt32, offset: UInt64, byteCount: UInt32) {
        self.segment = segment
        self.offset = offset
        self.byteCount = byteCount
    }
}

/// Consecutive entries of one project's journal: objects that came in together, all of one block or some of it.
public struct Extent: Equatable, Sendable {
    public var firstOrdinal: UInt64
    public var block: BlockID
    public var slots: SlotSet
    public var objectCount: UInt32

    public init(firstOrdinal: UInt64, block: BlockID, slots: SlotSet, objectCount: UInt32) {
        self.firstOrdinal = firstOrdinal
        self.block = block
        self.slots = slots
        self.objectCount = objectCount
    }
}

/// Which slots of a block a project has.
public enum SlotSet: Equatable, Sendable {
    case all
    /// Bit `slot & 7` of byte `slot >> 3`.
    case some([UInt8])

    public init(_ slots: [UInt32], of count: UInt32) {
        let bits = Self.bits(of: slots, count: count)
        let filled = bits.reduce(0) { $0 + $1.nonzeroBitCount }
        self = filled == count ? .all : .some(bits)
    }

    /// The bits of `slots`, all below `count`.
    public static func bits(of slots: [UInt32], count: UInt32) -> [UInt8] {
        var bits = [UInt8](repeating: 0, count: Int(count + 7) / 8)
        for slot in slots { bits[Int(slot >> 3)] |= 1 << UInt8(slot & 7) }
        return bits
    }

    public func contains(_ slot: UInt32) -> Bool {
        switch self {
        case .all: true
        case .some(let bits): Int(slot >> 3) < bits.count && bits[Int(slot >> 3)] & (1 << UInt8(slot & 7)) != 0
        }
    }

    /// The slots of both, which are of the same block.
    public func union(_ other: SlotSet) -> SlotSet {
        guard case .some(var union) = self, case .some(let others) = other else { return .all }
        union += repeatElement(0, count: max(0, others.count - union.count))
        for (index, bits) in others.enumerated() { union[index] |= bits }
        return .some(union)
    }
}

/// Where a project's journal stands. Ordinals are dense within one epoch; a rebuilt journal gets a new epoch.
public struct JournalHead: Equatable, Sendable {
    public var epoch: UInt64
    public var nextOrdinal: UInt64

    public init(epoch: UInt64, nextOrdinal: UInt64) {
        self.epoch = epoch
        self.nextOrdinal = nextOrdinal
    }
}

/// An object that is stored, but whose reference `missing` is not yet complete.
public struct WaitingObject: Hashable, Sendable {
    public var waiter: ObjectID
    public var missing: ObjectID

    public init(waiter: ObjectID, missing: ObjectID) {
        self.waiter = waiter
        self.missing = missing
    }
}

/// What one commit changes.
public struct ManifestBatch: Equatable, Sendable {
    public struct ProjectChange: Equatable, Sendable {
        public var head: JournalHead
        public var extents: [Extent]
        public var startedWaiting: [WaitingObject]
        /// Objects that became complete: rows that wait for them go.
        public var completed: [ObjectID]

        public init(
            head: JournalHead, extents: [Extent], startedWaiting: [WaitingObject], completed: [ObjectID]
        ) {
            self.head = head
            self.extents = extents
            self.startedWaiting = startedWaiting
            self.completed = completed
        }
    }

    /// What becomes of the journal of a project that loses all its objects.
    public enum Emptying: Equatable, Sendable {
        /// What comes next begins another journal.
        case journalEnds
        /// What comes next goes on where the journal stands.
        case journalGoesOn
    }

    public var blocks: [BlockRecord]
    public var projects: [ProjectID: ProjectChange]
    /// Projects that lose all their objects. None of them is in `projects`.
    public var emptied: [ProjectID: Emptying]
    /// Blocks that are somewhere else now.
    public var moved: [BlockRecord]
    /// Blocks that are gone. The batch fails when an extent names one.
    public var removed: [BlockID]

    public init(
        blocks: [BlockRecord] = [], projects: [ProjectID: ProjectChange] = [:], emptied: [ProjectID: Emptying] = [:],
        moved: [BlockRecord] = [], removed: [BlockID] = []
    ) {
        self.blocks = blocks
        self.projects = projects
        self.emptied = emptied
        self.moved = moved
        self.removed = removed
    }
}
