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

    // MARK: Purges

    func purge(of project: ProjectID) throws -> Purge? {
        try self.one("SELECT * FROM purges WHERE project = ?", [project.rawValue], Self.purge)
    }

    func purges() throws -> [Purge] { try self.all("SELECT * FROM purges ORDER BY project", [], Self.purge) }

    private static func purge(_ row: Row) throws -> Purge {
        let exclusion: [String: UInt64] = try Self.json(row["exclusion"])
        return Purge(
            project: ProjectID(rawValue: row["project"]),
            exclusion: Dictionary(uniqueKeysWithValues: exclusion.map { (NodeID(rawValue: $0.key), $0.value) }),
            holders: try Self.json(row["holders"]), ownSequence: UInt64(row["own_sequence"] as Int64))
    }

    func put(_ purge: Purge) throws {
        let exclusion = Dictionary(uniqueKeysWithValues: purge.exclusion.map { ($0.key.rawValue, $0.value) })
        try self.run(
            "INSERT OR REPLACE INTO purges VALUES (?, ?, ?, ?)",
            [
                purge.project.rawValue, try Self.text(exclusion), try Self.text(purge.holders.sorted()),
                Int64(purge.ownSequence),
            ])
    }

    func deletePurge(of project: ProjectID) throws {
        try self.run("DELETE FROM purges WHERE project = ?", [project.rawValue])
    }

    func removeProject(_ id: ProjectID) throws {
        try self.deleteProject(id)
        let scope = LogScope.project(id).key
        for table in [
            "operations", "live_writes", "touches", "conflicts", "compacted_marks", "acknowledged_marks",
            "arrived_operations",
        ] {
            try self.run("DELETE FROM \(table) WHERE scope = ?", [scope])
        }
        for table in ["project_policies", "peer_cursors", "received_contents", "webhook_deliveries"] {
            try self.run("DELETE FROM \(table) WHERE project = ?", [id.rawValue])
        }
        try self.run("DELETE FROM push_marks WHERE source = ?", [id.rawValue])
    }
}
