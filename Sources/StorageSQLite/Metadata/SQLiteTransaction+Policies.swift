import GRDB
import ObjectModel
import Storage

extension SQLiteTransaction {
    func policy(of project: ProjectID) throws -> ProjectPolicy? {
        try self.one("SELECT * FROM project_policies WHERE project = ?", [project.rawValue]) { row in
            ProjectPolicy(
                regions: try Self.json(row["regions"]),
                home: ProjectHome(
                    node: (row["home"] as String?).map(NodeID.init(rawValue:)),
                    epoch: UInt64(bitPattern: row["home_epoch"] as Int64)),
                allowsEdges: row["allows_edges"], minimumCopies: row["minimum_copies"])
        }
    }

    func projectsWithPolicy() throws -> [ProjectID] {
        try self.all("SELECT project FROM project_policies ORDER BY project", []) {
            ProjectID(rawValue: $0["project"])
        }
    }

    func put(_ policy: ProjectPolicy, of project: ProjectID) throws {
        try self.run(
            "INSERT OR REPLACE INTO project_policies VALUES (?, ?, ?, ?, ?, ?)",
            [
                project.rawValue, try Self.text(policy.regions), policy.home.node?.rawValue,
                Int64(bitPattern: policy.home.epoch), policy.allowsEdges, policy.minimumCopies,
            ])
    }
}
