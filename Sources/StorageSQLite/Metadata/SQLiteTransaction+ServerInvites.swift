import GRDB
import ObjectModel
import Storage

extension SQLiteTransaction {
    func serverInvite(_ id: InviteID) throws -> ServerInvite? {
        try self.one("SELECT * FROM server_invites WHERE id = ?", [id.rawValue], Self.serverInvite)
    }

    func serverInvite(email: String) throws -> ServerInvite? {
        try self.one(
            "SELECT * FROM server_invites WHERE email = ? ORDER BY created_at DESC, id DESC", [email],
            Self.serverInvite)
    }

    func serverInvite(token: ContentHash) throws -> ServerInvite? {
        try self.one(
            "SELECT * FROM server_invites WHERE token_hash = ? ORDER BY created_at DESC, id DESC",
            [token.description], Self.serverInvite)
    }

    private static func condition(_ search: String?) -> SQLCondition {
        var condition = SQLCondition("FROM server_invites WHERE TRUE", [])
        if let search { condition.and("email", contains: search) }
        return condition
    }

    func serverInvites(matching search: String?, offset: Int, limit: Int) throws -> [ServerInvite] {
        let condition = Self.condition(search)
        return try self.all(
            "SELECT * \(condition.sql) ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?",
            condition.arguments + [max(0, limit), max(0, offset)], Self.serverInvite)
    }

    func serverInviteCount(matching search: String?) throws -> Int {
        let condition = Self.condition(search)
        return try self.count("SELECT count(*) \(condition.sql)", condition.arguments)
    }

    private static func serverInvite(_ row: Row) throws -> ServerInvite {
        ServerInvite(
            id: InviteID(rawValue: row["id"]), email: row["email"], role: try self.value(row, "role"),
            inviter: UserID(rawValue: row["inviter"]), message: row["message"],
            tokenHash: try self.hash(row["token_hash"]),
            createdAt: Timestamp(millisecondsSinceEpoch: row["created_at"]))
    }

    func put(_ invite: ServerInvite) throws {
        try self.run(
            "INSERT OR REPLACE INTO server_invites VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                invite.id.rawValue, invite.email, invite.role.rawValue, invite.inviter.rawValue, invite.message,
                invite.tokenHash.description, invite.createdAt.millisecondsSinceEpoch,
            ])
    }

    func deleteServerInvite(_ id: InviteID) throws {
        try self.run("DELETE FROM server_invites WHERE id = ?", [id.rawValue])
    }
}
