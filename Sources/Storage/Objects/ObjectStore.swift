public import ObjectModel

/// Which objects a project has. Safe to call concurrently; nothing is told across projects.
public protocol ObjectReading: Sendable {
    /// The members of `ids` that `project` lacks, each once, in the order of `ids`.
    func missing(from ids: [ObjectID], in project: ProjectID) async throws -> [ObjectID]

    /// Finds where the objects are and groups them so that each block is decoded once.
    ///
    /// The reads come in storage order; ids that the project lacks are listed in ``ReadPlan/missing``.
    func plan(_ ids: [ObjectID], in project: ProjectID) async throws -> ReadPlan

    /// Decodes one block. Fails with ``StorageError/corrupt(_:)`` when the bytes on disk do not decode.
    func decode(_ block: BlockID) async throws -> DecodedBlock

    /// Whether `root` and everything that it leads to is present.
    func isComplete(_ root: ObjectID, in project: ProjectID) async throws -> Bool

    func statistics(of project: ProjectID) async throws -> ObjectStatistics
}

/// Takes objects in. Safe to call concurrently; each session belongs to one caller.
public protocol ObjectWriting: Sendable {
    /// Starts an upload. Nothing becomes visible or durable before ``ObjectIngest/commit()``.
    func ingest(into project: ProjectID) -> any ObjectIngest
}

/// One upload in progress. Memory stays within a few blocks: full blocks are compressed and written out as they fill.
public protocol ObjectIngest {
    /// Adds one object whose text has been scanned. The bytes are copied.
    ///
    /// An object that the project has already is skipped: the first content under an id stays.
    mutating func add(_ text: UnsafeRawBufferPointer, _ facts: ObjectFacts) throws

    /// Writes out what is buffered, off the caller's thread. Call it between chunks of input.
    mutating func flush() async throws

    /// Makes everything added so far durable and present, all at once.
    mutating func commit() async throws -> IngestSummary
}

/// Number of a stored block, never given again.
public struct BlockID: RawRepresentable, Hashable, Comparable, Sendable {
    public var rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// What must be read to serve a list of objects.
public struct ReadPlan: Sendable {
    /// Objects of one block, by their slots in ascending order.
    public struct Read: Sendable {
        public var block: BlockID
        public var slots: [UInt32]
        /// The project owns every object of the block and all of them are asked for.
        public var isWholeBlock: Bool

        public init(block: BlockID, slots: [UInt32], isWholeBlock: Bool) {
            self.block = block
            self.slots = slots
            self.isWholeBlock = isWholeBlock
        }
    }

    public var reads: [Read]
    public var missing: [ObjectID]
    /// Keeps the blocks where they are; whoever decodes them keeps this until he is done.
    public var hold: ReadHold?

    public init(reads: [Read], missing: [ObjectID], hold: ReadHold? = nil) {
        self.reads = reads
        self.missing = missing
        self.hold = hold
    }
}

/// What is held is not given up before the last reference to this is gone.
public final class ReadHold: Sendable {
    private let release: @Sendable () -> Void

    /// - Parameter release: called once, at the end.
    public init(_ release: @escaping @Sendable () -> Void) {
        self.release = release
    }

    deinit { self.release() }
}

/// The exact texts of one block's objects.
public struct DecodedBlock: Sendable {
    public var ids: [ObjectID]
    /// All texts, one after the other.
    public var bytes: [UInt8]
    /// `count + 1` offsets into `bytes`; object `i` is `offsets[i]..<offsets[i + 1]`.
    public var offsets: [Int]

    public init(ids: [ObjectID], bytes: [UInt8], offsets: [Int]) {
        self.ids = ids
        self.bytes = bytes
        self.offsets = offsets
    }

    /// The exact text of the object in `slot`.
    public func text(at slot: UInt32) -> ArraySlice<UInt8> {
        self.bytes[self.offsets[Int(slot)]..<self.offsets[Int(slot) + 1]]
    }
}

public struct IngestSummary: Equatable, Sendable {
    /// Objects that the project did not have before.
    public var addedCount: Int
    public var skippedCount: Int

    public init(addedCount: Int, skippedCount: Int) {
        self.addedCount = addedCount
        self.skippedCount = skippedCount
    }
}

public struct ObjectStatistics: Equatable, Sendable {
    public var objectCount: Int
    public var rawByteCount: Int64
    public var storedByteCount: Int64

    public init(objectCount: Int, rawByteCount: Int64, storedByteCount: Int64) {
        self.objectCount = objectCount
        self.rawByteCount = rawByteCount
        self.storedByteCount = storedByteCount
    }
}
