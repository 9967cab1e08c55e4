import GRDB
import ObjectModel
import Storage

extension SQLiteTransaction {
    func project(_ id: ProjectID) throws -> Project? {
        try self.one("SELECT * FROM projects WHERE id = ?", [id.rawValue], Self.project)
    }

    func allProjects() throws -> [ProjectID] {
        try self.all("SELECT id FROM projects ORDER BY id", []) { ProjectID(rawValue: $0["id"]) }
    }

    static func project(_ row: Row) throws -> Project {
        Project(
            id: ProjectID(rawValue: row["id"]), name: row["name"], description: row["description"],
            visibility: try self.value(row, "visibility"), allowPublicComments: row["allow_public_comments"],
            createdAt: Timestamp(millisecondsSinceEpoch: row["created_at"]),
            updatedAt: Timestamp(millisecondsSinceEpoch: row["updated_at"]))
    }

    /// The condition that picks the projects of a person.
    private func condition(_ user: UserID, _ filter: ProjectFilter) -> SQLCondition {
        var condition = SQLCondition(
            """
            FROM projects JOIN (
                SELECT project, role FROM collaborators WHERE user = ?
                UNION ALL
                SELECT project, '\(ProjectRole.reviewer.rawValue)' FROM local_readers AS local WHERE user = ?
                    AND NOT EXISTS (
                        SELECT 1 FROM collaborators WHERE project = local.project AND user = local.user)
            ) AS membership ON membership.project = projects.id WHERE TRUE
            """, [user.rawValue, user.rawValue])
        if let search = filter.search {
            condition.and("projects.name", contains: search)
        }
        if let roles = filter.onlyWithRoles { condition.and("membership.role", isOneOf: roles.map(\.rawValue)) }
        if let ids = filter.ids { condition.and("projects.id", isOneOf: ids.map(\.rawValue)) }
        return condition
    }

    func projects(of user: UserID, filter: ProjectFilter, after: PageKey?, limit: Int) throws -> [Project] {
        var condition = self.condition(user, filter)
        condition.page(after, time: "projects.updated_at", id: "projects.id", limit: limit)
        return try self.all("SELECT projects.* \(condition.sql)", condition.arguments, Self.project)
    }

    func projectCount(of user: UserID, filter: ProjectFilter) throws -> Int {
        let condition = self.condition(user, filter)
        return try self.count("SELECT count(*) \(condition.sql)", condition.arguments)
    }

    func role(of user: UserID, in project: ProjectID) throws -> ProjectRole? {
        if let role: ProjectRole = try self.one(
            "SELECT role FROM collaborators WHERE project = ? AND user = ?", [project.rawValue, user.rawValue],
            { try Self.value($0, "role") })
        {
            return role
        }
        let isReader = try self.count(
            "SELECT count(*) FROM local_readers WHERE project = ? AND user = ?", [project.rawValue, user.rawValue])
        return isReader > 0 ? .reviewer : nil
    }

    func collaborators(of project: ProjectID) throws -> [Collaborator] {
        try self.all("SELECT * FROM collaborators WHERE project = ?", [project.rawValue], Self.collaborator).ownersFirst
    }

    static func collaborator(_ row: Row) throws -> Collaborator {
        Collaborator(
            project: ProjectID(rawValue: row["project"]), user: UserID(rawValue: row["user"]),
            role: try Self.value(row, "role"))
    }

    func put(_ project: Project) throws {
        try self.run(
            """
            INSERT INTO projects VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, description = excluded.description,
                visibility = excluded.visibility, allow_public_comments = excluded.allow_public_comments,
                created_at = excluded.created_at, updated_at = excluded.updated_at
            """,
            [
                project.id.rawValue, project.name, project.description, project.visibility.rawValue,
                project.allowPublicComments, project.createdAt.millisecondsSinceEpoch,
                project.updatedAt.millisecondsSinceEpoch,
            ])
    }

    func deleteProject(_ id: ProjectID) throws {
        try self.run(
            """
            INSERT OR IGNORE INTO received_contents
            SELECT project, digest, byte_count, content_hash FROM blobs WHERE project = ?
            """, [id.rawValue])
        try self.run("DELETE FROM projects WHERE id = ?", [id.rawValue])
    }

    func put(_ collaborator: Collaborator) throws {
        try self.run(
            "INSERT OR REPLACE INTO collaborators VALUES (?, ?, ?)",
            [collaborator.project.rawValue, collaborator.user.rawValue, collaborator.role.rawValue])
    }

    func deleteCollaborator(_ user: UserID, in project: ProjectID) throws {
        try self.run(
            "DELETE FROM collaborators WHERE project = ? AND user = ?", [project.rawValue, user.rawValue])
    }
}

/// A growing part of a query with its arguments.
struct SQLCondition {
    private(set) var sql: String
    private(set) var arguments: StatementArguments

    init(_ sql: String, _ arguments: StatementArguments) {
        self.sql = sql
        self.arguments = arguments
    }

    mutating func and(_ sql: String, _ arguments: StatementArguments = []) {
        self.sql += " AND \(sql)"
        self.arguments += arguments
    }

    mutating func and(_ column: String, isOneOf values: [String]) {
        // One argument whatever the number of values, so that the statement can be cached.
        self.and("\(column) IN (SELECT value FROM json_each(?))", [Self.list(values)])
    }

    mutating func and(_ column: String, isNoneOf values: [String]) {
        self.and("\(column) NOT IN (SELECT value FROM json_each(?))", [Self.list(values)])
    }

    /// Without regard to case, in any script; signs of patterns mean themselves.
    mutating func and(_ column: String, contains text: String) {
        self.and(Self.containing(column), [text.lowercased()])
    }

    /// A condition with one argument, the lower-cased text. SQLite's own LIKE folds ASCII only.
    static func containing(_ column: String) -> String { "instr(swiftLowercaseString(\(column)), ?) > 0" }

    /// Newest first, after the given key.
    mutating func page(_ after: PageKey?, time: String, id: String, limit: Int) {
        if let after { self.and("(\(time), \(id)) < (?, ?)", [after.time.millisecondsSinceEpoch, after.id]) }
        self.sql += " ORDER BY \(time) DESC, \(id) DESC LIMIT ?"
        self.arguments += [max(0, limit)]
    }

    static func list(_ values: [String]) -> String { NameList.text(of: values) }
}

extension [Collaborator] {
    /// By role, owners first, then by user id.
    var ownersFirst: [Collaborator] { self.sorted { ($1.role.weight, $0.user) < ($0.role.weight, $1.user) } }
}
