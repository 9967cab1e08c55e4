public import ObjectModel

/// A project that this node copies from another one. It cannot be written here.
public struct Mirror: Equatable, Sendable {
    public var project: ProjectID
    /// Where the source is; `nil` when the roster says it.
    public var sourceAddress: NodeAddress?
    /// The node that must answer there.
    public var sourceNode: NodeID
    /// The bearer token for the source, never shown; `nil` when this node proves itself by its certificate.
    public var sourceToken: String?
    /// Epoch of the source's journal; 0 before the first answer.
    public var epoch: UInt64
    /// The source's journal is here up to this ordinal.
    public var nextOrdinal: UInt64
    /// Up to this ordinal a journal was gathered from several nodes at once; 0 when none is being gathered. Nothing proves
    /// that it is held: no cursor may be made of it.
    public var gatheredEnd: UInt64
    public var createdAt: Timestamp

    public init(
        project: ProjectID, sourceAddress: NodeAddress?, sourceNode: NodeID, sourceToken: String?, epoch: UInt64 = 0,
        nextOrdinal: UInt64 = 0, gatheredEnd: UInt64 = 0, createdAt: Timestamp
    ) {
        self.project = project
        self.sourceAddress = sourceAddress
        self.sourceNode = sourceNode
        self.sourceToken = sourceToken
        self.epoch = epoch
        self.nextOrdinal = nextOrdinal
        self.gatheredEnd = gatheredEnd
        self.createdAt = createdAt
    }
}

/// What this node mirrors, and whom it lets read that. Local to the node: never in a log.
public protocol MirrorReading {
    func mirror(of project: ProjectID) throws -> Mirror?
    /// By project.
    func mirrors() throws -> [Mirror]
    /// Further sources of a mirrored project, in the order in which they were added.
    func mirrorSources(of project: ProjectID) throws -> [MirrorSource]
    /// What was pushed from `source` to `target` at `node` the last time.
    func pushMark(of source: ProjectID, to target: ProjectID, at node: NodeID) throws -> PushMark?
    /// How much of a project is here of what another region has.
    func peerCursor(of node: NodeID, in project: ProjectID) throws -> PeerCursor?
}

/// How much of a project's journal at another region is here. Local to the node: never in a log.
public struct PeerCursor: Equatable, Sendable {
    public var project: ProjectID
    public var node: NodeID
    public var epoch: UInt64
    /// Everything before this ordinal is here.
    public var nextOrdinal: UInt64

    public init(project: ProjectID, node: NodeID, epoch: UInt64, nextOrdinal: UInt64) {
        self.project = project
        self.node = node
        self.epoch = epoch
        self.nextOrdinal = nextOrdinal
    }
}

/// How much of a project another node was given. Local to the node: never in a log.
public struct PushMark: Equatable, Sendable {
    /// The project here.
    public var source: ProjectID
    public var node: NodeID
    /// The project there.
    public var target: ProjectID
    /// Epoch of the source's journal at this node.
    public var epoch: UInt64
    /// Everything before this ordinal was given.
    public var nextOrdinal: UInt64

    public init(source: ProjectID, node: NodeID, target: ProjectID, epoch: UInt64, nextOrdinal: UInt64) {
        self.source = source
        self.node = node
        self.target = target
        self.epoch = epoch
        self.nextOrdinal = nextOrdinal
    }

    /// What the next push begins with: all that came since, which the node is likely to lack, and nothing else. `nil` when the
    /// journal is another one.
    ///
    /// - Parameter nextOrdinal: where the journal ends now.
    public func begin(epoch: UInt64, nextOrdinal: UInt64) -> UInt64? {
        self.epoch == epoch && self.nextOrdinal <= nextOrdinal ? self.nextOrdinal : nil
    }
}

public protocol MirrorWriting {
    /// Inserts or replaces by project.
    func put(_ mirror: Mirror) throws
    /// With it go its further sources and what was granted.
    func deleteMirror(of project: ProjectID) throws
    /// Inserts, or replaces by project and node where it stands.
    func put(_ source: MirrorSource) throws
    func deleteMirrorSource(_ node: NodeID, of project: ProjectID) throws
    /// Inserts or replaces by source, node and target.
    func put(_ mark: PushMark) throws
    /// Inserts or replaces by project and node.
    func put(_ cursor: PeerCursor) throws
    /// The region holds nothing of the project any more.
    func deletePeerCursor(of node: NodeID, in project: ProjectID) throws
    /// Nothing of the project is here any more, so no cursor holds.
    func deletePeerCursors(in project: ProjectID) throws
    /// Lets `user` read `project` on this node only.
    func grantReading(of project: ProjectID, to user: UserID) throws
}
