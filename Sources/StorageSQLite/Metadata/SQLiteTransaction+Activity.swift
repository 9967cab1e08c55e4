import GRDB
import ObjectModel
import Storage

extension SQLiteTransaction {
    /// The condition that picks entries of a project.
    private func condition(_ project: ProjectID, _ filter: ActivityFilter) -> SQLCondition {
        var condition = SQLCondition(
            "FROM activity WHERE project = ? AND position >= ? AND position < ?",
            [project.rawValue, filter.from, filter.before])
        if let type = filter.resourceType {
            condition.and("resource_type = ?", [type])
            if let id = filter.resourceID { condition.and("resource_id = ?", [id]) }
        }
        if let actor = filter.actor { condition.and("actor = ?", [actor.rawValue]) }
        if let action = filter.action { condition.and("action = ?", [action]) }
        return condition
    }

    func activity(in project: ProjectID, _ filter: ActivityFilter, limit: Int) throws -> [Activity] {
        let condition = self.condition(project, filter)
        return try self.all(
            "SELECT * \(condition.sql) ORDER BY position DESC, id DESC LIMIT ?",
            condition.arguments + [max(0, limit)]
        ) { row in
            Activity(
                id: row["id"], project: project, position: row["position"],
                actor: (row["actor"] as String?).map(UserID.init(rawValue:)),
                facts: ActivityFacts(
                    action: row["action"], resourceType: row["resource_type"], resourceID: row["resource_id"],
                    info: try Self.json(row["info"])))
        }
    }

    func activityCount(in project: ProjectID, _ filter: ActivityFilter) throws -> Int {
        let condition = self.condition(project, filter)
        return try self.count("SELECT count(*) \(condition.sql)", condition.arguments)
    }

    func projectsWithActivity(by actor: UserID) throws -> [ProjectID] {
        // Each project is looked up after the one before: DISTINCT would read all entries.
        try self.all(
            """
            WITH RECURSIVE found (project) AS (
                SELECT min(project) FROM activity WHERE actor = ?1
                UNION ALL
                SELECT (SELECT min(project) FROM activity WHERE actor = ?1 AND project > found.project)
                FROM found WHERE found.project IS NOT NULL)
            SELECT project FROM found WHERE project IS NOT NULL
            """, [actor.rawValue]
        ) { ProjectID(rawValue: $0["project"]) }
    }

    func put(_ activity: Activity) throws {
        try self.insert(activity, "REPLACE", isProvisional: false)
    }

    func putProvisional(_ activity: Activity) throws {
        try self.insert(activity, "IGNORE", isProvisional: true)
    }

    private func insert(_ activity: Activity, _ resolution: String, isProvisional: Bool) throws {
        try self.run(
            "INSERT OR \(resolution) INTO activity VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                activity.project.rawValue, activity.position, activity.id, activity.facts.action,
                activity.facts.resourceType, activity.facts.resourceID, activity.actor?.rawValue,
                try Self.text(activity.facts.info), isProvisional,
            ])
    }

    func withdraw(_ activity: Activity) throws {
        try self.run(
            "DELETE FROM activity WHERE project = ? AND position = ? AND id = ? AND is_provisional",
            [activity.project.rawValue, activity.position, activity.id])
    }
}
