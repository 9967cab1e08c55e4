import ObjectModel
import Storage

extension MemoryTransaction {
    func emails(of user: UserID) throws -> [UserEmail] {
        self.rows.emails.values.filter { $0.user == user }.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
    }

    func email(address: String) throws -> UserEmail? {
        self.rows.emails.values.first { $0.address == address.lowercased() }
    }

    func replaceEmails(of user: UserID, with emails: [UserEmail]) throws {
        self.rows.emails = self.rows.emails.filter { $0.value.user != user }
        for email in emails {
            try Self.require(self.rows.users[user] != nil, "user_emails.user")
            try Self.require(self.email(address: email.address) == nil, "user_emails.address")
            try Self.require(self.rows.emails[email.id] == nil, "user_emails.id")
            self.rows.emails[email.id] = email
        }
    }
}
