public import ObjectModel

/// Whole blocks in and out, for sync: what is on disk is what travels. Safe to call concurrently.
public protocol BlockExchange: Sendable {
    /// Where the project's journal stands; `nil` while it has no object.
    func journalHead(of project: ProjectID) async throws -> JournalHead?

    /// The journal from `ordinal` on; `nil` when no extent starts there, so that the caller must start over.
    func journal(of project: ProjectID, from ordinal: UInt64) async throws -> JournalSlice?

    /// The extents that begin within `ordinals`; the slice's counts are theirs.
    func journal(of project: ProjectID, within ordinals: Range<UInt64>) async throws -> JournalSlice

    /// What is left of `slice` for a reader that holds some of it. Parts that are held as a whole are gone.
    func parts(
        of slice: JournalSlice, in project: ProjectID, without held: HeldObjects
    ) async throws -> [JournalPart]

    /// Where the roots and all that they lead to stand in the journal, in its order, without what a reader holds. A root of
    /// which anything is missing comes by itself.
    func parts(
        below roots: [ObjectID], in project: ProjectID, without held: HeldObjects
    ) async throws -> [JournalPart]

    /// The roots and all that they lead to; a root of which anything is missing counts for nothing.
    func ids(below roots: [ObjectID], in project: ProjectID) async throws -> Set<ObjectID>

    /// Where these objects are stored, in storage order; absent ids are left out.
    func selections(of ids: [ObjectID], in project: ProjectID) async throws -> [BlockSelection]

    /// The ids of the selected objects, in the order of their slots.
    func ids(of selection: BlockSelection) async throws -> [ObjectID]

    /// Of all texts of a block.
    func rawByteCount(of block: BlockID) async throws -> Int

    /// The encoded block of one selection: the stored bytes where it is all of the block, else a new block of just its
    /// objects.
    func encodedBlock(of selection: BlockSelection) async throws -> [UInt8]

    /// Checks an encoded block against its own digest and reads what storing it needs. Costs CPU, touches no store.
    func verify(_ encoded: [UInt8], policy: BlockPolicy) async throws -> VerifiedBlock

    /// Starts taking blocks in. Nothing becomes visible or durable before ``BlockBatch/commit(joining:)``.
    func receive(into project: ProjectID) -> any BlockReceiver
}

/// Blocks that say only what is new about their objects (Spec §12.8). They are made for the wire and never stored.
public protocol DeltaCoding: Sendable {
    /// Encodes the texts of `objects`, one after the other in `texts`, against `prefix`. Costs CPU, touches no store.
    func encodeDelta(_ objects: DeltaDirectory, texts: [UInt8], prefix: [UInt8]) async throws -> [UInt8]

    /// Rebuilds the objects of a delta block, checks them as ``BlockExchange/verify(_:policy:)`` does and makes the block
    /// that is stored. Costs CPU, touches no store.
    func decodeDelta(_ encoded: [UInt8], prefix: [UInt8], policy: BlockPolicy) async throws -> VerifiedBlock
}

/// One delivery in progress. Belongs to one caller.
public protocol BlockReceiver {
    /// Appends a verified block. Objects that the project has already are dropped.
    mutating func append(_ block: VerifiedBlock) async throws

    /// What was appended since the last batch. More may be appended while the batch is committed; the next batch is
    /// taken after that.
    mutating func takeBatch() -> any BlockBatch
}

/// Blocks that are appended, but neither durable nor visible.
public protocol BlockBatch: Sendable {
    /// Makes the blocks durable and present, in one transaction with the writes of `joining`.
    func commit(joining: (@Sendable (any MetadataWriting) throws -> Void)?) async throws -> IngestSummary
}

/// How much a receiver takes a sender's word for.
public enum BlockPolicy: Sendable {
    /// Digest, ids and references are checked; the texts were scanned by a node that we trust to.
    case fromNode
    /// Every text is scanned in full, as if it had come over HTTP.
    case fromClient
}

/// A part of a project's journal.
public struct JournalSlice: Equatable, Sendable {
    public var head: JournalHead
    public var extents: [Extent]
    public var objectCount: Int
    public var rawByteCount: Int64
    public var encodedByteCount: Int64

    public init(
        head: JournalHead, extents: [Extent], objectCount: Int, rawByteCount: Int64, encodedByteCount: Int64
    ) {
        self.head = head
        self.extents = extents
        self.objectCount = objectCount
        self.rawByteCount = rawByteCount
        self.encodedByteCount = encodedByteCount
    }
}

/// What a reader says that it holds of a project.
public struct HeldObjects: Equatable, Sendable {
    /// With all that they lead to.
    public var roots: [ObjectID]
    /// Of the project's journal.
    public var ordinals: OrdinalSet

    public init(roots: [ObjectID] = [], ordinals: OrdinalSet = OrdinalSet()) {
        self.roots = roots
        self.ordinals = ordinals
    }

    public var isEmpty: Bool { self.roots.isEmpty && self.ordinals.isEmpty }
}

/// Consecutive entries of a journal, or some of them.
public struct JournalPart: Equatable, Sendable {
    public var selection: BlockSelection
    /// Where a reader stands once it has the part and all before it.
    public var nextOrdinal: UInt64

    public init(selection: BlockSelection, nextOrdinal: UInt64) {
        self.selection = selection
        self.nextOrdinal = nextOrdinal
    }

    public init(_ extent: Extent) {
        self.init(
            selection: BlockSelection(block: extent.block, slots: extent.slots, objectCount: extent.objectCount),
            nextOrdinal: extent.firstOrdinal + UInt64(extent.objectCount))
    }
}

/// Some objects of one stored block.
public struct BlockSelection: Equatable, Sendable {
    public var block: BlockID
    public var slots: SlotSet
    public var objectCount: UInt32

    public init(block: BlockID, slots: SlotSet, objectCount: UInt32) {
        self.block = block
        self.slots = slots
        self.objectCount = objectCount
    }
}

/// A block whose content matches its digest, with what storing it needs.
public struct VerifiedBlock: Sendable {
    public var encoded: [UInt8]
    public var ids: [ObjectID]
    public var hashes: [ContentHash]
    public var rawByteCount: Int
    /// `count + 1` offsets into `references`: those of object `i` are `referenceOffsets[i]..<referenceOffsets[i + 1]`.
    public var referenceOffsets: [Int]
    public var references: [ObjectID]

    public init(
        encoded: [UInt8], ids: [ObjectID], hashes: [ContentHash], rawByteCount: Int, referenceOffsets: [Int],
        references: [ObjectID]
    ) {
        self.encoded = encoded
        self.ids = ids
        self.hashes = hashes
        self.rawByteCount = rawByteCount
        self.referenceOffsets = referenceOffsets
        self.references = references
    }
}
