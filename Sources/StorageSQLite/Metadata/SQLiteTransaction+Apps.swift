import GRDB
import ObjectModel
import Storage

extension SQLiteTransaction {
    func app(_ id: AppID) throws -> RegisteredApp? {
        try self.one("SELECT * FROM apps WHERE id = ?", [id.rawValue], Self.app)
    }

    func apps(by author: UserID) throws -> [RegisteredApp] {
        try self.all(
            "SELECT * FROM apps WHERE author = ? ORDER BY created_at DESC, id DESC", [author.rawValue], Self.app)
    }

    func publicApps(limit: Int) throws -> [RegisteredApp] {
        try self.all(
            "SELECT * FROM apps WHERE is_public ORDER BY created_at DESC, id DESC LIMIT ?", [max(0, limit)], Self.app)
    }

    private static func app(_ row: Row) throws -> RegisteredApp {
        RegisteredApp(
            id: AppID(rawValue: row["id"]), author: UserID(rawValue: row["author"]),
            secretHash: try self.hash(row["secret_hash"]),
            registration: try self.json(row["registration"]),
            createdAt: Timestamp(millisecondsSinceEpoch: row["created_at"]))
    }

    func secret(of app: AppID) throws -> String? {
        try self.one("SELECT secret FROM app_secrets WHERE app = ?", [app.rawValue]) { $0["secret"] }
    }

    func tokens(of app: AppID) throws -> [Token] {
        try self.all("SELECT * FROM tokens WHERE app = ?", [app.rawValue], Self.token)
    }

    func embedTokens(of project: ProjectID, after: PageKey?, limit: Int) throws -> [Token] {
        var condition = try self.embedTokens(of: project)
        condition.page(after, time: "created_at", id: "id", limit: limit)
        return try self.all("SELECT * \(condition.sql)", condition.arguments, Self.token)
    }

    func embedTokenCount(of project: ProjectID) throws -> Int {
        let condition = try self.embedTokens(of: project)
        return try self.count("SELECT count(*) \(condition.sql)", condition.arguments)
    }

    private func embedTokens(of project: ProjectID) throws -> SQLCondition {
        SQLCondition("FROM tokens WHERE kind = 'embed' AND projects = ?", [try Self.text([project])])
    }

    func lastUses(ofEach tokens: Set<TokenID>) throws -> [TokenID: Timestamp] {
        let found: [(TokenID, Timestamp)] = try self.all(
            "SELECT token, last_used FROM token_uses WHERE token IN (SELECT value FROM json_each(?))",
            [SQLCondition.list(tokens)]
        ) { (TokenID(rawValue: $0["token"]), Timestamp(millisecondsSinceEpoch: $0["last_used"])) }
        return Dictionary(uniqueKeysWithValues: found)
    }

    func put(_ app: RegisteredApp) throws {
        try self.run(
            """
            INSERT INTO apps VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET author = excluded.author, secret_hash = excluded.secret_hash,
                registration = excluded.registration, is_public = excluded.is_public, created_at = excluded.created_at
            """,
            [
                app.id.rawValue, app.author.rawValue, app.secretHash.description, try Self.text(app.registration),
                app.registration.isPublic, app.createdAt.millisecondsSinceEpoch,
            ])
    }

    func deleteApp(_ id: AppID) throws { try self.run("DELETE FROM apps WHERE id = ?", [id.rawValue]) }

    func put(secret: String, of app: AppID) throws {
        try self.run("INSERT OR REPLACE INTO app_secrets VALUES (?, ?)", [app.rawValue, secret])
    }

    func deleteAuthorizationCodes(of app: AppID, for user: UserID?) throws {
        try self.run(
            "DELETE FROM authorization_codes WHERE app = ?1 AND (?2 IS NULL OR user = ?2)",
            [app.rawValue, user?.rawValue])
    }

    func deleteAuthorizationCodes(before time: Timestamp) throws {
        try self.run("DELETE FROM authorization_codes WHERE created_at < ?", [time.millisecondsSinceEpoch])
    }

    func noteUse(of token: TokenID, at time: Timestamp) throws {
        try self.run(
            "INSERT OR REPLACE INTO token_uses VALUES (?, ?)", [token.rawValue, time.millisecondsSinceEpoch])
    }
}
