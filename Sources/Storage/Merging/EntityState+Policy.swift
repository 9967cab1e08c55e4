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
    private var home: Sibling? { self[.home].max { $0.isHomeBefore($1) } }

    var policyConflicts: [Conflict?] {
        [
            self.conflict(.restricted, .regions, \.policyChange?.regions),
            self.conflict(.edited, .home, \.policyChange?.home),
            self.conflict(.restricted, .edges, \.policyChange?.allowsEdges),
            self.conflict(.restricted, .copies, \.policyChange?.minimumCopies),
        ]
    }
}

extension EntityState.Sibling {
    /// Whether the other one counts, of two moves of home that did not know of each other.
    func isHomeBefore(_ other: Self) -> Bool {
        func epoch(_ sibling: Self) -> UInt64 { sibling.body.policyChange?.home?.epoch ?? 0 }
        return (epoch(self), self.stamp) < (epoch(other), other.stamp)
    }
}
