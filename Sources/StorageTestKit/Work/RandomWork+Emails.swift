import ObjectModel
import Storage

extension RandomWork {
    /// Addresses are the same few that accounts are opened with.
    func changeEmails(of user: UserID, using random: inout SeededRandom) async throws {
        let emails = try await self.store.read { try $0.emails(of: user) }
        let email = emails.randomElement(using: &random)
        switch (Int.random(in: 0..<8, using: &random), email) {
        case (0, let email?): try await self.run(DeleteEmail(email.id), by: user)
        case (1..<3, let email?): try await self.run(SetPrimaryEmail(email.id), by: user)
        case (3..<6, let email?):
            let isVerified = Int.random(in: 0..<4, using: &random) > 0
            try await self.run(SetVerification(email: email.address, isVerified: isVerified))
        default:
            try await self.run(AddEmail("p\(Int.random(in: 0..<12, using: &random))@example.org"), by: user)
        }
    }
}
