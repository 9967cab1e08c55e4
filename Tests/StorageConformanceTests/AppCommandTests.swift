import ObjectModel
import StorageTestKit
import Testing

@testable import Storage

@Suite struct AppCommandTests {
    @Test("COMMAND-73: an app's secret goes into no log", arguments: Backend.allCases)
    func register(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let command = RegisterApp(Fixture.registration("Tool"), secret: "5ecre7")
        let app = try await office.perform(command, appends: .server) { [.appRegistered($0)] }
        #expect(app.author == office.owner.id)
        #expect(app.secretHash == ContentHash(of: "5ecre7"))
        #expect(try await office.read { try $0.secret(of: app.id) } == "5ecre7")
        for operation in try await office.log(.server) {
            #expect(!String(decoding: operation.body, as: UTF8.self).contains("5ecre7"))
        }
        try await office.refuses(UpdateApp(Fixture.id(77), Fixture.registration("x")), .appNotFound)
        try await office.refuses(DeleteApp(Fixture.id(77)), .appNotFound)
    }

    @Test("COMMAND-74: a change of an app, its end, and the wish of its user end tokens", arguments: Backend.allCases)
    func ends(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let app = try await office.perform(RegisterApp(Fixture.registration("Tool"), secret: "s"))
        let ends: [any Command] = [
            UpdateApp(app.id, Fixture.registration("Other")), RevokeApp(app.id, of: office.owner.id), DeleteApp(app.id),
        ]
        for (number, end) in ends.enumerated() {
            let (own, other) = (self.token(2 * number, of: office.owner, app), self.token(9, of: office.guest, app))
            let personal = self.token(20 + number, of: office.owner, nil)
            for token in [own, personal] { try await office.perform(CreateToken(token)) }
            if try await office.read({ try $0.token(other.id) }) == nil { try await office.perform(CreateToken(other)) }
            try await office.service.store.write { rows in
                try rows.put(
                    AuthorizationCode(
                        code: "code", app: app.id, user: office.owner.id, challenge: "c", createdAt: office.now))
            }
            _ = try await office.perform(end)
            let left = try await office.read { rows in
                (
                    try rows.token(own.id), try rows.token(other.id), try rows.token(personal.id),
                    try rows.authorizationCode("code")
                )
            }
            #expect(left.0 == nil)
            #expect((left.1 != nil) == (end is RevokeApp))
            #expect(left.2 == personal)
            #expect(left.3 == nil)
        }
        let before = try await office.log(.server).count
        try await office.perform(RevokeApp(AppID(rawValue: "sca"), of: office.owner.id))
        #expect(try await office.log(.server).count == before, "nothing was allowed, and nothing is written")
    }

    @Test("COMMAND-75: a refresh token works once; shown again it ends its family", arguments: Backend.allCases)
    func renewal(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let app = try await office.perform(RegisterApp(Fixture.registration("Tool"), secret: "s"))
        func member(_ number: Int, _ kind: Token.Kind, family: Int) -> Token {
            var token = self.token(number, of: office.guest, app)
            (token.kind, token.family) = (kind, Fixture.id(family))
            return token
        }
        let (first, second) = (member(1, .refresh, family: 1), member(2, .refresh, family: 1))
        let (access, elsewhere) = (member(3, .app, family: 1), member(4, .refresh, family: 4))
        try await office.perform(CreateTokens([first, elsewhere]))
        func renew(_ token: Token, to tokens: [Token], app: AppID? = nil, hash: ContentHash? = nil) -> RenewGrant {
            RenewGrant(
                token.id, secretHash: hash ?? token.secretHash, app: app ?? token.app ?? Fixture.id(0), tokens: tokens)
        }
        for wrong in [
            renew(first, to: [second], app: AppID(rawValue: "sca")),
            renew(first, to: [second], hash: elsewhere.secretHash),
            renew(access, to: [second]),
        ] {
            #expect(try await office.perform(wrong, appends: .server) { _ in [] } == false)
        }
        let isRenewed = try await office.perform(renew(first, to: [access, second]), appends: .server) { _ in
            [.tokenRevoked(first.id), .tokenCreated(access), .tokenCreated(second)]
        }
        #expect(isRenewed)
        let wrong = renew(first, to: [], hash: elsewhere.secretHash)
        #expect(try await office.perform(wrong, appends: .server) { _ in [] } == false)
        let isRenewedAgain = try await office.perform(renew(first, to: []), appends: .server) { _ in
            [.grantRevoked(Grant(app: app.id, user: office.guest.id, family: Fixture.id(1)))]
        }
        #expect(!isRenewedAgain)
        let left = try await office.read { rows in
            try [first, second, access, elsewhere].compactMap { try rows.token($0.id)?.id }
        }
        #expect(left == [elsewhere.id])
        #expect(
            try await office.perform(renew(first, to: []), appends: .server) { _ in [] } == false,
            "who shows it over and over writes nothing more")
    }

    @Test(
        "COMMAND-76: a refresh token of somebody who has left, or too old a one, renews nothing",
        arguments: Backend.allCases)
    func lateRenewal(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let app = try await office.perform(RegisterApp(Fixture.registration("Tool"), secret: "s"))
        var (old, left) = (self.token(1, of: office.owner, app), self.token(2, of: office.guest, app))
        (old.kind, left.kind, old.createdAt) = (.refresh, .refresh, Fixture.time(0))
        old.lifespanMilliseconds = 1
        try await office.perform(CreateTokens([old, left]))
        try await office.perform(UpdateUser(UserChange(id: office.guest.id, role: .archived)))
        for token in [old, left] {
            let command = RenewGrant(token.id, secretHash: token.secretHash, app: app.id, tokens: [])
            #expect(try await office.perform(command, appends: .server) { _ in [] } == false)
        }
    }

    private func token(_ number: Int, of owner: User, _ app: RegisteredApp?) -> Token {
        var token = Fixture.token(100 + number, of: 1, kind: app == nil ? .personal : .app, at: 1_000_000)
        (token.owner, token.app) = (owner.id, app?.id)
        return token
    }
}
