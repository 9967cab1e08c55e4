import ObjectModel
import Storage

extension RandomWork {
    /// Addresses are those that accounts are opened with, and a few more. Mostly the same person changes them, so that those who
    /// do not know of each other often change the same.
    func changeEmails(of users: [UserID], using random: inout SeededRandom) async throws {
        let some = users.prefix(Int.random(in: 0..<3, using: &random) > 0 ? 1 : users.count)
        guard let user = some.randomElement(using: &random) else { return }
        let emails = try await self.store.read { try $0.emails(of: user) }
        let email = emails.randomElement(using: &random)
        switch (Int.random(in: 0..<10, using: &random), email) {
        case (0..<2, let email?): try await self.run(DeleteEmail(email.id), by: user)
        case (2..<6, let email?): try await self.use(email, by: user, using: &random)
        case (6, let email?):
            let isVerified = Int.random(in: 0..<4, using: &random) > 0
            try await self.run(SetVerification(email: email.address, isVerified: isVerified))
        default:
            try await self.run(AddEmail("p\(Int.random(in: 0..<20, using: &random))@example.org"), by: user)
        }
    }

    /// Somebody has another primary address from now on, and perhaps gives up the one before.
    private func use(_ email: UserEmail, by user: UserID, using random: inout SeededRandom) async throws {
        let former = try await self.store.read { rows in
            try rows.user(user).flatMap { try rows.email(address: $0.email) }
        }
        if !email.isVerified {
            try await self.run(SetVerification(email: email.address, isVerified: true))
        }
        try await self.run(SetPrimaryEmail(email.id), by: user)
        guard let former, former.id != email.id, Bool.random(using: &random) else { return }
        try await self.run(DeleteEmail(former.id), by: user)
    }
}
