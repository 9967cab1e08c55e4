import ObjectModel
public import Storage

/// What this node keeps of its projects, as the replicator needs it. A node has one: its copies share what was heard of other
/// nodes.
public struct Replica: Sendable {
    public let metadata: any MetadataStore
    public let blocks: any BlockExchange
    public let deltas: any DeltaCoding
    public let objects: any ObjectReading
    public let blobs: any BlobStore
    public let unfinished: any UnfinishedBlocks
    /// Hears of what the replicator stores, and tells watchers of what others do.
    public let changes: ProjectChanges
    /// What other regions say that they hold.
    let acknowledgements = Acknowledgements()
    let logAccess = LogAccess()

    public init(
        metadata: any MetadataStore, blocks: any BlockExchange & DeltaCoding, objects: any ObjectReading,
        blobs: any BlobStore, unfinished: any UnfinishedBlocks, changes: ProjectChanges
    ) {
        self.metadata = metadata
        self.blocks = blocks
        self.deltas = blocks
        self.objects = objects
        self.blobs = blobs
        self.unfinished = unfinished
        self.changes = changes
    }
}

extension UnfinishedBlocks {
    /// Keeps what a cut left of a block, when it is worth it.
    func keep(remains beginning: [UInt8]?, of project: ProjectID, from peer: String) async throws {
        guard let beginning, beginning.count >= Limits.unfinishedByteCountMin else { return }
        try await self.keep(beginning, of: project, from: peer)
    }
}

/// How much of a transfer is done.
public struct TransferProgress: Equatable, Sendable {
    public var objectCount = 0
    /// What the sender announced; 0 until it did.
    public var objectCountTotal = 0
    /// Encoded, in bytes.
    public var byteCount = 0
    public var byteCountTotal = 0
    /// Of files, in bytes.
    public var fileByteCount = 0
    /// Of the files that are known to come; 0 until there are some.
    public var fileByteCountTotal = 0
    /// Nodes that bring it.
    public var sourceCount = 1

    public init() {}
}
