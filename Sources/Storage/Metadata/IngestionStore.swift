public import ObjectModel

/// Versions in the making, at this node only.
public protocol IngestionReading {
    func ingestion(_ id: IngestionID, in project: ProjectID) throws -> Ingestion?
    /// Those whose deadline is not after `time`, the earliest first.
    func ingestions(dueAt time: Timestamp, limit: Int) throws -> [Ingestion]
    /// How many of a project are not over.
    func openIngestionCount(in project: ProjectID) throws -> Int
}

/// An ingestion of an absent project is an error. They go with their project.
public protocol IngestionWriting {
    /// Inserts or replaces by id.
    func put(_ ingestion: Ingestion) throws
    /// Removes those that are over and have not changed since before `time`.
    func deleteIngestions(overBefore time: Timestamp) throws
}
