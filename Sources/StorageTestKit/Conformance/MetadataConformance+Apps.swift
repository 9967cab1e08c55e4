import ObjectModel
import Storage

extension MetadataConformance {
    static let apps: [Check] = [
        Check("META-98: an app comes back field by field, is replaced by id, and goes with its secret") { store in
            var app = Fixture.app(1, by: 1)
            try await store.write { [app] rows in
                try rows.put(app)
                try rows.put(secret: "secret", of: app.id)
                try expect(rows.secret(of: app.id), equals: "secret")
            }
            app.registration = AppRegistration(
                name: "quote \"", description: "", terms: "https://t.example", logo: "data:", isPublic: true,
                redirectURL: "tool://back", scopes: Scope.allCases)
            try await store.write { [app] in try $0.put(app) }
            try await store.read { [app] rows in
                try expect(rows.app(app.id), equals: app)
                try expect(rows.app(Fixture.id(2)), equals: nil)
                try expect(rows.secret(of: app.id), equals: "secret")
            }
            try await store.write { [app] rows in
                try rows.deleteApp(app.id)
                try rows.deleteApp(app.id)
                try rows.put(app)
                try expect(rows.secret(of: app.id), equals: nil)
            }
            try await expectRefusal("no such app") {
                try await store.write { try $0.put(secret: "secret", of: Fixture.id(9)) }
            }
        },
        Check("META-99: somebody's apps, and those for everybody, newest first") { store in
            var apps = [
                Fixture.app(1, by: 1, at: 10), Fixture.app(2, by: 1, at: 30), Fixture.app(3, by: 1, at: 10),
                Fixture.app(4, by: 2, at: 20),
            ]
            for place in 2...3 { apps[place].registration.isPublic = true }
            try await store.write { [apps] rows in for app in apps { try rows.put(app) } }
            try await store.read { [apps] rows in
                try expect(rows.apps(by: Fixture.id(1)), equals: [apps[1], apps[2], apps[0]])
                try expect(rows.publicApps(limit: 9), equals: [apps[3], apps[2]])
                try expect(rows.publicApps(limit: 1), equals: [apps[3]])
                try expect(rows.publicApps(limit: -1), equals: [])
            }
        },
        Check("META-100: tokens are found by their app, and by the project that they show") { store in
            let tokens = [
                Fixture.token(1, of: 1, kind: .app), Fixture.token(2, of: 2, kind: .refresh), Fixture.token(3, of: 1),
                Fixture.embedToken(4, of: 1, showing: 1, at: 10), Fixture.embedToken(5, of: 2, showing: 1, at: 20),
                Fixture.embedToken(6, of: 1, showing: 2, at: 30), Fixture.embedToken(7, of: 1, showing: 1, at: 10),
            ]
            try await store.write { rows in
                for number in 1...2 { try rows.put(Fixture.user(number)) }
                for token in tokens { try rows.put(token) }
            }
            try await store.read { rows in
                let app = AppID(rawValue: "spklwebapp")
                try expect(rows.tokens(of: app).sorted { $0.id < $1.id }, equals: Array(tokens[..<2]))
                let project: ProjectID = Fixture.id(1)
                let first = try rows.embedTokens(of: project, after: nil, limit: 2)
                try expect(first, equals: [tokens[4], tokens[6]])
                let after = PageKey(time: Fixture.time(10), id: tokens[6].id.rawValue)
                try expect(rows.embedTokens(of: project, after: after, limit: 2), equals: [tokens[3]])
                try expect(rows.embedTokenCount(of: project), equals: 3)
            }
        },
        Check("META-101: codes go by app, by person, and by age") { store in
            func code(_ text: String, _ app: String, _ user: Int, _ second: Int64) -> AuthorizationCode {
                AuthorizationCode(
                    code: text, app: AppID(rawValue: app), user: Fixture.id(user), challenge: "c",
                    codeChallenge: text == "a" ? "proof" : nil, createdAt: Fixture.time(second))
            }
            let codes = [
                code("a", "sca", 1, 5), code("b", "sca", 2, 6), code("c", "sdm", 1, 7), code("d", "sca", 1, 8),
            ]
            @Sendable func left(_ rows: any MetadataReading) throws -> [String] {
                try codes.compactMap { try rows.authorizationCode($0.code)?.code }
            }
            try await store.write { rows in
                for number in 1...2 { try rows.put(Fixture.user(number)) }
                for code in codes { try rows.put(code) }
                try expect(rows.authorizationCode("a"), equals: codes[0])
                try rows.deleteAuthorizationCodes(before: Fixture.time(6))
                try expect(left(rows), equals: ["b", "c", "d"])
                try rows.deleteAuthorizationCodes(of: AppID(rawValue: "sca"), for: Fixture.id(1))
                try expect(left(rows), equals: ["b", "c"])
                try rows.deleteAuthorizationCodes(of: AppID(rawValue: "sca"), for: nil)
                try expect(left(rows), equals: ["c"])
            }
        },
        Check("META-102: the last use of a token stays when the token is put again, and goes with it") { store in
            let token = Fixture.token(1, of: 1)
            try await store.write { rows in
                try rows.put(Fixture.user(1))
                try rows.put(token)
                try expect(rows.lastUses(ofEach: [token.id]), equals: [:])
                for second in [5, 7] { try rows.noteUse(of: token.id, at: Fixture.time(Int64(second))) }
                try rows.put(token)
                try expect(rows.lastUses(ofEach: [token.id, Fixture.id(99)]), equals: [token.id: Fixture.time(7)])
                try rows.deleteToken(token.id)
                try rows.put(token)
                try expect(rows.lastUses(ofEach: [token.id]), equals: [:])
            }
            try await expectRefusal("no such token") {
                try await store.write { try $0.noteUse(of: Fixture.id(9), at: Fixture.time(1)) }
            }
        },
    ]
}
