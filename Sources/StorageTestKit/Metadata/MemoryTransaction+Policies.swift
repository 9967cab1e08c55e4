import ObjectModel
import Storage

extension MemoryTransaction {
    func policy(of project: ProjectID) throws -> ProjectPolicy? { self.rows.policies[project] }

    func projectsWithPolicy() throws -> [ProjectID] { self.rows.policies.keys.sorted() }

    func put(_ policy: ProjectPolicy, of project: ProjectID) throws { self.rows.policies[project] = policy }

    func purge(of project: ProjectID) throws -> Purge? { self.rows.purges[project] }

    func purges() throws -> [Purge] { self.rows.purges.values.sorted { $0.project < $1.project } }

    func put(_ purge: Purge) throws { self.rows.purges[purge.project] = purge }

    func deletePurge(of project: ProjectID) throws { self.rows.purges[project] = nil }

    func removeProject(_ id: ProjectID) throws {
        try self.deleteProject(id)
        self.rows.deliveries.removeAll { $0.endpoint.project == id }
        let scope = LogScope.project(id)
        self.rows.logs = self.rows.logs.filter { $0.key.scope != scope }
        self.rows.liveWrites = self.rows.liveWrites.filter { $0.key.scope != scope }
        self.rows.touches = self.rows.touches.filter { $0.key.scope != scope }
        self.rows.compactedMarks = self.rows.compactedMarks.filter { $0.key.scope != scope }
        self.rows.acknowledgedMarks = self.rows.acknowledgedMarks.filter { $0.key.scope != scope }
        self.rows.arrivedOperations = self.rows.arrivedOperations.filter { $0.key.scope != scope }
        try self.deleteConflicts(in: scope)
        self.rows.policies[id] = nil
        self.rows.receivedContents = self.rows.receivedContents.filter { $0.key.project != id }
        self.rows.peerCursors.removeAll { $0.project == id }
        self.rows.pushMarks.removeAll { $0.source == id }
    }
}
