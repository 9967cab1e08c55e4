public import ObjectModel

/// Takes orders to remove a project.
public struct PurgeIntake: Sendable {
    private let node: NodeID

    /// - Parameter node: this region.
    public init(node: NodeID) {
        self.node = node
    }

    /// Removes the project once as many allowed regions as there must be copies hold everything that is here.
    ///
    /// - Parameter sender: a region of the roster.
    /// - Returns: `nil` when there is no such project, as far as the sender may know.
    public func take(
        _ order: PurgeOrder, from sender: NodeID, in rows: any MetadataWriting
    ) throws -> PurgeAnswer? {
        let (project, scope) = (order.project, LogScope.project(order.project))
        let known = try rows.purge(of: project)
        let marks = try rows.lastSequences(in: scope)
        guard !marks.isEmpty else { return known == nil ? nil : .removed }
        guard try rows.admits(region: sender, to: project) else { return nil }
        // This region knows what the sender knows, and is allowed: the sender has not heard yet.
        if try marks.covers(order.exclusion) && rows.admits(region: self.node, to: project) { return .holding(marks) }
        var purge = known ?? Purge(project: project, exclusion: [:])
        purge.add(order.exclusion)
        // Who holds all that is here knows how many copies there must be at least as well as this region.
        let holdsAll = order.held.covers(marks)
        if holdsAll { purge.holders.insert(sender) }
        let isRemoved = holdsAll && purge.holders.count >= order.minimumCopies
        if isRemoved {
            purge.ownSequence = max(purge.ownSequence, marks[self.node, default: 0])
            purge.holders = []
            try VisibleRows(rows: rows, scope: scope).delete(project)
            try rows.removeProject(project)
        }
        try rows.put(purge)
        return isRemoved ? .removed : .holding(marks)
    }
}
