public import ObjectModel

/// Decides whether a region keeps what another one gave it.
public struct Admission: Sendable {
    private let node: NodeID

    /// - Parameter node: this region.
    public init(node: NodeID) {
        self.node = node
    }

    /// Looks at a project after everything that another region has of it came. In between this region may have been excluded,
    /// by operations that others end which come after them.
    ///
    /// - Parameter wasHere: whether anything of the project was here before.
    /// - Returns: whether this region may have the project; if not, what came is removed, unless something was here before or was
    ///   written here since.
    public func complete(_ project: ProjectID, wasHere: Bool, in rows: any MetadataWriting) throws -> Bool {
        guard try rows.admits(region: self.node, to: project) else {
            let hasWritten = try rows.lastSequence(of: self.node, in: .project(project)) > 0
            if !wasHere, !hasWritten { try rows.removeProject(project) }
            return false
        }
        try self.end(project, in: rows)
        return true
    }

    /// This region may write again once all is back that it wrote before it had to remove the project.
    private func end(_ project: ProjectID, in rows: any MetadataWriting) throws {
        guard let purge = try rows.purge(of: project) else { return }
        let marks = try rows.lastSequences(in: .project(project))
        guard purge.isLifted(by: marks), marks[self.node, default: 0] >= purge.ownSequence else { return }
        try rows.deletePurge(of: project)
    }
}
