/// The streams of one connection and their windows (Spec §4.3, §4.4). Never iterated in an order that matters.
struct StreamTable {
    /// One stream, from its first frame until its driver lets go of it.
    struct Stream {
        var sendWindow: SendWindow
        var receiveWindow: ReceiveWindow
        var isLocalEnded = false
        var isRemoteEnded = false
        /// Received, but not yet released by the driver, in payload bytes.
        var unreleased = 0
        /// Content that has begun, blocks as a whole, in payload bytes.
        var begun = 0
        /// Content that was released.
        var released = 0
        /// What was granted in advance on the stream's window, and on the connection's.
        var advanced = AdvancedBlocks()
        var advancedOnConnection = AdvancedBlocks()
        /// The block in progress: its length, and in which windows it counts as unfinished.
        var block: (byteCount: Int, inStream: Bool, inConnection: Bool)?

        var isEnded: Bool { self.isLocalEnded && self.isRemoteEnded }
    }

    let parity: UInt32
    private(set) var streams: [UInt32: Stream] = [:]
    private var nextLocalID: UInt32
    /// Highest stream that the peer opened.
    private(set) var lastRemoteID: UInt32 = 0
    private(set) var localCount = 0

    /// - Parameter isDialler: the dialler's streams are odd, the acceptor's even.
    init(isDialler: Bool) {
        self.parity = isDialler ? 1 : 0
        self.nextLocalID = isDialler ? 1 : 2
    }

    subscript(id: UInt32) -> Stream? {
        get { self.streams[id] }
        set { self.streams[id] = newValue }
    }

    func isLocal(_ id: UInt32) -> Bool { id & 1 == self.parity }

    /// Whether the number was opened at some time, by either side.
    func wasOpened(_ id: UInt32) -> Bool {
        self.isLocal(id) ? id != 0 && id < self.nextLocalID : id != 0 && id <= self.lastRemoteID
    }

    /// Streams of the peer that not both sides have ended: what its limit counts (`STREAM-6`).
    ///
    /// One that has ended stays in the table until its driver lets go of it, which the peer cannot know.
    var openRemoteCount: Int { self.streams.count { !self.isLocal($0.key) && !$0.value.isEnded } }

    /// The number of a new stream of this side, or `nil` when the numbers are used up (`STREAM-2`).
    mutating func openLocal(_ stream: Stream) -> UInt32? {
        guard self.nextLocalID <= Limits.streamIDMax else { return nil }
        let id = self.nextLocalID
        self.nextLocalID += 2
        self.localCount += 1
        self.streams[id] = stream
        return id
    }

    mutating func openRemote(_ id: UInt32, _ stream: Stream) {
        self.lastRemoteID = id
        self.streams[id] = stream
    }

    /// Marks a number as used by the peer without keeping the stream: it was refused.
    mutating func refuseRemote(_ id: UInt32) { self.lastRemoteID = id }

    mutating func remove(_ id: UInt32) -> Stream? {
        guard let stream = self.streams.removeValue(forKey: id) else { return nil }
        if self.isLocal(id) { self.localCount -= 1 }
        return stream
    }

    mutating func addCredit(_ byteCount: Int) throws(WireError) {
        for id in self.streams.keys.sorted() { try self.streams[id]?.sendWindow.grant(byteCount) }
    }

    /// Streams of this side above `lastStream`, ascending.
    func localStreams(above lastStream: UInt32) -> [UInt32] {
        self.streams.keys.filter { self.isLocal($0) && $0 > lastStream }.sorted()
    }
}
