import ObjectModel
import Storage

extension MemoryTransaction {
    func policy(of project: ProjectID) throws -> ProjectPolicy? { self.rows.policies[project] }

    func projectsWithPolicy() throws -> [ProjectID] { self.rows.policies.keys.sorted() }

    func put(_ policy: ProjectPolicy, of project: ProjectID) throws { self.rows.policies[project] = policy }
}
