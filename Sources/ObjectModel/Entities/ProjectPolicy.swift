/// Where a project may be, and where it may be written to (Spec §22).
public struct ProjectPolicy: Equatable, Sendable {
    /// The largest ``minimumCopies``.
    public static let copyCountMax = 64

    /// What holds while nobody said anything: everybody may have the project and write to it.
    public static let open = Self()

    /// The regions that may have anything of the project.
    public var regions: AllowedRegions
    public var home: ProjectHome
    /// Whether edges may have anything of the project.
    public var allowsEdges: Bool
    /// How many allowed regions must hold everything before another one removes it; at least 1.
    public var minimumCopies: Int

    public init(
        regions: AllowedRegions = .all, home: ProjectHome = .everywhere, allowsEdges: Bool = true,
        minimumCopies: Int = 1
    ) {
        self.regions = regions
        self.home = home
        self.allowsEdges = allowsEdges
        self.minimumCopies = minimumCopies
    }

    /// Whether a node may have anything of the project.
    public func admits(_ node: RosterNode) -> Bool {
        node.role == .edge ? self.allowsEdges : self.regions.contains(node.id)
    }
}

/// A set of regions. On the wire and in logs: `"all"`, or an ascending list of node ids.
public enum AllowedRegions: Hashable, Sendable {
    case all
    case only(Set<NodeID>)

    public func contains(_ node: NodeID) -> Bool {
        switch self {
        case .all: true
        case .only(let nodes): nodes.contains(node)
        }
    }

    /// The regions that are in both.
    public func intersection(_ other: Self) -> Self {
        switch (self, other) {
        case (.all, let rest), (let rest, .all): rest
        case (.only(let one), .only(let other)): .only(one.intersection(other))
        }
    }
}

extension AllowedRegions: Codable {
    private static let everything = "all"

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let nodes = try? container.decode([NodeID].self) {
            self = .only(Set(nodes))
            return
        }
        guard try container.decode(String.self) == Self.everything else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "neither all nor a list of nodes")
        }
        self = .all
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .all: try container.encode(Self.everything)
        case .only(let nodes): try container.encode(nodes.sorted())
        }
    }
}

/// The one region where a project may be written to.
public struct ProjectHome: Hashable, Sendable, Codable {
    public static let everywhere = Self(node: nil, epoch: 0)

    /// `nil`: every allowed region.
    public var node: NodeID?
    /// Counts the moves, from 0: of two homes the one with the larger epoch counts.
    public var epoch: UInt64

    public init(node: NodeID?, epoch: UInt64) {
        self.node = node
        self.epoch = epoch
    }
}
