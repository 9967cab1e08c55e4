import ObjectModel

/// What the operations say of a project's policy. Where they did not know of each other the most restrictive one holds.
extension EntityState {
    var policy: ProjectPolicy {
        var policy = ProjectPolicy.open
        for sibling in self[.regions] {
            guard let regions = sibling.body.policyChange?.regions else { continue }
            policy.regions = policy.regions.intersection(regions)
        }
        policy.home = self.home?.body.policyChange?.home ?? policy.home
        policy.allowsEdges = self[.edges].compactMap(\.body.policyChange?.allowsEdges).allSatisfy { $0 }
        policy.minimumCopies = self[.copies].compactMap(\.body.policyChange?.minimumCopies).max() ?? 1
        return policy
    }

    /// The move of home that counts: the one with the largest epoch, and of several of these the latest.
    private var home: Sibling? {
        func epoch(_ sibling: Sibling) -> UInt64 { sibling.body.policyChange?.home?.epoch ?? 0 }
        return self[.home].max { (epoch($0), $0.stamp) < (epoch($1), $1.stamp) }
    }

    var policyConflicts: [Conflict?] {
        [
            self.conflict(.restricted, .regions, \.policyChange?.regions),
            self.conflict(.edited, .home, \.policyChange?.home),
            self.conflict(.restricted, .edges, \.policyChange?.allowsEdges),
            self.conflict(.restricted, .copies, \.policyChange?.minimumCopies),
        ]
    }
}
