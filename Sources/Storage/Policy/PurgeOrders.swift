public import ObjectModel

extension MetadataReading {
    /// What a region must remove, as far as this node knows that it holds it: something of the project came from there.
    ///
    /// - Parameters:
    ///   - region: another one.
    ///   - node: this one.
    public func purgeOrders(for region: NodeID, by node: NodeID) throws -> [PurgeOrder] {
        try self.projectsWithPolicy().compactMap { try self.purgeOrder(of: $0, for: region, by: node) }
    }

    /// What a region must be told of one project; `nil` when it may have it, and when nothing of it is known to be there.
    public func purgeOrder(of project: ProjectID, for region: NodeID, by node: NodeID) throws -> PurgeOrder? {
        guard let policy = try self.policy(of: project), !policy.regions.contains(region),
            policy.regions.contains(node),
            try self.peerCursor(of: region, in: project) != nil, try self.purge(of: project) == nil
        else { return nil }
        return PurgeOrder(
            project: project, exclusion: try self.exclusion(of: region, from: project),
            minimumCopies: policy.minimumCopies)
    }

    /// The operations that exclude a region, of each origin the last.
    private func exclusion(of region: NodeID, from project: ProjectID) throws -> [NodeID: UInt64] {
        let state = try EntityState(.project, in: .project(project), self)
        let dots = state[.regions].filter { sibling in
            !(sibling.body.policyChange?.regions?.contains(region) ?? true)
        }.map(\.stamp.dot)
        return Dictionary(dots.map { ($0.origin, $0.sequence) }) { max($0, $1) }
    }
}
