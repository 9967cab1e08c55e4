public import ObjectModel

/// What an edge keeps beside objects. Durable; calls block the thread that makes them.
public protocol EdgeStore: Sendable {
    func lease(_ key: LeaseKey) throws -> KeptLease?
    func put(_ lease: KeptLease, at key: LeaseKey) throws
    func removeLease(at key: LeaseKey) throws

    /// Objects that were brought with all below them, the last ones first.
    func roots(of project: ProjectID, limit: Int) throws -> [ObjectID]
    /// `root` was brought now, with all below.
    func note(root: ObjectID, of project: ProjectID, at time: Timestamp) throws

    /// When objects of projects were asked for or given last, as far as it was noted.
    func lastUses() throws -> [ProjectID: Timestamp]
    /// Notes later uses of these projects.
    func note(lastUses: [ProjectID: Timestamp]) throws
    /// The project was given up: forgets when it was used, and what was brought of it.
    func forget(_ project: ProjectID) throws

    /// - Precondition: the outbox has no such version.
    func append(_ entry: OutboxEntry) throws
    /// Oldest first.
    func outbox() throws -> [OutboxEntry]
    func removeFromOutbox(_ version: VersionID) throws
    /// - Parameter problem: `nil` lets the entry wait again.
    func note(problem: String?, of version: VersionID) throws

    /// The last moment, by its clock, at which the region was heard, as far as it was noted.
    func heard() throws -> Timestamp?
    func note(heard time: Timestamp) throws

    func answer(to key: AnswerKey) throws -> KeptAnswer?
    /// Keeps an answer in place of the one before; the oldest ones go when there are too many.
    func put(_ answer: KeptAnswer, at key: AnswerKey) throws
}

/// Which versions an edge can bring to its region.
public protocol EdgeObjectTrees: Sendable {
    /// Whether the object and all that it leads to is here.
    func hasTree(_ root: ObjectID, in project: ProjectID) async throws -> Bool
}

/// Whose lease of what.
public struct LeaseKey: Hashable, Sendable {
    /// SHA-256 of the token's text; `nil` is everybody's.
    public var tokenDigest: ContentHash?
    public var project: ProjectID

    public init(tokenDigest: ContentHash?, project: ProjectID) {
        self.tokenDigest = tokenDigest
        self.project = project
    }
}

/// A lease as it was signed, and when it was asked for.
public struct KeptLease: Equatable, Sendable {
    /// With its signature and key, as it travels.
    public var signed: [UInt8]
    public var askedAt: UptimeReading

    public init(signed: [UInt8], askedAt: UptimeReading) {
        self.signed = signed
        self.askedAt = askedAt
    }
}

/// A moment on the machine's clocks.
public struct UptimeReading: Equatable, Sendable {
    /// Names the start of the machine.
    public var boot: String
    /// Since that start, in milliseconds. Nobody sets it.
    public var uptime: Int64
    /// The time of day, which anybody may set.
    public var time: Timestamp

    public init(boot: String, uptime: Int64, time: Timestamp) {
        self.boot = boot
        self.uptime = uptime
        self.time = time
    }

    /// Milliseconds from `earlier` on: across a start of the machine by the time of day, and `nil` where that went back.
    public func milliseconds(since earlier: UptimeReading) -> Int64? {
        let passed =
            self.boot == earlier.boot
            ? self.uptime - earlier.uptime
            : self.time.millisecondsSinceEpoch - earlier.time.millisecondsSinceEpoch
        return passed >= 0 ? passed : nil
    }
}

/// Which request of whom.
public struct AnswerKey: Hashable, Sendable {
    /// SHA-256 of the token's text; `nil` is everybody's.
    public var tokenDigest: ContentHash?
    /// SHA-256 of method, target and body.
    public var request: ContentHash

    public init(tokenDigest: ContentHash?, request: ContentHash) {
        self.tokenDigest = tokenDigest
        self.request = request
    }
}

/// What a region answered, for when it cannot be asked.
public struct KeptAnswer: Equatable, Sendable {
    public var contentType: String
    public var body: [UInt8]
    public var time: Timestamp

    public init(contentType: String, body: [UInt8], time: Timestamp) {
        self.contentType = contentType
        self.body = body
        self.time = time
    }
}
