public import ObjectModel

/// Gives up objects, and the room that they take. Safe to call concurrently with everything else.
public protocol ObjectReclaiming: Sendable {
    /// What the segments take on the disk, in bytes.
    var storedByteCount: UInt64 { get }

    /// Those that have objects, by id.
    func projects() async throws -> [ProjectID]

    /// Takes all objects from a project, in one transaction with the writes of `joining`. Whoever reads them goes on; their
    /// room is free after ``compactSegments()``.
    func removeAll(
        of project: ProjectID, joining: (@Sendable (any MetadataWriting) throws -> Void)?
    ) async throws

    /// Gives `target` what `source` has, and takes it from there. The journal of `source` goes on where it stands.
    ///
    /// Holds an entry in memory for each object.
    ///
    /// - Parameter head: where the journal of `source` stands; if it stands elsewhere, nothing is done.
    /// - Returns: whether it was done.
    func moveAll(of source: ProjectID, at head: JournalHead, to target: ProjectID) async throws -> Bool

    /// Frees the room of blocks that nobody needs: deletes segments without any other, and writes segments anew of which
    /// they are a quarter or more. A block is held in memory at a time. While one is under way another does nothing.
    func compactSegments() async throws -> SegmentCompactionSummary
}

/// What a compaction of segments did.
public struct SegmentCompactionSummary: Equatable, Sendable {
    public var removedBlockCount = 0
    public var removedSegmentCount = 0
    /// What was written anew, in bytes.
    public var copiedByteCount: UInt64 = 0

    public init() {}
}
