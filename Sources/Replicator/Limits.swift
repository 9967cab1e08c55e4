/// Every number that bounds what one transfer holds or does.
enum Limits {
    /// Blocks that are verified at a time. More than processors only costs memory.
    static let verifyingCountMax = 3
    /// Encoded bytes that are appended before they are made durable. Below the stream's credit, so that the sender
    /// goes on while the disk works.
    static let uncommittedByteCountMax = 8 << 20
    /// Encoded bytes of whole blocks that wait in any way, for verification or for durability. Below half of the stream's
    /// credit: a peer without credit waits for us, so we must not wait for it (Spec §4.4, `CREDIT-6`).
    static let heldByteCountMax = 12 << 20
    /// Operations that are read from a log at a time.
    static let operationPageCount = 512
    /// Windows of a push that wait for their answer.
    static let openWindowCountMax = 2
}
