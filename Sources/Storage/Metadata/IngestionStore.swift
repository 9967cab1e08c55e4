public import ObjectModel

/// Versions in the making, at this node only.
public protocol IngestionReading {
    func ingestion(_ id: IngestionID, in project: ProjectID) throws -> Ingestion?
    /// Those whose deadline is not after `time`, the earliest first.
    func ingestions(dueAt time: Timestamp, limit: Int) throws -> [Ingestion]
    /// How many of a project are not over.
    func openIngestionCount(in project: ProjectID) throws -> Int

    /// The one that makes something of a file of the project.
    func ingestion(of file: BlobID, in project: ProjectID) throws -> Ingestion?
    /// Those that make something of files, newest first.
    func ingestionsOfFiles(in project: ProjectID, filter: FileIngestionFilter, after: PageKey?, limit: Int) throws
        -> [Ingestion]
    func countOfFileIngestions(in project: ProjectID, filter: FileIngestionFilter) throws -> Int

    /// Files that came in for an ingestion, by name.
    func files(of ingestion: IngestionID, in project: ProjectID) throws -> [IngestionFile]
    /// Files of those that are over, in any order.
    func filesOfOverIngestions(limit: Int) throws -> [IngestionFile]
    /// Where the files of all ingestions are put aside.
    func putAsidePlaces() throws -> Set<PutAsideID>
}

public struct FileIngestionFilter: Equatable, Sendable {
    /// `nil` is any.
    public var model: ModelID?
    /// Leaves out those that are over.
    public var onlyOpen: Bool

    public init(model: ModelID? = nil, onlyOpen: Bool = false) {
        self.model = model
        self.onlyOpen = onlyOpen
    }
}

/// An ingestion of an absent project, and two of one file, are errors. They go with their project.
public protocol IngestionWriting {
    /// Inserts or replaces by id.
    func put(_ ingestion: Ingestion) throws
    /// Removes those that are over and have not changed since before `time`, but for those of files.
    func deleteIngestions(overBefore time: Timestamp) throws

    /// Inserts or replaces by name. A file of an absent ingestion is an error; files go with their ingestion.
    func put(_ file: IngestionFile) throws
    /// Removes this very file: not another one that took its name.
    func delete(_ file: IngestionFile) throws
}
