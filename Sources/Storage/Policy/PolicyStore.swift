public import ObjectModel

/// The policies of projects, derived from their logs, and what this region must remove.
public protocol PolicyReading {
    /// `nil` while nobody said anything. Kept when the project is deleted.
    func policy(of project: ProjectID) throws -> ProjectPolicy?
    /// The projects that have a policy, by id.
    func projectsWithPolicy() throws -> [ProjectID]
    /// `nil` where this region may have the project, as far as it was told.
    func purge(of project: ProjectID) throws -> Purge?
    /// By project.
    func purges() throws -> [Purge]
}

public protocol PolicyWriting {
    /// Inserts or replaces. The project need not have a row.
    func put(_ policy: ProjectPolicy, of project: ProjectID) throws
    /// Inserts or replaces by project.
    func put(_ purge: Purge) throws
    func deletePurge(of project: ProjectID) throws
    /// Removes the project with its log and all that was derived from it, and where this node stood with others. Objects stay
    /// in their store, where nothing leads to them.
    func removeProject(_ id: ProjectID) throws
}
