import GRDB
import ObjectModel
import Storage

extension SQLiteTransaction {
    func serverSettings() throws -> ServerSettings {
        try self.one("SELECT * FROM server_settings", []) { row in
            ServerSettings(
                name: row["name"], company: row["company"], description: row["description"],
                adminContact: row["admin_contact"], termsOfService: row["terms_of_service"],
                isInviteOnly: row["is_invite_only"], allowsGuests: row["allows_guests"])
        } ?? ServerSettings()
    }

    func put(_ settings: ServerSettings) throws {
        try self.run(
            "INSERT OR REPLACE INTO server_settings VALUES (1, ?, ?, ?, ?, ?, ?, ?)",
            [
                settings.name, settings.company, settings.description, settings.adminContact,
                settings.termsOfService, settings.isInviteOnly, settings.allowsGuests,
            ])
    }

    func deleteUser(_ id: UserID) throws { try self.run("DELETE FROM users WHERE id = ?", [id.rawValue]) }

    // MARK: Lists

    private static func condition(_ filter: UserFilter) -> SQLCondition {
        var condition = SQLCondition("FROM users WHERE TRUE", [])
        if let search = filter.search {
            let columns = ["name", "email", "coalesce(company, '')"].map(SQLCondition.containing)
            let text = search.lowercased()
            condition.and("(\(columns.joined(separator: " OR ")))", [text, text, text])
        }
        if let role = filter.role { condition.and("role = ?", [role.rawValue]) }
        return condition
    }

    func users(_ filter: UserFilter, offset: Int, limit: Int) throws -> [User] {
        let condition = Self.condition(filter)
        return try self.all(
            "SELECT * \(condition.sql) ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?",
            condition.arguments + [max(0, limit), max(0, offset)], Self.user)
    }

    func userCount(_ filter: UserFilter) throws -> Int {
        let condition = Self.condition(filter)
        return try self.count("SELECT count(*) \(condition.sql)", condition.arguments)
    }

    private static func condition(_ filter: ServerProjectFilter) -> SQLCondition {
        var condition = SQLCondition("FROM projects WHERE TRUE", [])
        if let search = filter.search { condition.and("name", contains: search) }
        if let visibility = filter.visibility { condition.and("visibility = ?", [visibility.rawValue]) }
        return condition
    }

    func projects(_ filter: ServerProjectFilter, offset: Int, limit: Int) throws -> [Project] {
        let condition = Self.condition(filter)
        let column =
            switch filter.order {
            case .name: "name"
            case .createdAt: "created_at"
            case .updatedAt: "updated_at"
            }
        let direction = filter.isDescending ? "DESC" : "ASC"
        return try self.all(
            "SELECT * \(condition.sql) ORDER BY \(column) \(direction), id \(direction) LIMIT ? OFFSET ?",
            condition.arguments + [max(0, limit), max(0, offset)], Self.project)
    }

    func projectCount(_ filter: ServerProjectFilter) throws -> Int {
        let condition = Self.condition(filter)
        return try self.count("SELECT count(*) \(condition.sql)", condition.arguments)
    }

    // MARK: Statistics

    func monthlyCounts(of subject: StatisticsSubject) throws -> [MonthlyCount] {
        let table =
            switch subject {
            case .users: "users"
            case .projects: "projects"
            case .versions: "versions"
            }
        return try self.all(
            """
            SELECT unixepoch(created_at / 1000, 'unixepoch', 'start of month') AS month, count(*) AS total
            FROM \(table) GROUP BY month ORDER BY month
            """, []
        ) { MonthlyCount(month: Timestamp(millisecondsSinceEpoch: $0["month"] * 1000), count: $0["total"]) }
    }
}
