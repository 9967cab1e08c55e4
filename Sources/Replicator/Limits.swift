/// Every number that bounds what one transfer holds or does.
enum Limits {
    /// Blocks that are verified at a time. More than processors only costs memory.
    static let verifyingCountMax = 3
    /// Encoded bytes that are made durable at a time, while more come in.
    static let uncommittedByteCountMax = 4 << 20
    /// Encoded bytes of whole blocks that wait in any way, for verification or for durability. Below half of the stream's
    /// credit: a peer without credit waits for us, so we must not wait for it (Spec §4.4, `CREDIT-6`).
    static let heldByteCountMax = 12 << 20
    /// Operations that are read from a log at a time.
    static let operationPageCount = 512
    /// Windows of a push that wait for their answer.
    static let openWindowCountMax = 2
}
