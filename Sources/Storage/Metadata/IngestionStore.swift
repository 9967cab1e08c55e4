public import ObjectModel

/// Versions in the making, at this node only.
public protocol IngestionReading {
    func ingestion(_ id: IngestionID, in project: ProjectID) throws -> Ingestion?
    /// Those whose deadline is not after `time`, the earliest first.
    func ingestions(dueAt time: Timestamp, limit: Int) throws -> [Ingestion]
    /// How many of a project are not over.
    func openIngestionCount(in project: ProjectID) throws -> Int

    /// Files that came in for an ingestion, by name.
    func files(of ingestion: IngestionID, in project: ProjectID) throws -> [IngestionFile]
    /// Files of those that are over, in any order.
    func filesOfOverIngestions(limit: Int) throws -> [IngestionFile]
    /// Where the files of all ingestions are put aside.
    func putAsidePlaces() throws -> Set<PutAsideID>
}

/// An ingestion of an absent project is an error. They go with their project.
public protocol IngestionWriting {
    /// Inserts or replaces by id.
    func put(_ ingestion: Ingestion) throws
    /// Removes those that are over and have not changed since before `time`.
    func deleteIngestions(overBefore time: Timestamp) throws

    /// Inserts or replaces by name. A file of an absent ingestion is an error; files go with their ingestion.
    func put(_ file: IngestionFile) throws
    /// Removes this very file: not another one that took its name.
    func delete(_ file: IngestionFile) throws
}
