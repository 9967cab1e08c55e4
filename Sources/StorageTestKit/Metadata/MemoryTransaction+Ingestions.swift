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
    }
}
