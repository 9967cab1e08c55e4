import GRDB
import ObjectModel
import Storage

extension SQLiteTransaction {
    func favorite(of user: UserID, _ project: ProjectID) throws -> Favorite? {
        try self.one(
            "SELECT * FROM favorites WHERE user = ? AND project = ?", [user.rawValue, project.rawValue], Self.favorite)
    }

    func favorites(of user: UserID) throws -> [Favorite] {
        try self.all(
            "SELECT * FROM favorites WHERE user = ? ORDER BY since DESC, project DESC", [user.rawValue], Self.favorite)
    }

    func favoriteCounts(ofEach projects: Set<ProjectID>) throws -> [ProjectID: Int] {
        let found: [(ProjectID, Int)] = try self.all(
            """
            SELECT project, count(*) AS count FROM favorites WHERE project IN (SELECT value FROM json_each(?))
            GROUP BY project
            """, [SQLCondition.list(projects)]
        ) { (ProjectID(rawValue: $0["project"]), $0["count"]) }
        return Dictionary(uniqueKeysWithValues: found)
    }

    func favoriteCount(ownedBy user: UserID, onlyPublic: Bool) throws -> Int {
        try self.count(
            """
            SELECT count(*) FROM collaborators JOIN favorites ON favorites.project = collaborators.project
            WHERE collaborators.user = ? AND collaborators.role = ? AND (NOT ? OR EXISTS (
                SELECT 1 FROM projects WHERE id = collaborators.project AND visibility = ?))
            """,
            [user.rawValue, ProjectRole.owner.rawValue, onlyPublic, ProjectVisibility.public.rawValue])
    }

    private static func favorite(_ row: Row) -> Favorite {
        Favorite(
            user: UserID(rawValue: row["user"]), project: ProjectID(rawValue: row["project"]),
            since: Timestamp(millisecondsSinceEpoch: row["since"]))
    }

    func put(_ favorite: Favorite) throws {
        try self.run(
            "INSERT OR REPLACE INTO favorites VALUES (?, ?, ?)",
            [favorite.user.rawValue, favorite.project.rawValue, favorite.since.millisecondsSinceEpoch])
    }

    func deleteFavorite(of user: UserID, _ project: ProjectID) throws {
        try self.run(
            "DELETE FROM favorites WHERE user = ? AND project = ?", [user.rawValue, project.rawValue])
    }

    func preferences(of user: UserID) throws -> [Preference] {
        try self.all("SELECT * FROM preferences WHERE user = ? ORDER BY key", [user.rawValue]) { row in
            Preference(user: user, key: row["key"], isOn: row["is_on"])
        }
    }

    func put(_ preference: Preference) throws {
        try self.run(
            "INSERT OR REPLACE INTO preferences VALUES (?, ?, ?)",
            [preference.user.rawValue, preference.key, preference.isOn])
    }
}
