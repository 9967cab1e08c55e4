import GRDB
import ObjectModel
import Storage

extension SQLiteTransaction {
    func invite(_ id: InviteID, in project: ProjectID) throws -> Invite? {
        try self.one(
            "SELECT * FROM invites WHERE project = ? AND id = ?", [project.rawValue, id.rawValue], Self.invite)
    }

    func invite(token: ContentHash) throws -> Invite? {
        try self.one(
            "SELECT * FROM invites WHERE token_hash = ? ORDER BY created_at DESC, id DESC", [token.description],
            Self.invite)
    }

    func invites(to project: ProjectID) throws -> [Invite] {
        try self.all(
            "SELECT * FROM invites WHERE project = ? ORDER BY created_at DESC, id DESC", [project.rawValue],
            Self.invite)
    }

    func invites(for user: UserID) throws -> [Invite] {
        try self.all(
            """
            SELECT * FROM invites WHERE user = ?
            UNION ALL SELECT * FROM invites WHERE email IN (
                SELECT address FROM user_emails WHERE user = ? AND is_verified)
            ORDER BY created_at DESC, id DESC
            """, [user.rawValue, user.rawValue], Self.invite)
    }

    private static func invite(_ row: Row) throws -> Invite {
        let (user, email): (String?, String?) = (row["user"], row["email"])
        return Invite(
            id: InviteID(rawValue: row["id"]), project: ProjectID(rawValue: row["project"]),
            target: user.map { .user(UserID(rawValue: $0)) } ?? .email(email ?? ""),
            role: try self.value(row, "role"), inviter: UserID(rawValue: row["inviter"]), message: row["message"],
            tokenHash: try (row["token_hash"] as String?).map(self.hash),
            createdAt: Timestamp(millisecondsSinceEpoch: row["created_at"]))
    }

    func put(_ invite: Invite) throws {
        var (user, email): (String?, String?)
        switch invite.target {
        case .user(let id): user = id.rawValue
        case .email(let text): email = text
        }
        try self.run(
            "INSERT OR REPLACE INTO invites VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                invite.id.rawValue, invite.project.rawValue, user, email, invite.role.rawValue,
                invite.inviter.rawValue, invite.message, invite.createdAt.millisecondsSinceEpoch,
                invite.tokenHash?.description,
            ])
    }

    func deleteInvite(_ id: InviteID, in project: ProjectID) throws {
        try self.run("DELETE FROM invites WHERE project = ? AND id = ?", [project.rawValue, id.rawValue])
    }
}
