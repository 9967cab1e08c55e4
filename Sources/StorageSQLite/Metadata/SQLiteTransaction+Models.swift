import GRDB
import ObjectModel
import Storage

extension SQLiteTransaction {
    func model(_ id: ModelID, in project: ProjectID) throws -> Model? {
        try self.one("SELECT * FROM models WHERE id = ? AND project = ?", [id.rawValue, project.rawValue], Self.model)
    }

    func model(named name: String, in project: ProjectID) throws -> Model? {
        try self.one("SELECT * FROM models WHERE project = ? AND name = ?", [project.rawValue, name], Self.model)
    }

    static func model(_ row: Row) -> Model {
        Model(
            id: ModelID(rawValue: row["id"]), project: ProjectID(rawValue: row["project"]), name: row["name"],
            description: row["description"], author: (row["author"] as String?).map(UserID.init(rawValue:)),
            createdAt: Timestamp(millisecondsSinceEpoch: row["created_at"]),
            updatedAt: Timestamp(millisecondsSinceEpoch: row["updated_at"]))
    }

    private func condition(_ project: ProjectID, _ filter: ModelFilter) -> SQLCondition {
        var condition = SQLCondition("FROM models WHERE project = ?", [project.rawValue])
        if let search = filter.search {
            condition.and("name", contains: search)
        }
        if let ids = filter.ids { condition.and("id", isOneOf: ids.map(\.rawValue)) }
        if let ids = filter.excludeIDs { condition.and("id", isNoneOf: ids.map(\.rawValue)) }
        let versions = "SELECT model FROM versions WHERE versions.project = models.project"
        if filter.onlyWithVersions { condition.and("id IN (\(versions))") }
        if let name = filter.hideEmptyNamed { condition.and("(name <> ? OR id IN (\(versions)))", [name]) }
        if let apps = filter.sourceApplications {
            var inner = SQLCondition(versions, [])
            inner.and("source_application", isOneOf: apps)
            condition.and("id IN (\(inner.sql))", inner.arguments)
        }
        if let people = filter.contributors {
            var inner = SQLCondition(versions, [])
            inner.and("author", isOneOf: people.map(\.rawValue))
            condition.and("id IN (\(inner.sql))", inner.arguments)
        }
        return condition
    }

    func models(in project: ProjectID, filter: ModelFilter, after: PageKey?, limit: Int) throws -> [Model] {
        var condition = self.condition(project, filter)
        condition.page(after, time: "updated_at", id: "id", limit: limit)
        return try self.all("SELECT * \(condition.sql)", condition.arguments, Self.model)
    }

    func modelCount(in project: ProjectID, filter: ModelFilter) throws -> Int {
        let condition = self.condition(project, filter)
        return try self.count("SELECT count(*) \(condition.sql)", condition.arguments)
    }

    func put(_ model: Model) throws {
        try self.run(
            """
            INSERT INTO models VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (project, id) DO UPDATE SET name = excluded.name, description = excluded.description,
                author = excluded.author, created_at = excluded.created_at, updated_at = excluded.updated_at
            """,
            [
                model.id.rawValue, model.project.rawValue, model.name, model.description, model.author?.rawValue,
                model.createdAt.millisecondsSinceEpoch, model.updatedAt.millisecondsSinceEpoch,
            ])
    }

    func deleteModel(_ id: ModelID, in project: ProjectID) throws {
        try self.run("DELETE FROM models WHERE id = ? AND project = ?", [id.rawValue, project.rawValue])
    }

    // MARK: Versions

    func version(_ id: VersionID, in project: ProjectID) throws -> Version? {
        try self.one(
            "SELECT * FROM versions WHERE id = ? AND project = ?", [id.rawValue, project.rawValue], Self.version)
    }

    static func version(_ row: Row) throws -> Version {
        Version(
            id: VersionID(rawValue: row["id"]), project: ProjectID(rawValue: row["project"]),
            model: ModelID(rawValue: row["model"]), root: try self.root(row), message: row["message"],
            sourceApplication: row["source_application"], totalChildrenCount: row["total_children_count"],
            parents: try self.values(row["parents"]), author: (row["author"] as String?).map(UserID.init(rawValue:)),
            createdAt: Timestamp(millisecondsSinceEpoch: row["created_at"]))
    }

    private static func root(_ row: Row) throws -> VersionRoot {
        if let bundle: String = row["bundle"] { return .bundle(try self.json(bundle)) }
        let text: String? = row["root_object"]
        guard let text, let object = ObjectID(hex: text) else {
            throw StorageError.corrupt("root_object is \(text ?? "missing")")
        }
        return .object(object)
    }

    func versions(
        of model: ModelID, in project: ProjectID, filter: VersionFilter, after: PageKey?, limit: Int
    ) throws -> [Version] {
        func page(_ change: (inout SQLCondition) -> Void, _ after: PageKey?, _ limit: Int) throws -> [Version] {
            var condition = SQLCondition(
                "FROM versions WHERE model = ? AND project = ?", [model.rawValue, project.rawValue])
            change(&condition)
            condition.page(after, time: "created_at", id: "id", limit: limit)
            return try self.all("SELECT * \(condition.sql)", condition.arguments, Self.version)
        }
        let ids = (filter.priorityIDs ?? []).map(\.rawValue)
        if ids.isEmpty, !filter.priorityIDsOnly { return try page({ _ in }, after, limit) }
        if filter.priorityIDsOnly { return try page({ $0.and("id", isOneOf: ids) }, after, limit) }
        let first = after == nil ? try page({ $0.and("id", isOneOf: ids) }, nil, limit) : []
        return first + (try page({ $0.and("id", isNoneOf: ids) }, after, limit - first.count))
    }

    func versionCount(of model: ModelID, in project: ProjectID, filter: VersionFilter) throws -> Int {
        var condition = SQLCondition(
            "FROM versions WHERE model = ? AND project = ?", [model.rawValue, project.rawValue])
        if filter.priorityIDsOnly { condition.and("id", isOneOf: (filter.priorityIDs ?? []).map(\.rawValue)) }
        return try self.count("SELECT count(*) \(condition.sql)", condition.arguments)
    }

    func allVersions(in project: ProjectID) throws -> [Version] {
        try self.all(
            "SELECT * FROM versions WHERE project = ? ORDER BY created_at, id", [project.rawValue], Self.version)
    }

    func newestVersions(in project: ProjectID, after: PageKey?, limit: Int) throws -> [Version] {
        var condition = SQLCondition("SELECT * FROM versions WHERE project = ?", [project.rawValue])
        condition.page(after, time: "created_at", id: "id", limit: limit)
        return try self.all(condition.sql, condition.arguments, Self.version)
    }

    func versionCount(in project: ProjectID) throws -> Int {
        try self.count("SELECT count(*) FROM versions WHERE project = ?", [project.rawValue])
    }

    func projects(withVersionsBy author: UserID) throws -> [ProjectID] {
        try self.all(
            "SELECT DISTINCT project FROM versions WHERE author = ? ORDER BY project", [author.rawValue]
        ) { ProjectID(rawValue: $0["project"]) }
    }

    func versions(
        by author: UserID, in projects: [ProjectID], after: PageKey?, limit: Int
    ) throws -> [Version] {
        var condition = SQLCondition("SELECT * FROM versions WHERE author = ?", [author.rawValue])
        condition.and("project", isOneOf: projects.map(\.rawValue))
        condition.page(after, time: "created_at", id: "id", limit: limit)
        return try self.all(condition.sql, condition.arguments, Self.version)
    }

    func versionCount(by author: UserID?, in projects: [ProjectID]) throws -> Int {
        var condition = SQLCondition("SELECT count(*) FROM versions WHERE TRUE", [])
        condition.and("project", isOneOf: projects.map(\.rawValue))
        if let author { condition.and("author = ?", [author.rawValue]) }
        return try self.count(condition.sql, condition.arguments)
    }

    func sourceApplications(in project: ProjectID) throws -> [String] {
        try self.all(
            """
            SELECT DISTINCT source_application FROM versions
            WHERE project = ? AND source_application IS NOT NULL ORDER BY source_application
            """, [project.rawValue]
        ) { $0["source_application"] }
    }

    func put(_ version: Version) throws {
        try self.run(
            "INSERT OR REPLACE INTO versions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                version.id.rawValue, version.project.rawValue, version.model.rawValue, version.root.object?.hex,
                try Self.bundle(version.root), version.message, version.sourceApplication, version.totalChildrenCount,
                try Self.text(version.parents), version.author?.rawValue, version.createdAt.millisecondsSinceEpoch,
            ])
    }

    private static func bundle(_ root: VersionRoot) throws -> String? {
        guard case .bundle(let files) = root else { return nil }
        return try self.text(files)
    }

    func deleteVersion(_ id: VersionID, in project: ProjectID) throws {
        try self.run("DELETE FROM versions WHERE id = ? AND project = ?", [id.rawValue, project.rawValue])
    }
}
