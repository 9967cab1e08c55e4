import ObjectModel
import StorageTestKit
import Testing

@testable import Storage

@Suite struct ProofCommandTests {
    private static let token = ContentHash(of: "token")
    private static let resetToken = ContentHash(of: "another token")
    private static let code = ContentHash(of: "123456")

    private func begin(
        _ user: User, _ purpose: AccountProof.Purpose = .verification, interval: Duration = .zero
    ) -> BeginProof {
        BeginProof(
            email: user.email, purpose: purpose, tokenHash: purpose == .verification ? Self.token : Self.resetToken,
            codeHash: purpose == .verification ? Self.code : nil, interval: interval)
    }

    @Test("COMMAND-50: an address is verified by its link, once", arguments: Backend.allCases)
    func link(_ backend: Backend) async throws {
        let office = try await Office(backend)
        #expect(try await office.perform(self.begin(office.guest)) == office.guest.email)
        #expect(try await office.perform(VerifyEmail(.token(ContentHash(of: "other")))) == false)
        let change = UserChange(id: office.guest.id, isVerified: true)
        let isShown = try await office.perform(VerifyEmail(.token(Self.token)), appends: .server) { _ in
            [.userChanged(change)]
        }
        #expect(isShown)
        #expect(try await office.read { try $0.user(office.guest.id)?.isVerified } == true)
        #expect(try await office.perform(VerifyEmail(.token(Self.token))) == false)
        // Who is known needs no mail any more.
        #expect(try await office.perform(self.begin(office.guest)) == nil)
    }

    @Test("COMMAND-51: of a code's wrong guesses only a few are heard", arguments: Backend.allCases)
    func code(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (guest, email) = (office.guest.id, office.guest.email)
        let wrong = VerifyEmail(.code(ContentHash(of: "654321"), of: guest, at: email))
        let right = VerifyEmail(.code(Self.code, of: guest, at: email))
        try await office.perform(self.begin(office.guest))
        for _ in 1..<AccountProof.attemptCountMax { #expect(try await office.perform(wrong) == false) }
        let elsewhere = VerifyEmail(.code(Self.code, of: guest, at: "other@example.org"))
        #expect(try await office.perform(elsewhere) == false)
        #expect(try await office.perform(VerifyEmail(.code(Self.code, of: office.owner.id, at: email))) == false)
        #expect(try await office.perform(right) == true)
        try await office.perform(SetVerification(email: office.guest.email, isVerified: false))
        try await office.perform(self.begin(office.guest))
        for _ in 0..<AccountProof.attemptCountMax { #expect(try await office.perform(wrong) == false) }
        #expect(try await office.perform(right) == false)
        #expect(try await office.perform(VerifyEmail(.token(Self.token))) == false)
    }

    @Test(
        "COMMAND-52: nobody is written to who has no account, is archived, or was just written to",
        arguments: Backend.allCases)
    func unwritten(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let unknown = BeginProof(
            email: "nobody@example.org", purpose: .passwordReset, tokenHash: Self.token, codeHash: nil,
            interval: .zero)
        #expect(try await office.perform(unknown) == nil)
        #expect(try await office.perform(self.begin(office.guest, interval: .seconds(3600))) == office.guest.email)
        #expect(try await office.perform(self.begin(office.guest, interval: .seconds(3600))) == nil)
        try await office.perform(ChangeServerRole(office.guest.id, to: .archived))
        #expect(try await office.perform(self.begin(office.guest)) == nil)
    }

    @Test(
        "COMMAND-53: a password is reset by its link, once, and ends all that was signed in",
        arguments: Backend.allCases)
    func reset(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let guest = office.guest
        for (number, kind) in Token.Kind.allCases.enumerated() {
            var token = Fixture.token(number + 1, of: 1, kind: kind)
            token.owner = guest.id
            try await office.perform(CreateToken(token))
        }
        let authorization = AuthorizationCode(
            code: "c0de", app: AppID(rawValue: "sca"), user: guest.id, challenge: "c", createdAt: office.now)
        try await office.service.store.write { try $0.put(authorization) }
        let reset = ResetPassword(token: Self.resetToken, passwordHash: "new")
        try await office.refuses(reset, .userInput)
        try await office.perform(self.begin(guest))
        // What verifies an address sets no password, nor the other way round.
        try await office.refuses(ResetPassword(token: Self.token, passwordHash: "new"), .userInput)
        try await office.perform(self.begin(guest, .passwordReset))
        #expect(try await office.perform(VerifyEmail(.token(Self.resetToken))) == false)
        try await office.perform(reset, appends: .server) {
            [
                .userChanged(UserChange(id: guest.id, isVerified: true)),
                .userChanged(UserChange(id: guest.id, passwordHash: "new")), .sessionsEnded(guest.id),
            ]
        }
        #expect(try await office.read { try $0.user(guest.id)?.passwordHash } == "new")
        for number in 1...3 { #expect(try await office.read { try $0.token(Fixture.id(number)) } == nil) }
        #expect(try await office.read { try $0.authorizationCode("c0de") } == nil)
        try await office.refuses(reset, .userInput)
        // Whoever signs in later stays signed in.
        var token = Fixture.token(9, of: 1)
        token.owner = guest.id
        try await office.perform(CreateToken(token))
        #expect(try await office.read { try $0.token(Fixture.id(9)) } != nil)
    }

    @Test("COMMAND-54: what a mail said holds for an hour")
    func lifespan() {
        let proof = AccountProof(
            user: Fixture.id(1), purpose: .verification, email: "", tokenHash: Self.token, codeHash: nil,
            createdAt: Fixture.time(10))
        #expect(proof.isValid(at: Fixture.time(3_609)))
        #expect(!proof.isValid(at: Fixture.time(3_610)))
    }
}
