public import ObjectModel

/// Another node that has a project which this node copies: it serves objects beside the first source, and everything
/// when the first one is gone.
public struct MirrorSource: Equatable, Sendable {
    /// Nodes that one project is copied from at most, the first source included.
    public static let sourceCountMax = 8

    public var project: ProjectID
    /// The node that must answer there. A project has each node once.
    public var node: NodeID
    /// `nil` when the roster says where the node is.
    public var address: NodeAddress?
    /// The bearer token for the node; never shown. `nil` when this node proves itself by its certificate.
    public var token: String?
    /// Epoch of the node's journal; 0 before it is known to be held.
    public var epoch: UInt64
    /// The node's journal is here up to this ordinal.
    public var nextOrdinal: UInt64

    public init(
        project: ProjectID, node: NodeID, address: NodeAddress?, token: String?, epoch: UInt64 = 0,
        nextOrdinal: UInt64 = 0
    ) {
        self.project = project
        self.node = node
        self.address = address
        self.token = token
        self.epoch = epoch
        self.nextOrdinal = nextOrdinal
    }
}

extension MirrorReading {
    /// A further source of a mirrored project; `nil` when the node is none.
    public func mirrorSource(_ node: NodeID, of project: ProjectID) throws -> MirrorSource? {
        try self.mirrorSources(of: project).first { $0.node == node }
    }
}
