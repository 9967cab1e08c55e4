import ObjectModel

extension Merge {
    /// A version is set aside when its author's right to write was taken in another region at the same time, until somebody
    /// accepts it or gives the right back.
    ///
    /// - Parameter version: that was made.
    func quarantine(of version: EntityState) throws -> Conflict? {
        guard let creation = version.creation, version[.accepted].isEmpty,
            let author = version[.author].first(where: { $0.stamp == creation.stamp })?.write.key
        else { return nil }
        let revocations = try self.state(of: .role(UserID(rawValue: author)))[.revoked].filter { revocation in
            !creation.hasSeen(revocation.stamp.dot) && !revocation.hasSeen(creation.stamp.dot)
        }
        guard !revocations.isEmpty else { return nil }
        return Conflict(.quarantined, version.entity, .accepted, [creation.stamp] + revocations.map(\.stamp))
    }
}

extension RoleChange {
    /// Whether somebody may not write any more.
    var isRevocation: Bool { self.role?.weight ?? 0 < ProjectRole.contributor.weight }
}
