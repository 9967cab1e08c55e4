/// The nodes of one organisation, as it signed them (Spec §7.4).
public struct Roster: Equatable, Sendable {
    /// At least 1; larger with each roster that the organisation signs.
    public var version: UInt64
    public var issuedAt: Timestamp
    /// At least one; ascending by id, each id and each name once.
    public var nodes: [RosterNode]

    public init(version: UInt64, issuedAt: Timestamp, nodes: [RosterNode]) {
        self.version = version
        self.issuedAt = issuedAt
        self.nodes = nodes
    }

    public func node(_ id: NodeID) -> RosterNode? { self.nodes.first { $0.id == id } }

    public func node(named name: String) -> RosterNode? { self.nodes.first { $0.name == name } }
}

/// One node of a ``Roster``.
public struct RosterNode: Equatable, Sendable {
    public var id: NodeID
    /// As people call it; ``isName(_:)``.
    public var name: String
    /// ``NodeRole/region`` or ``NodeRole/edge``; unknown roles survive.
    public var role: NodeRole
    /// Where in the world it stands, in words.
    public var region: String
    /// Where it can be reached; the first is tried first.
    public var addresses: [NodeAddress]
    /// The projects that it may read, ascending; `nil` is what its role says.
    public var projects: [ProjectID]?

    public init(
        id: NodeID, name: String, role: NodeRole, region: String, addresses: [NodeAddress] = [],
        projects: [ProjectID]? = nil
    ) {
        self.id = id
        self.name = name
        self.role = role
        self.region = region
        self.addresses = addresses
        self.projects = projects
    }

    /// Whether it may read `project`, if there is such a project. Without a list, regions read all and others none
    /// (`NODE-6`).
    public func mayRead(_ project: ProjectID) -> Bool {
        self.projects?.contains(project) ?? (self.role == .region)
    }

    /// Whether `text` can name a node: a label of DNS, 1 to 63 bytes of `[a-z0-9-]` without `-` at its ends.
    public static func isName(_ text: String) -> Bool {
        let bytes = text.utf8
        guard (1...63).contains(bytes.count), bytes.first != 0x2D, bytes.last != 0x2D else { return false }
        return bytes.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
    }
}
