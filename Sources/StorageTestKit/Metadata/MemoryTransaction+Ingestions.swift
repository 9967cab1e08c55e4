import ObjectModel
import Storage

extension MemoryTransaction {
    func ingestion(_ id: IngestionID, in project: ProjectID) throws -> Ingestion? {
        self.rows.ingestions[.init(project: project, id: id)]
    }

    func ingestions(dueAt time: Timestamp, limit: Int) throws -> [Ingestion] {
        let due = self.rows.ingestions.values.compactMap { ingestion in
            ingestion.deadline.flatMap { $0 <= time ? ($0, ingestion) : nil }
        }
        return due.sorted { ($0.0, $0.1.id) < ($1.0, $1.1.id) }.prefix(limit).map(\.1)
    }

    func openIngestionCount(in project: ProjectID) throws -> Int {
        self.rows.ingestions.values.count { $0.project == project && !$0.isOver }
    }

    func put(_ ingestion: Ingestion) throws {
        try Self.require(self.rows.projects[ingestion.project] != nil, "ingestions.project")
        if let file = ingestion.file {
            let same = try self.ingestion(of: file.id, in: ingestion.project)
            try Self.require(same.map { $0.id == ingestion.id } ?? true, "ingestions_by_file")
        }
        self.rows.ingestions[.init(project: ingestion.project, id: ingestion.id)] = ingestion
    }

    func deleteIngestions(overBefore time: Timestamp) throws {
        self.rows.ingestions = self.rows.ingestions.filter { _, ingestion in
            !ingestion.isOver || ingestion.file != nil || ingestion.updatedAt >= time
        }
        self.rows.ingestionFiles.removeAll { self.ingestion(of: $0) == nil }
    }

    func ingestion(of file: BlobID, in project: ProjectID) throws -> Ingestion? {
        self.rows.ingestions.values.first { $0.project == project && $0.file?.id == file }
    }

    private func matching(_ project: ProjectID, _ filter: FileIngestionFilter) -> [Ingestion] {
        self.rows.ingestions.values.filter { ingestion in
            ingestion.project == project && ingestion.file != nil && !(filter.onlyOpen && ingestion.isOver)
                && (filter.model.map { $0 == ingestion.model } ?? true)
        }
    }

    func ingestionsOfFiles(
        in project: ProjectID, filter: FileIngestionFilter, after: PageKey?, limit: Int
    ) throws -> [Ingestion] {
        Self.page(self.matching(project, filter), after, limit) { PageKey(time: $0.createdAt, id: $0.id.rawValue) }
    }

    func countOfFileIngestions(in project: ProjectID, filter: FileIngestionFilter) throws -> Int {
        self.matching(project, filter).count
    }

    // MARK: Files of bundles

    private func ingestion(of file: IngestionFile) -> Ingestion? {
        self.rows.ingestions[.init(project: file.project, id: file.ingestion)]
    }

    func files(of ingestion: IngestionID, in project: ProjectID) throws -> [IngestionFile] {
        self.rows.ingestionFiles.filter { $0.project == project && $0.ingestion == ingestion }
            .sorted { $0.file.name.utf8.lexicographicallyPrecedes($1.file.name.utf8) }
    }

    func filesOfOverIngestions(limit: Int) throws -> [IngestionFile] {
        Array(self.rows.ingestionFiles.filter { self.ingestion(of: $0)?.isOver ?? true }.prefix(limit))
    }

    func putAsidePlaces() throws -> Set<PutAsideID> { Set(self.rows.ingestionFiles.map(\.place)) }

    func put(_ file: IngestionFile) throws {
        try Self.require(self.ingestion(of: file) != nil, "ingestion_files.ingestion")
        self.rows.ingestionFiles.removeAll {
            ($0.project, $0.ingestion) == (file.project, file.ingestion)
                && $0.file.name.utf8.elementsEqual(file.file.name.utf8)
        }
        self.rows.ingestionFiles.append(file)
    }

    func delete(_ file: IngestionFile) throws {
        self.rows.ingestionFiles.removeAll { $0 == file }
    }
}
