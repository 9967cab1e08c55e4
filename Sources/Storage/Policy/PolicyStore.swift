public import ObjectModel

/// The policies of projects, derived from their logs.
public protocol PolicyReading {
    /// `nil` while nobody said anything. Kept when the project is deleted.
    func policy(of project: ProjectID) throws -> ProjectPolicy?
    /// The projects that have a policy, by id.
    func projectsWithPolicy() throws -> [ProjectID]
}

public protocol PolicyWriting {
    /// Inserts or replaces. The project need not have a row.
    func put(_ policy: ProjectPolicy, of project: ProjectID) throws
}
