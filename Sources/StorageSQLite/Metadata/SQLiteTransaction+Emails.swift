import GRDB
import ObjectModel
import Storage

extension SQLiteTransaction {
    func emails(of user: UserID) throws -> [UserEmail] {
        try self.all(
            "SELECT * FROM user_emails WHERE user = ? ORDER BY created_at, id", [user.rawValue], Self.email)
    }

    func email(address: String) throws -> UserEmail? {
        try self.one("SELECT * FROM user_emails WHERE address = ?", [address.lowercased()], Self.email)
    }

    private static func email(_ row: Row) throws -> UserEmail {
        UserEmail(
            id: EmailID(rawValue: row["id"]), user: UserID(rawValue: row["user"]), address: row["address"],
            isVerified: row["is_verified"], createdAt: Timestamp(millisecondsSinceEpoch: row["created_at"]))
    }

    func replaceEmails(of user: UserID, with emails: [UserEmail]) throws {
        try self.run("DELETE FROM user_emails WHERE user = ?", [user.rawValue])
        for email in emails {
            try self.run(
                "INSERT INTO user_emails VALUES (?, ?, ?, ?, ?)",
                [
                    email.id.rawValue, user.rawValue, email.address, email.isVerified,
                    email.createdAt.millisecondsSinceEpoch,
                ])
        }
    }
}
