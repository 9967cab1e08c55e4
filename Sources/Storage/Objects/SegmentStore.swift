/// Append-only byte files that hold blocks. Calls block the thread that makes them; safe to call concurrently.
public protocol SegmentStore: Sendable {
    /// Appends `block` and its local trailer. Readable at once, durable after ``synchronize()``.
    func append(_ block: UnsafeRawBufferPointer, trailer: UnsafeRawBufferPointer) throws -> SegmentLocation

    /// Makes everything appended so far durable.
    func synchronize() throws

    /// Reads `byteCount` bytes, `skip` bytes behind the location's start. The trailer follows the block.
    func read(_ location: SegmentLocation, skip: Int, byteCount: Int) throws -> [UInt8]

    /// The segment that takes the next block, unless it is full. Never lower than before while the store is open.
    var current: UInt32 { get }

    /// Lets the next block begin a segment, if there is any block in the current one.
    func startNext()

    /// What each segment takes on the disk, in bytes.
    var byteCounts: [UInt32: UInt64] { get }

    /// Gives up a segment before the current one. Whoever reads it meanwhile gets what was there, or an error.
    func remove(_ segment: UInt32) throws

    /// Drops what lies behind the last committed block of each segment: the remains of a crash.
    ///
    /// Fails with ``StorageError/corrupt(_:)`` when a segment is gone or ends before its last committed block does.
    ///
    /// - Parameter ends: for each segment that holds committed blocks, the end of the last one, trailer included.
    func discardUncommitted(ends: [UInt32: UInt64]) throws
}
