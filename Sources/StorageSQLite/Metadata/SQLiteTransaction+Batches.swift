import GRDB
import ObjectModel
import Storage

/// Ids come as one argument, a JSON list, so that a statement is the same whatever their number.
extension SQLiteTransaction {
    func users(_ ids: Set<UserID>) throws -> [UserID: User] {
        let found = try self.all(
            "SELECT * FROM users WHERE id IN (SELECT value FROM json_each(?))", [SQLCondition.list(ids)], Self.user)
        return Dictionary(uniqueKeysWithValues: found.map { ($0.id, $0) })
    }

    func projects(_ ids: Set<ProjectID>) throws -> [ProjectID: Project] {
        let found = try self.all(
            "SELECT * FROM projects WHERE id IN (SELECT value FROM json_each(?))", [SQLCondition.list(ids)],
            Self.project)
        return Dictionary(uniqueKeysWithValues: found.map { ($0.id, $0) })
    }

    func roles(of user: UserID, in projects: Set<ProjectID>) throws -> [ProjectID: ProjectRole] {
        let found: [(ProjectID, ProjectRole)] = try self.all(
            """
            SELECT each.value AS project, coalesce(
                (SELECT role FROM collaborators WHERE project = each.value AND user = ?1),
                (SELECT '\(ProjectRole.reviewer.rawValue)' FROM local_readers
                    WHERE project = each.value AND user = ?1)) AS role
            FROM json_each(?2) AS each WHERE role IS NOT NULL
            """, [user.rawValue, SQLCondition.list(projects)]
        ) { (ProjectID(rawValue: $0["project"]), try Self.value($0, "role")) }
        return Dictionary(uniqueKeysWithValues: found)
    }

    func collaborators(ofEach projects: Set<ProjectID>) throws -> [ProjectID: [Collaborator]] {
        let found = try self.all(
            "SELECT * FROM collaborators WHERE project IN (SELECT value FROM json_each(?))",
            [SQLCondition.list(projects)], Self.collaborator)
        return Dictionary(grouping: found, by: \.project).mapValues(\.ownersFirst)
    }

    func sourceApplications(inEach projects: Set<ProjectID>) throws -> [ProjectID: [String]] {
        let found: [(project: ProjectID, name: String)] = try self.all(
            """
            SELECT DISTINCT project, source_application FROM versions
            WHERE project IN (SELECT value FROM json_each(?)) AND source_application IS NOT NULL
            ORDER BY project, source_application
            """, [SQLCondition.list(projects)]
        ) { (ProjectID(rawValue: $0["project"]), $0["source_application"]) }
        return Dictionary(grouping: found, by: \.project).mapValues { $0.map(\.name) }
    }

    func versions(_ ids: Set<VersionID>, in project: ProjectID) throws -> [VersionID: Version] {
        let found = try self.all(
            "SELECT * FROM versions WHERE project = ? AND id IN (SELECT value FROM json_each(?))",
            [project.rawValue, SQLCondition.list(ids)], Self.version)
        return Dictionary(uniqueKeysWithValues: found.map { ($0.id, $0) })
    }

    func blobs(_ ids: Set<BlobID>, in project: ProjectID) throws -> [BlobID: Blob] {
        let found = try self.all(
            "SELECT * FROM blobs WHERE project = ? AND id IN (SELECT value FROM json_each(?)) AND NOT is_deleted",
            [project.rawValue, SQLCondition.list(ids)], Self.blob)
        return Dictionary(uniqueKeysWithValues: found.map { ($0.id, $0) })
    }

    func models(_ ids: Set<ModelID>, in project: ProjectID) throws -> [ModelID: Model] {
        let found = try self.all(
            "SELECT * FROM models WHERE project = ? AND id IN (SELECT value FROM json_each(?))",
            [project.rawValue, SQLCondition.list(ids)], Self.model)
        return Dictionary(uniqueKeysWithValues: found.map { ($0.id, $0) })
    }

    func versions(
        ofEach models: Set<ModelID>, in project: ProjectID, after: PageKey?, limit: Int
    ) throws -> [ModelID: [Version]] {
        var page = SQLCondition(
            "SELECT rowid FROM versions WHERE project = ? AND model = each.value", [project.rawValue])
        page.page(after, time: "created_at", id: "id", limit: limit)
        // CROSS JOIN keeps the models outside: SQLite would go through the project's versions for each of them.
        let found = try self.all(
            """
            SELECT versions.* FROM json_each(?) AS each CROSS JOIN versions ON versions.rowid IN (\(page.sql))
            ORDER BY created_at DESC, id DESC
            """, [SQLCondition.list(models)] + page.arguments, Self.version)
        return Dictionary(grouping: found, by: \.model)
    }

    func versionCounts(ofEach models: Set<ModelID>, in project: ProjectID) throws -> [ModelID: Int] {
        let found: [(ModelID, Int)] = try self.all(
            """
            SELECT model, count(*) AS number FROM versions
            WHERE project = ? AND model IN (SELECT value FROM json_each(?)) GROUP BY model
            """, [project.rawValue, SQLCondition.list(models)]
        ) { (ModelID(rawValue: $0["model"]), $0["number"]) }
        return Dictionary(uniqueKeysWithValues: found)
    }
}

extension SQLCondition {
    static func list<ID: RawRepresentable<String>>(_ ids: Set<ID>) -> String {
        self.list(ids.map(\.rawValue))
    }
}
