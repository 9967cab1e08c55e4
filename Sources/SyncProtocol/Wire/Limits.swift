/// Every number that bounds what a peer can make us hold or do (Spec §15).
public enum Limits {
    /// Payload that every receiver takes, in bytes; also the default when HELLO names no other (`FRAME-4`).
    public static let frameByteCountDefault = 256 << 10
    /// Largest payload that a receiver may announce, in bytes.
    public static let frameByteCountMax = 1 << 20
    /// Payload of one HELLO, in bytes. Small, because the sender is not known yet.
    public static let helloByteCountMax = 4 << 10
    /// Payload of one AUTH, in bytes.
    public static let authByteCountMax = 8 << 10

    /// Credit for one stream when HELLO names no other, and the least that may be named, in bytes.
    ///
    /// Not below ``frameByteCountMax``, so that the largest frame always fits into an unused window.
    public static let streamCreditDefault = 1 << 20
    /// Credit for the connection when HELLO names no other, in bytes.
    public static let connectionCreditDefault = 16 << 20
    /// Credit for the connection that a dialler may spend before it knows its peer's HELLO, and the least that may be
    /// named, in bytes.
    public static let connectionCreditMin = 1 << 20
    /// The most credit that HELLO or one CREDIT may name, in bytes.
    public static let creditMax = 1 << 30
    /// The most credit that a sender may hold at a time, in bytes; more is an error of the receiver.
    public static let creditHeldMax = 1 << 40
    /// Payload of one OPS or OFFER, in bytes, whatever frames the receiver takes.
    ///
    /// A quarter of the least stream credit, so that such a frame never waits for credit that cannot come (Spec §4.4).
    public static let bulkFrameByteCountMax = 256 << 10
    /// Streams that one side may have open at a time when HELLO names no other.
    public static let streamCountDefault = 16
    public static let streamCountMax = 1024
    /// Largest stream number; after it a new connection is needed.
    public static let streamIDMax: UInt32 = 0xFF_FFFF

    /// Identifiers of projects and people, in bytes of `[A-Za-z0-9_-]`.
    public static let identifierByteCountMax = 64
    /// Bearer token, in bytes of visible ASCII.
    public static let tokenByteCountMax = 2048
    /// Text that explains an error or names an address, in bytes of UTF-8.
    public static let textByteCountMax = 256
    /// Origins in one list of operation marks.
    public static let markCountMax = 1024
    /// Capabilities in one HELLO.
    public static let capabilityCountMax = 64

    /// One block on the wire, header included: all that the format allows (Spec §12.7), in bytes.
    public static let blockByteCountMax = 56 + (24 << 20) + (129 << 20) + 512

    /// Objects that one FETCH asks for by id; they fit into a frame of the default limit.
    public static let wantedCountMax = 16_000
    /// Roots that one FETCH names as held.
    public static let rootCountMax = 64
    /// Ordinals of one range of a journal.
    public static let rangeOrdinalCountMax: UInt64 = 1 << 24
    /// Objects in one window of an offer; they fit into ``bulkFrameByteCountMax``.
    public static let offerWindowCountMax = 16_000
    /// Objects in one push. A larger set is pushed in parts; only the last part carries intents.
    public static let pushObjectCountMax = 1 << 24
    /// Intents in one COMMIT, and answers in one RESULT.
    public static let intentCountMax = 256
    /// Missing objects that one RESULT names; more are found by pushing again.
    public static let missingCountMax = 4_096
    /// Operations in one OPS frame.
    public static let operationCountMax = 4_096
    /// Sequence up to which operations may be left out of a snapshot.
    public static let sequenceMax: UInt64 = 1 << 62
    /// Body of one operation, in bytes. One operation always fits into a frame of the default limit.
    public static let operationBodyByteCountMax = 255 << 10

    /// Objects of a set that is reconciled; counts of cells fit 32 bits with their sign.
    public static let sketchObjectCountMax = 0x7FFF_FFFF
    /// Cells of one sketch, all messages together.
    public static let sketchCellCountMax = 1 << 22
    /// Cells in one SKETCH; they fit into a frame of the default limit.
    public static let sketchMessageCellCountMax = 15_000
    /// Objects that one MORE names, and that one IDS holds; they fit into a frame of the default limit.
    public static let namedCountMax = 16_000

    /// Projects that one CHANGED names.
    public static let changedProjectCountMax = 1_024

    /// Document of one roster, in bytes; with its signature it fits into a frame of the default limit.
    public static let rosterByteCountMax = 255 << 10
    /// Nodes of one roster.
    public static let rosterNodeCountMax = 256
    /// Addresses of one node of a roster.
    public static let rosterAddressCountMax = 8
    /// Projects that one node of a roster may read by name.
    public static let rosterProjectCountMax = 1_024

    /// Payload of one CALL or ANSWER, in bytes.
    public static let callByteCountMax = 128 << 10
    /// Method of a request, in bytes.
    public static let methodByteCountMax = 16
    /// Path and query of a request, in bytes.
    public static let targetByteCountMax = 8 << 10
    /// Headers of one CALL or ANSWER.
    public static let headerCountMax = 128
    /// Name of one header, in bytes.
    public static let headerNameByteCountMax = 256
    /// Value of one header, in bytes.
    public static let headerValueByteCountMax = 16 << 10

    /// Document of one lease, in bytes.
    public static let leaseByteCountMax = 1 << 10
    /// Public key of the region that signed a lease, in bytes.
    public static let leaseKeyByteCountMax = 256
    /// A lease with its signature and key, encoded, in bytes.
    public static let signedLeaseByteCountMax = 2 << 10
    /// How long a lease may hold: 30 days.
    public static let leaseSecondsMax: UInt64 = 2_592_000
}
