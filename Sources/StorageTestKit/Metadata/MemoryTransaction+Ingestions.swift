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
        self.rows.ingestions[.init(project: ingestion.project, id: ingestion.id)] = ingestion
    }

    func deleteIngestions(overBefore time: Timestamp) throws {
        self.rows.ingestions = self.rows.ingestions.filter { !$0.value.isOver || $0.value.updatedAt >= time }
        self.rows.ingestionFiles.removeAll { self.ingestion(of: $0) == nil }
    }

    // MARK: Files

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
