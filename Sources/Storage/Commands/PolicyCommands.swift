public import ObjectModel

/// What somebody wants of a project's policy. Fields that are `nil` stay as they are.
public struct PolicyRequest: Equatable, Sendable {
    public enum Home: Equatable, Sendable {
        /// Every allowed region may write.
        case everywhere
        case region(NodeID)
    }

    public var regions: AllowedRegions?
    public var home: Home?
    public var allowsEdges: Bool?
    public var minimumCopies: Int?
    /// Takes home although another region is it: for a home that is lost.
    public var takesHome: Bool

    public init(
        regions: AllowedRegions? = nil, home: Home? = nil, allowsEdges: Bool? = nil, minimumCopies: Int? = nil,
        takesHome: Bool = false
    ) {
        self.regions = regions
        self.home = home
        self.allowsEdges = allowsEdges
        self.minimumCopies = minimumCopies
        self.takesHome = takesHome
    }

    /// The operation that makes `present` what is wanted at `node`.
    ///
    /// - Throws: ``DomainError`` when nothing is wanted, or it contradicts itself.
    func change(of present: ProjectPolicy, at node: NodeID) throws -> PolicyChange {
        guard self.regions != nil || self.home != nil || self.allowsEdges != nil || self.minimumCopies != nil else {
            throw DomainError(.policy, "A policy needs at least one value.")
        }
        guard !self.takesHome || self.home != nil else { throw DomainError(.policy, "Say where home is to be.") }
        var change = PolicyChange(
            regions: self.regions, allowsEdges: self.allowsEdges, minimumCopies: self.minimumCopies)
        if let home {
            let place: NodeID? = if case .region(let region) = home { region } else { nil }
            change.home = ProjectHome(node: place, epoch: present.home.epoch + 1)
        }
        let regions = self.regions ?? present.regions
        guard regions.contains(node) else {
            // Else those that this region gave the project to could hear of the policy from nobody.
            throw DomainError(.policy, "A policy is set in a region that it allows. Set this one in one of those.")
        }
        if let place = (change.home ?? present.home).node, !regions.contains(place) {
            throw DomainError(.policy, "The home region must be one of those that may have the project.")
        }
        let copies = self.minimumCopies ?? present.minimumCopies
        guard (1...ProjectPolicy.copyCountMax).contains(copies) else {
            throw DomainError(.policy, "There are 1 to \(ProjectPolicy.copyCountMax) copies at least.")
        }
        if case .only(let nodes) = regions, nodes.count < copies {
            throw DomainError(.policy, "\(copies) copies need as many regions that may have the project.")
        }
        return change
    }
}

/// Says where a project may be and where it is written to.
public struct SetProjectPolicy: Command {
    public var project: ProjectID
    public var request: PolicyRequest

    public init(project: ProjectID, request: PolicyRequest) {
        self.project = project
        self.request = request
    }

    public func execute(in context: CommandContext) throws -> ProjectPolicy {
        _ = try context.existingProject(self.project)
        let present = try context.rows.policy(of: self.project) ?? .open
        let change = try self.request.change(of: present, at: context.node)
        try context.record(
            .policyChanged(change), in: .project(self.project), ignoringHome: self.request.takesHome)
        return try context.rows.policy(of: self.project) ?? .open
    }
}
