/// Every number that bounds what one transfer holds or does.
enum Limits {
    /// Blocks that are verified at a time. More than processors only costs memory.
    static let verifyingCountMax = 3
    /// Encoded bytes after which a batch is made durable, or as soon as the one before it is.
    static let batchByteCountTarget = 2 << 20
    /// Encoded bytes of whole blocks that wait in any way, for verification or for durability. Below half of the stream's
    /// credit: a peer without credit waits for us, so we must not wait for it (Spec §4.4, `CREDIT-6`).
    static let heldByteCountMax = 12 << 20
    /// Encoded bytes that a push gives without asking at most.
    static let unaskedByteCountMax = 8 << 20
    /// Bytes of a block from which on they are kept after a cut.
    static let unfinishedByteCountMin = 1 << 20
    /// Windows of a push that wait for their answer.
    static let openWindowCountMax = 2
    /// Roots whose closures are looked up at a time. Each holds a block.
    static let rootLookUpCountMax = 4
    /// Files that are sent or fetched at a time on one connection. Below the streams that every peer takes.
    static let fileCountMax = 4
    /// Answers that hold much of a project in memory and that are made at a time: deltas and sketches. Without room,
    /// stored blocks are sent, and a sketch is answered with a retryable error.
    static let largeAnswerCountMax = 2
    /// New objects of an answer above which nobody looks for predecessors: the search reads all of them.
    static let deltaObjectCountMax = 20_000
    /// Texts of new objects whose predecessors are searched together, in bytes. A larger block is searched by itself.
    static let deltaSegmentByteCountMax = 32 << 20
    /// Texts of new objects and of their predecessors above which no more predecessors are read, in bytes.
    static let deltaByteCountMax = 64 << 20
    /// Deltas that are kept for the next reader, in bytes.
    static let deltaCacheByteCountMax = 16 << 20
    /// Blocks that are decoded at a time to read predecessors.
    static let deltaReadCountMax = 4
    /// Longer predecessors are not leaned on. A block leans on at most ``deltaByteCountMax`` and one of these.
    static let deltaBaseByteCountMax = 48 << 20
    /// Projects that one region brings at a time on its connection. Below the streams that every peer takes.
    static let regionProjectCountMax = 4
    /// Between two looks at which projects that could not be brought are tried again.
    static let failureLookTime = Duration.milliseconds(500)
    /// The longest pause before another attempt at a region that cannot be reached.
    static let regionPauseMax = Duration.seconds(8)
    /// Streams that an edge has open at its region. One is left for news and one for an answer that goes on for long, and all
    /// are below what every peer takes.
    static let edgeStreamCount = 13
    /// How long an edge remembers that its region does not have an object.
    static let absenceTime = Duration.seconds(5)
    /// Versions that an edge names as held when it brings another one.
    static let edgeHeldRootCount = 8
    /// Versions whose objects a region names as held each time that it asks another one for what is new.
    static let sharedRootCount = 32
    /// How long it may take until a newer roster shows in whom this region follows.
    static let rosterLookTime = Duration.seconds(2)
    /// Between two looks at which logs can be compacted, at most.
    static let compactionPauseMax = Duration.seconds(600)
    /// Logs of which it is written down in one transaction what a region holds.
    static let acknowledgementCountMax = 256
    /// Operations of a snapshot that are put aside in one transaction, in bytes of their frames. Below the least credit of a
    /// stream: a peer without credit waits for us.
    static let arrivedByteCountTarget = 256 << 10
    /// Between two looks at what a region must remove.
    static let purgePause = Duration.seconds(1)
    /// Questions of one look about one project.
    static let purgeRoundCount = 4
    /// Ordinals of a journal that a node may claim to have.
    static let ordinalMax: UInt64 = 1 << 48
    /// Encoded bytes from which on a reader is far enough behind to ask several nodes.
    static let gatherByteCountMin: UInt64 = 2 << 20
    /// Encoded bytes of one part of a gathering, as far as they can be foretold.
    static let partByteCountMax: UInt64 = 2 << 20
    /// Objects of one part: their ids and references are held until the part is stored.
    static let partObjectCountMax = 16_384
    /// How much smaller parts may become towards the end.
    static let partShrinkMax: UInt64 = 16
    /// Parts that one source brings at a time.
    static let partsInFlightCount = 2
    /// Parts for each source that may be ahead of the one to store next.
    static let partsAheadCount = 4
    /// A block of a gathering, in bytes: one for each part in flight is held. Larger ones come by themselves afterwards.
    static let gatheredBlockByteCountMax = 16 << 20
    /// A source is not asked any more when one of so many objects that it brought was here already.
    static let misorderedShare = 4
    /// Between two looks at whether an edge's cache is within its bound, when nothing comes.
    static let cachePause = Duration.seconds(60)
    /// Texts after which a delta block is full, in bytes.
    static let deltaBlockByteCountTarget = 1 << 20
}
