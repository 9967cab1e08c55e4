import ObjectModel

extension Merge {
    /// A version is set aside when its author's right to write was taken in another region at the same time, or when home
    /// moved to another region, until somebody accepts it. The first of these ends when the right is given back, too.
    ///
    /// - Parameter version: that was made.
    func quarantine(of version: EntityState) throws -> Conflict? {
        guard let creation = version.creation, version[.accepted].isEmpty else { return nil }
        let reasons = try self.revocations(version, creation) + self.fences(creation)
        guard !reasons.isEmpty else { return nil }
        return Conflict(.quarantined, version.entity, .accepted, [creation.stamp] + reasons.map(\.stamp))
    }

    private func revocations(
        _ version: EntityState, _ creation: EntityState.Sibling
    ) throws -> [EntityState.Sibling] {
        guard let author = version[.author].first(where: { $0.stamp == creation.stamp })?.write.key else { return [] }
        return try self.state(of: .role(UserID(rawValue: author)))[.revoked].filter { $0.isApart(from: creation) }
    }

    /// Moves of home to another region than the one where the version was made, as far as they count more than the home that
    /// its node knew.
    private func fences(_ creation: EntityState.Sibling) throws -> [EntityState.Sibling] {
        guard case .project(let project) = self.scope, try self.rows.policy(of: project)?.home.epoch ?? 0 > 0 else {
            return []
        }
        let moves = try self.state(of: .project)[.fence]
        let known = moves.filter { creation.hasSeen($0.stamp.dot) }.max { $0.isHomeBefore($1) }
        return moves.filter { move in
            guard let home = move.body.policyChange?.home?.node, home != creation.stamp.dot.origin,
                move.isApart(from: creation)
            else { return false }
            return known?.isHomeBefore(move) ?? true
        }
    }
}

extension EntityState.Sibling {
    /// Whether neither of the two nodes had seen the other one's operation.
    func isApart(from other: Self) -> Bool {
        !self.hasSeen(other.stamp.dot) && !other.hasSeen(self.stamp.dot)
    }
}

extension RoleChange {
    /// Whether somebody may not write any more.
    var isRevocation: Bool { self.role?.weight ?? 0 < ProjectRole.contributor.weight }
}
