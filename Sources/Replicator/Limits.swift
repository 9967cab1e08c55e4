/// Every number that bounds what one transfer holds or does.
enum Limits {
    /// Blocks that are verified at a time. More than processors only costs memory.
    static let verifyingCountMax = 3
    /// Encoded bytes after which a batch is made durable, or as soon as the one before it is.
    static let batchByteCountTarget = 2 << 20
    /// Encoded bytes of whole blocks that wait in any way, for verification or for durability. Below half of the stream's
    /// credit: a peer without credit waits for us, so we must not wait for it (Spec §4.4, `CREDIT-6`).
    static let heldByteCountMax = 12 << 20
    /// Operations that are read from a log at a time.
    static let operationPageCount = 512
    /// Windows of a push that wait for their answer.
    static let openWindowCountMax = 2
    /// Files that are sent or fetched at a time on one connection. Below the streams that every peer takes.
    static let fileCountMax = 4
    /// Answers that hold much of a project in memory and that are made at a time: deltas and sketches. Without room,
    /// stored blocks are sent, and a sketch is answered with a retryable error.
    static let largeAnswerCountMax = 2
    /// New objects of an answer above which nobody looks for predecessors: the search reads all of them.
    static let deltaObjectCountMax = 20_000
    /// Texts of new objects and of their predecessors that are held while an answer is sent, in bytes.
    static let deltaByteCountMax = 64 << 20
    /// Deltas that are kept for the next reader, in bytes.
    static let deltaCacheByteCountMax = 16 << 20
    /// Blocks that are decoded at a time to read predecessors.
    static let deltaReadCountMax = 4
    /// Longer predecessors are not leaned on. A block leans on at most ``deltaByteCountMax`` and one of these.
    static let deltaBaseByteCountMax = 48 << 20
    /// Texts after which a delta block is full, in bytes.
    static let deltaBlockByteCountTarget = 1 << 20
}
