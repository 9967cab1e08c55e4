import ObjectModel
import Storage

/// A policy as people are shown it: regions by their names in the roster.
struct PolicyDescription: Encodable, Sendable {
    /// The names, ascending; `nil` is every region.
    var regions: [String]?
    /// `nil` when every region that may have the project may write to it.
    var home: String?
    var homeEpoch: UInt64
    var edges: Bool
    var minCopies: Int

    init(_ policy: ProjectPolicy, _ roster: Roster?) {
        func name(_ node: NodeID) -> String { roster?.node(node)?.name ?? node.rawValue }
        if case .only(let nodes) = policy.regions { self.regions = nodes.map(name).sorted() }
        self.home = policy.home.node.map(name)
        self.homeEpoch = policy.home.epoch
        self.edges = policy.allowsEdges
        self.minCopies = policy.minimumCopies
    }
}

/// What somebody wants of a policy, as people write it. What is `nil` stays as it is.
struct PolicyInput: Decodable, Sendable {
    /// Stands for every region, among regions and as home.
    static let everywhere = "all"

    /// Names or ids of regions; ``everywhere`` alone is every region.
    var regions: [String]?
    /// A name, an id, or ``everywhere``.
    var home: String?
    var edges: Bool?
    var minCopies: Int?
    /// Home is taken from a region that is lost.
    var takeHome: Bool?

    /// - Throws: ``DomainError`` for a region that nobody knows.
    func request(_ roster: Roster?, at node: NodeID) throws -> PolicyRequest {
        func region(_ text: String) throws -> NodeID {
            if let found = roster?.node(named: text) ?? roster?.node(NodeID(rawValue: text)) {
                guard found.role == .region else { throw DomainError(.policy, "\(text) is no region.") }
                return found.id
            }
            guard text == node.rawValue else { throw DomainError(.policy, "The roster lists no region \(text).") }
            return node
        }
        let regions: AllowedRegions? = try self.regions.map {
            $0 == [Self.everywhere] ? .all : .only(Set(try $0.map(region)))
        }
        let home: PolicyRequest.Home? = try self.home.map {
            $0 == Self.everywhere ? .everywhere : .region(try region($0))
        }
        return PolicyRequest(
            regions: regions, home: home, allowsEdges: self.edges, minimumCopies: self.minCopies,
            takesHome: self.takeHome ?? false)
    }
}
