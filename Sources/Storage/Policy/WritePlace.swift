public import ObjectModel

extension MetadataReading {
    /// Why nothing of a project may be written at this node, whoever asks; `nil` when it may.
    public func writeRefusal(of project: ProjectID) throws -> DomainError? {
        if try self.mirror(of: project) != nil {
            return DomainError(
                .forbidden, "This project is a copy of another node's. Write to it on the node that it comes from.")
        }
        if try self.purge(of: project) != nil {
            return DomainError(
                .regionExcluded, "This region may not have the project any more. Write to it in another region.")
        }
        return nil
    }
}
