public import ObjectModel

/// Which nodes may have a project (Spec §22.2).
extension PolicyReading {
    /// Whether a node may be told anything of a project that is here, also that it exists.
    public func admits(_ node: RosterNode, to project: ProjectID) throws -> Bool {
        try self.policy(of: project)?.admits(node) ?? true
    }

    /// Whether a region may have a project, as far as this node knows.
    public func admits(region: NodeID, to project: ProjectID) throws -> Bool {
        try self.policy(of: project)?.regions.contains(region) ?? true
    }
}
