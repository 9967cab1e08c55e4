/// Every number that bounds what one request can make the node hold or do.
enum Limits {
    /// Compressed bytes of one part of an upload.
    static let uploadPartByteCountMax = 100 << 20
    /// The same, decompressed. Objects are stored as they come, so this costs disk and time, not memory.
    static let uploadPartRawByteCountMax = 2 << 30
    /// One object's text.
    static let objectByteCountMax = 100 << 20
    /// Parts of one upload.
    static let uploadPartCountMax = 1000
    /// Head of one part: its headers.
    static let partHeadByteCountMax = 16 << 10
    /// A list of object ids, as JSON or as a form.
    static let idListByteCountMax = 100 << 20
    /// Compressed answers kept on disk. They are made anew when they are asked for again.
    static let gzipCacheByteCountMax = 4 << 30
    static let graphQLByteCountMax = 8 << 20
    /// Objects that come as one file, decompressed.
    static let packRawByteCountMax = 16 << 30
    /// What is said of a bundle's files.
    static let bundleRequestByteCountMax = 1 << 20
    /// For how long a file may be sent by a signed link, and read.
    static let uploadLinkTime = Duration.seconds(24 * 3600)
    static let downloadLinkTime = Duration.seconds(6 * 3600)
    /// While a file comes in, its ingestion counts as heard of so often.
    static let uploadNewsPause = Duration.seconds(30)
    /// What was put aside so long ago and belongs to no ingestion is forgotten.
    static let putAsideTime = Duration.seconds(3600)
    /// Bodies of sign-in and administration.
    static let smallBodyByteCountMax = 256 << 10
    static let passwordByteCountMax = 1024
    /// One message of a WebSocket.
    static let socketMessageByteCountMax = 1 << 20
    /// WebSockets of the node.
    static let socketCountMax = 10_000
    /// Operations that run at a time on one WebSocket.
    static let socketOperationCountMax = 200
    static let socketIDByteCountMax = 256
    /// Responses to a subscription that wait at an edge for its client, and a hundred times that for all of an edge.
    static let waitingResponseCountMax = 256
    /// Subscriptions of one edge.
    static let edgeSubscriptionCountMax = 10_000
    /// People and addresses whose requests are counted by themselves.
    static let rateSourceCountMax = 100_000
    /// People on one list of a search, and addresses that are looked up at a time.
    static let userListCountMax = 100
    static let emailListCountMax = 20
    /// Registered apps on the list of all.
    static let appListCountMax = 500
    static let appSecretDigitCount = 32
    /// Projects that one token may be limited to.
    static let tokenProjectCountMax = 100
    static let identifierByteCountMax = 64
    static let embedResourceByteCountMax = 4096
    /// Tokens whose uses wait to be written.
    static let tokenUseCountMax = 100_000
    /// People who are invited at a time.
    static let inviteBatchCountMax = 200
    /// Children of an object on one page.
    static let childrenPageCountMax = 10_000
    /// Children among which a query may look for some.
    static let searchedChildrenCountMax = 250_000
    /// Paths of one query for children, and names on one of them.
    static let objectPathCountMax = 100
    static let objectPathNameCountMax = 32
    /// As much of a value as children are ordered by, in bytes.
    static let orderedTextByteCountMax = 1024
    /// Texts of objects that one request may have read, decompressed.
    static let objectsReadByteCountMax = 1 << 30
    /// An object's type and its application's id, as JSON; Speckle's server takes 1024 characters.
    static let objectHeadByteCountMax = 8192
    /// Texts of objects in one answer.
    static let objectsAnsweredByteCountMax = 32 << 20
    /// Ids of closures that are kept in memory, at 18 bytes each.
    static let keptClosureIDCountMax = 4_000_000
    /// Objects that one mutation stores.
    static let createdObjectCountMax = 10_000
    /// How deep JSON may nest that is kept as it comes.
    static let jsonDepthMax = 64
    /// The text of a comment, as JSON.
    static let commentDocumentByteCountMax = 64 << 10
    static let commentAttachmentCountMax = 100
    /// Items on one page of comments; more are asked for as often.
    static let commentPageItemCountMax = 100
    /// Threads of a project that are listed without a limit.
    static let commentThreadCountMax = 1000
    /// The picture of one comment, and those of all comments on one list.
    static let screenshotByteCountMax = 4 << 20
    static let screenshotsByteCountMax = 64 << 20
    /// What somebody shows others at once, and how often that may wait for one who watches.
    static let broadcastByteCountMax = 64 << 10
    static let waitingBroadcastCountMax = 256
    /// What one text may name for viewers, and lead to.
    static let viewerPartCountMax = 1000
    static let viewerResourceCountMax = 10_000
    /// Projects that are deleted at a time.
    static let deletionBatchCountMax = 200
    /// Items on one page of a list.
    static let pageItemCountMax = 200
}
