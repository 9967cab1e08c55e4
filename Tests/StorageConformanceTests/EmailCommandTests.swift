import ObjectModel
import StorageTestKit
import Testing

@testable import Storage

@Suite struct EmailCommandTests {
    private static let address = "countess@example.org"

    private func verify(_ address: String) -> SetVerification { SetVerification(email: address, isVerified: true) }

    @Test("COMMAND-100: whoever adds an address has it beside the first one", arguments: Backend.allCases)
    func add(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let email = try await office.perform(AddEmail("Countess@Example.org"), appends: .server) { email in
            [.emailAdded(email)]
        }
        #expect(email.address == Self.address)
        #expect(email.user == office.owner.id)
        #expect(!email.isVerified)
        let first = UserEmail(opening: office.owner)
        let (owner, expected) = (office.owner.id, [first, email])
        #expect(try await office.read { try $0.emails(of: owner) } == expected)
        #expect(try await office.read { try $0.user(office.owner.id) } == office.owner)
        try await office.refuses(AddEmail("nothing"), .userInput)
        try await office.refuses(AddEmail(Self.address), .emailExists)
        try await office.refuses(AddEmail(office.owner.email), .emailExists)
        try await office.refuses(AddEmail(office.guest.email), .emailExists)
        try await office.refuses(AddEmail("other@example.org"), .unauthorized, by: nil)
        for number in 2..<UserEmail.countMax { try await office.perform(AddEmail("ada\(number)@example.org")) }
        try await office.refuses(AddEmail("other@example.org"), .userInput)
    }

    @Test("COMMAND-101: an address counts as its person's once it is verified", arguments: Backend.allCases)
    func counts(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let email = try await office.perform(AddEmail(Self.address))
        let (project, _) = try await office.project()
        #expect(try await office.read { try $0.user(email: Self.address) } == nil)
        try await office.refuses(SetPrimaryEmail(email.id), .emailUnverified)
        let reset = BeginProof(
            email: Self.address, purpose: .passwordReset, tokenHash: ContentHash(of: "reset"), codeHash: nil,
            interval: .zero)
        #expect(try await office.perform(reset) == nil, "it may be a stranger's")
        let proof = BeginProof(
            email: Self.address, purpose: .verification, tokenHash: ContentHash(of: "token"),
            codeHash: ContentHash(of: "code"), interval: .zero)
        #expect(try await office.perform(proof) == Self.address)
        let answer = VerifyEmail(.code(ContentHash(of: "code"), of: office.owner.id, at: Self.address))
        let isShown = try await office.perform(answer, appends: .server) { _ in
            [.emailChanged(EmailChange(id: email.id, isVerified: true))]
        }
        #expect(isShown)
        #expect(try await office.read { try $0.user(email: Self.address) } == office.owner)
        #expect(try await office.perform(reset) == Self.address)
        // An invitation to it is theirs.
        let guest = try await office.perform(
            CreateProject(name: "Other", description: nil, visibility: nil), by: office.guest)
        let invite = Invite(
            id: Fixture.id(9), project: guest.id, target: .email(Self.address), role: .reviewer,
            inviter: office.guest.id, message: nil, createdAt: office.now)
        try await office.perform(Recording(body: .inviteCreated(invite), project: guest.id))
        #expect(try await office.read { try $0.invites(for: office.owner.id) } == [invite])
        try await office.perform(AnswerInvite(project: guest.id, id: invite.id, isAccepted: true))
        #expect(try await office.read { try $0.role(of: office.owner.id, in: guest.id) } == .reviewer)
        #expect(try await office.read { try $0.role(of: office.owner.id, in: project.id) } == .owner)
    }

    @Test("COMMAND-102: another address becomes the primary one, and the first one can go", arguments: Backend.allCases)
    func primary(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let owner = office.owner
        let email = try await office.perform(AddEmail(Self.address))
        try await office.perform(self.verify(Self.address))
        let first = EmailID(of: owner.id)
        try await office.refuses(DeleteEmail(first), .emailDelete)
        try await office.refuses(SetPrimaryEmail(email.id), .userInput, by: office.guest)
        try await office.perform(SetPrimaryEmail(email.id), appends: .server) {
            [.userChanged(UserChange(id: owner.id, primaryEmail: email.id))]
        }
        let changed = try #require(try await office.read { try $0.user(owner.id) })
        #expect(changed.email == Self.address)
        #expect(changed.isVerified)
        try await office.refuses(DeleteEmail(email.id), .emailDelete)
        try await office.refuses(DeleteEmail(first), .userInput, by: office.guest)
        try await office.perform(DeleteEmail(first), appends: .server) { [.emailDeleted(first)] }
        #expect(try await office.read { try $0.emails(of: owner.id) }.map(\.id) == [email.id])
        #expect(try await office.read { try $0.user(email: owner.email) } == nil)
        // It is free.
        let other = try await office.perform(
            RegisterUser(name: "Other", email: owner.email, company: nil, passwordHash: nil))
        #expect(try await office.read { try $0.user(email: owner.email) } == other)
    }

    @Test("COMMAND-103: an address that nobody showed to be theirs bars no one", arguments: Backend.allCases)
    func givesWay(_ backend: Backend) async throws {
        let office = try await Office(backend)
        try await office.perform(AddEmail(Self.address))
        let eve = try await office.perform(
            RegisterUser(name: "Eve", email: Self.address, company: nil, passwordHash: nil))
        #expect(try await office.read { try $0.user(email: Self.address) } == eve)
        #expect(try await office.read { try $0.emails(of: office.owner.id) }.count == 1)
        try await office.perform(AddEmail("new@example.org"))
        try await office.perform(AddEmail("new@example.org"), by: eve)
        #expect(try await office.read { try $0.email(address: "new@example.org") }?.user == eve.id)
        try await office.perform(self.verify("new@example.org"))
        try await office.refuses(AddEmail("new@example.org"), .emailExists)
        // Whoever another server shows to have it signs in with it.
        let signIn = SignInByAddress(name: "Eve", email: "new@example.org", inviteToken: nil)
        #expect(try await office.perform(signIn).id == eve.id)
    }
}
