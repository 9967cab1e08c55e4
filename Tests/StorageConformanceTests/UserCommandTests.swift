import ObjectModel
import StorageTestKit
import Testing

@testable import Storage

@Suite struct UserCommandTests {
    @Test(
        "COMMAND-1: the first person becomes administrator, e-mails are stored lower-cased", arguments: Backend.allCases
    )
    func register(_ backend: Backend) async throws {
        let office = try await Office(backend)
        #expect(office.owner.role == .admin)
        #expect(office.guest.role == .user)
        let command = RegisterUser(name: "Élise", email: "Élise@EXAMPLE.org", company: "ACME", passwordHash: "hash")
        let user = try await office.perform(command, appends: .server) { [.userRegistered($0)] }
        #expect(user.email == "élise@example.org")
        #expect(user.createdAt == office.now)
        #expect(user.name == "Élise")
        #expect(user.company == "ACME")
        #expect(user.passwordHash == "hash")
        #expect(try await office.read { try $0.user(user.id) } == user)
    }

    @Test("COMMAND-2: an account needs a name and an e-mail of its own", arguments: Backend.allCases)
    func registerRefusals(_ backend: Backend) async throws {
        let office = try await Office(backend)
        func register(_ name: String, _ email: String) -> RegisterUser {
            RegisterUser(name: name, email: email, company: nil, passwordHash: nil)
        }
        for email in [
            "ada@example.org", "ADA@Example.org", "", "ada", "@example.org", "ada@", "a@b@c", "a b@c", "a@b\n",
        ] {
            try await office.refuses(register("Ada", email), .userCreate)
        }
        try await office.refuses(register("Ada", String(repeating: "a", count: 320) + "@b"), .userCreate)
        try await office.refuses(register("", "new@example.org"), .userCreate)
        try await office.refuses(register(String(repeating: "ä", count: 257), "new@example.org"), .userCreate)
    }

    @Test("COMMAND-3: a profile changes field by field", arguments: Backend.allCases)
    func update(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let change = UserChange(id: office.guest.id, bio: "bio", role: .guest)
        let user = try await office.perform(UpdateUser(change), appends: .server) { _ in [.userChanged(change)] }
        var expected = office.guest
        (expected.bio, expected.role) = ("bio", .guest)
        #expect(user == expected)
        try await office.refuses(UpdateUser(UserChange(id: Fixture.id(77), name: "x")), .userNotFound)
        try await office.refuses(UpdateUser(UserChange(id: office.guest.id, name: "")), .userUpdate)
        let long = String(repeating: "x", count: 513)
        try await office.refuses(UpdateUser(UserChange(id: office.guest.id, name: long)), .userUpdate)
    }

    @Test(
        "COMMAND-4: a token is stored once, for somebody who is there, and revoked by its owner",
        arguments: Backend.allCases)
    func tokens(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let token = self.token(of: office.guest)
        try await office.perform(CreateToken(token), appends: .server) { _ in [.tokenCreated(token)] }
        #expect(try await office.read { try $0.token(token.id) } == token)
        try await office.refuses(CreateToken(token), .tokenCreate)
        try await office.refuses(CreateToken(Fixture.token(2, of: 77)), .userNotFound)
        try await office.refuses(RevokeToken(token.id, owner: office.owner.id), .tokenRevoke)
        try await office.refuses(RevokeToken(Fixture.id(99), owner: nil), .tokenRevoke)
        let revoke = RevokeToken(token.id, owner: office.guest.id)
        try await office.perform(revoke, appends: .server) { _ in [.tokenRevoked(token.id)] }
        #expect(try await office.read { try $0.token(token.id) } == nil)
        try await office.refuses(revoke, .tokenRevoke)
    }

    private func token(of owner: User) -> Token {
        var token = Fixture.token(1, of: 1)
        token.owner = owner.id
        return token
    }

    @Test("COMMAND-5: who may not is told before anything is written", arguments: Backend.allCases)
    func authorize(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let before = try await MetadataSnapshot(of: office.service.store, projects: [])
        await #expect(throws: DomainError(.forbidden, "no")) {
            try await office.service.perform(
                UpdateUser(UserChange(id: office.guest.id, name: "x")), actor: office.guest.id
            ) { rows in
                #expect(try rows.userCount() == 2)
                throw DomainError(.forbidden, "no")
            }
        }
        #expect(try await MetadataSnapshot(of: office.service.store, projects: []) == before)
    }

    @Test("COMMAND-6: a text with the character NUL is refused: no database keeps it", arguments: Backend.allCases)
    func nul(_ backend: Backend) async throws {
        let office = try await Office(backend)
        try await office.refuses(UpdateUser(UserChange(id: office.guest.id, bio: "a\u{0}b")), .userInput)
        let literal = UserChange(id: office.guest.id, bio: #"a\u0000b \\u0000"# + "\u{1}\u{7F}\u{FFFF}\"\\")
        #expect(try await office.perform(UpdateUser(literal)).bio == literal.bio)
    }
}
