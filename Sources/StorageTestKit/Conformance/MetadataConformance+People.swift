import ObjectModel
import Storage

extension MetadataConformance {
    static let people: [Check] = [
        Check("META-10: a user comes back field by field, and is replaced by id") { store in
            var ada = Fixture.user(1)
            try await store.write { [ada] in try $0.put(ada) }
            try await store.read { [ada] in try expect($0.user(ada.id), equals: ada) }
            ada.name = "Ada Lovelace"
            ada.email = "new@example.org"
            (ada.bio, ada.company, ada.avatar) = ("bio", "company", "data:image/png;base64,")
            (ada.isVerified, ada.role, ada.passwordHash) = (true, .archived, nil)
            try await store.write { [ada] in try $0.put(ada) }
            try await store.read { [ada] rows in
                try expect(rows.user(ada.id), equals: ada)
                try expect(rows.userCount(), equals: 1)
                try expect(rows.user(Fixture.id(2)), equals: nil)
                try expect(rows.user(email: "person1@example.org"), equals: nil)
            }
        },
        Check("META-11: a person is found by e-mail, whatever the case that is asked for") { store in
            let ada = Fixture.user(1, email: "ada@example.org")
            try await store.write { try $0.put(ada) }
            try await store.read { rows in
                try expect(rows.user(email: "ada@example.org"), equals: ada)
                try expect(rows.user(email: "ADA@Example.ORG"), equals: ada)
                try expect(rows.user(email: "da@example.org"), equals: nil)
                try expect(rows.user(email: "%"), equals: nil)
            }
        },
        Check("META-12: an e-mail belongs to one person; a second one is refused and changes nothing") { store in
            let ada = Fixture.user(1, email: "ada@example.org")
            try await store.write { try $0.put(ada) }
            try await expectRefusal("the e-mail is taken") {
                try await store.write { try $0.put(Fixture.user(2, email: "ada@example.org")) }
            }
            try await store.read { rows in
                try expect(rows.userCount(), equals: 1)
                try expect(rows.user(email: "ada@example.org"), equals: ada)
            }
        },
        Check("META-13: people are searched by name or e-mail, by name then id, up to the limit") { store in
            let people = [
                Fixture.user(3, name: "Berta", email: "x@ada.org"), Fixture.user(1, name: "Ada"),
                Fixture.user(2, name: "Ada"), Fixture.user(4, name: "Carl"),
            ]
            try await store.write { for person in people { try $0.put(person) } }
            try await store.read { rows in
                func found(_ text: String, emailOnly: Bool = false, limit: Int = 10) throws -> [UserID] {
                    try rows.users(matching: text, emailOnly: emailOnly, limit: limit).map(\.id)
                }
                try expect(found("ADA"), equals: [Fixture.id(1), Fixture.id(2), Fixture.id(3)])
                try expect(found("ada", limit: 2), equals: [Fixture.id(1), Fixture.id(2)])
                try expect(found("ada", emailOnly: true), equals: [Fixture.id(3)])
                try expect(found(""), equals: [Fixture.id(1), Fixture.id(2), Fixture.id(3), Fixture.id(4)])
                try expect(found("ada", limit: 0), equals: [])
                try expect(found("ada", limit: -1), equals: [])
            }
        },
        Check("META-14: signs of patterns in a search mean themselves") { store in
            let names = ["100% timber", "under_score", "back\\slash", "brackets [a]*?", "quote ' \" ;"]
            try await store.write { rows in
                for (index, name) in names.enumerated() { try rows.put(Fixture.user(index + 1, name: name)) }
            }
            try await store.read { rows in
                for sign in ["%", "_", "\\", "[a]", "*", "?", "'", "\"", ";", "% t", "r_s"] {
                    let expected = names.filter { $0.contains(sign) }.sorted()
                    try expect(rows.users(matching: sign, emailOnly: false, limit: 9).map(\.name), equals: expected)
                }
            }
        },
        Check("META-15: a search disregards case beyond ASCII too") { store in
            try await store.write { rows in
                try rows.put(Fixture.user(1, name: "Élodie Ångström"))
                try rows.put(Fixture.user(2, name: "ΑΛΈΞΗΣ Ж"))
            }
            try await store.read { rows in
                for (text, number) in [("élodie", 1), ("ÅNG", 1), ("αλέξη", 2), ("ж", 2)] {
                    let found = try rows.users(matching: text, emailOnly: false, limit: 9).map(\.id)
                    try expect(found, equals: [Fixture.id(number)])
                }
            }
        },
        Check("META-16: a token comes back field by field, is replaced by id, and goes") { store in
            var token = Fixture.token(1, of: 1)
            token.projects = [Fixture.id(7), Fixture.id(8)]
            try await store.write { [token] rows in
                try rows.put(Fixture.user(1))
                try rows.put(token)
                try expect(rows.token(token.id), equals: token)
            }
            (token.name, token.scopes, token.projects) = ("quote \" and \\", Scope.allCases, [])
            try await store.write { [token] in try $0.put(token) }
            try await store.read { [token] in try expect($0.token(token.id), equals: token) }
            try await store.write { [token] rows in
                try rows.deleteToken(token.id)
                try rows.deleteToken(token.id)
                try expect(rows.token(token.id), equals: nil)
            }
        },
        Check("META-17: a person's tokens of one kind, newest first, ties by id") { store in
            let tokens = [
                Fixture.token(1, of: 1, at: 5), Fixture.token(2, of: 1, at: 9), Fixture.token(3, of: 1, at: 5),
                Fixture.token(4, of: 1, kind: .app), Fixture.token(5, of: 1, kind: .refresh), Fixture.token(6, of: 2),
            ]
            try await store.write { rows in
                for number in 1...2 { try rows.put(Fixture.user(number)) }
                for token in tokens { try rows.put(token) }
            }
            try await store.read { rows in
                let personal = try rows.tokens(of: Fixture.id(1), kind: .personal)
                try expect(personal, equals: [tokens[1], tokens[2], tokens[0]])
                try expect(rows.tokens(of: Fixture.id(1), kind: .app), equals: [tokens[3]])
                try expect(rows.tokens(of: Fixture.id(1), kind: .refresh), equals: [tokens[4]])
                try expect(rows.tokens(of: Fixture.id(3), kind: .personal), equals: [])
            }
        },
        Check("META-18: an authorization code is there until it is deleted") { store in
            var code = AuthorizationCode(
                code: "c0de", app: AppID(rawValue: "sdui"), user: Fixture.id(1), challenge: "challenge",
                createdAt: Fixture.time(3))
            try await store.write { [code] rows in
                try rows.put(Fixture.user(1))
                try rows.put(code)
            }
            code.challenge = "another"
            try await store.write { [code] in try $0.put(code) }
            try await store.read { [code] rows in
                try expect(rows.authorizationCode("c0de"), equals: code)
                try expect(rows.authorizationCode("C0DE"), equals: nil)
            }
            try await store.write { try $0.deleteAuthorizationCode("c0de") }
            try await store.read { try expect($0.authorizationCode("c0de"), equals: nil) }
            try await store.write { [code] rows in
                try rows.put(code)
                try rows.deleteAuthorizationCodes(of: Fixture.id(2))
                try expect(rows.authorizationCode("c0de"), equals: code)
                try rows.deleteAuthorizationCodes(of: Fixture.id(1))
                try expect(rows.authorizationCode("c0de"), equals: nil)
            }
        },
        Check("META-19: a token or a code of nobody is refused") { store in
            try await expectRefusal("no such owner") { try await store.write { try $0.put(Fixture.token(1, of: 1)) } }
            let code = AuthorizationCode(
                code: "c0de", app: AppID(rawValue: "sdui"), user: Fixture.id(1), challenge: "",
                createdAt: Fixture.time(3))
            try await expectRefusal("no such user") { try await store.write { try $0.put(code) } }
        },
    ]
}
