import ObjectModel
import Storage

extension MetadataConformance {
    static let administration: [Check] = [
        Check("META-80: settings are none at first, come back field by field, and are replaced") { store in
            try await store.read { try expect($0.serverSettings(), equals: ServerSettings()) }
            let settings = ServerSettings(
                name: "Grüße", company: "c", description: "d", adminContact: "a", termsOfService: "t",
                isInviteOnly: true, allowsGuests: true)
            try await store.write { try $0.put(settings) }
            try await store.read { try expect($0.serverSettings(), equals: settings) }
            try await store.write { try $0.put(ServerSettings(company: "only")) }
            try await store.read { try expect($0.serverSettings(), equals: ServerSettings(company: "only")) }
        },
        Check("META-81: a person goes with their tokens and codes, and with nothing else") { store in
            let code = AuthorizationCode(
                code: "c0de", app: AppID(rawValue: "sdui"), user: Fixture.id(1), challenge: "",
                createdAt: Fixture.time(3))
            try await store.write { rows in
                for number in 1...2 {
                    try rows.put(Fixture.user(number))
                    try rows.put(Fixture.token(number, of: number))
                }
                try rows.put(code)
                try rows.put(Fixture.project(1))
                try rows.put(Collaborator(project: Fixture.id(1), user: Fixture.id(1), role: .owner))
                try rows.deleteUser(Fixture.id(1))
                try rows.deleteUser(Fixture.id(9))
            }
            try await store.read { rows in
                try expect(rows.user(Fixture.id(1)), equals: nil)
                try expect(rows.user(email: "person1@example.org"), equals: nil)
                try expect(rows.token(Fixture.id(1)), equals: nil)
                try expect(rows.token(Fixture.id(2)), equals: Fixture.token(2, of: 2))
                try expect(rows.authorizationCode("c0de"), equals: nil)
                try expect(rows.role(of: Fixture.id(1), in: Fixture.id(1)), equals: .owner)
                try expect(rows.actingOwners(of: Fixture.id(1)), equals: [])
            }
        },
        Check("META-82: people by name, e-mail, company and role, newest first, page by page") { store in
            try await store.write { rows in
                for number in 1...5 {
                    var user = Fixture.user(number, name: "Ada \(number)")
                    user.createdAt = Fixture.time(number < 3 ? 10 : 20)
                    user.company = number == 4 ? "Ürün" : nil
                    user.role = number == 2 ? .admin : .user
                    try rows.put(user)
                }
            }
            try await store.read { rows in
                func found(_ filter: UserFilter, offset: Int = 0, limit: Int = 9) throws -> [UserID] {
                    try rows.users(filter, offset: offset, limit: limit).map(\.id)
                }
                try expect(found(.init()), equals: [5, 4, 3, 2, 1].map { Fixture.id($0) })
                try expect(found(.init(), offset: 1, limit: 2), equals: [4, 3].map { Fixture.id($0) })
                try expect(found(.init(), offset: 9), equals: [])
                try expect(found(.init(search: "ÜRÜN")), equals: [Fixture.id(4)])
                try expect(found(.init(search: "PERSON3@")), equals: [Fixture.id(3)])
                try expect(found(.init(search: "ada", role: .admin)), equals: [Fixture.id(2)])
                try expect(found(.init(search: "%")), equals: [])
                try expect(rows.userCount(.init(search: "ada")), equals: 5)
                try expect(rows.userCount(.init(role: .user)), equals: 4)
            }
        },
        Check("META-83: all projects, by name and visibility, in each order, page by page") { store in
            try await store.write { rows in
                for (number, name) in [(1, "Quay"), (2, "Bridge"), (3, "Bridge east")] {
                    var project = Fixture.project(number, name: name, changed: Int64(10 - number))
                    project.createdAt = Fixture.time(Int64(number))
                    project.visibility = number == 2 ? .public : .private
                    try rows.put(project)
                }
            }
            try await store.read { rows in
                func found(_ filter: ServerProjectFilter, offset: Int = 0, limit: Int = 9) throws -> [ProjectID] {
                    try rows.projects(filter, offset: offset, limit: limit).map(\.id)
                }
                try expect(found(.init()), equals: [1, 2, 3].map { Fixture.id($0) })
                try expect(found(.init(order: .createdAt)), equals: [3, 2, 1].map { Fixture.id($0) })
                let byName = ServerProjectFilter(order: .name, isDescending: false)
                try expect(found(byName), equals: [2, 3, 1].map { Fixture.id($0) })
                try expect(found(byName, offset: 1, limit: 1), equals: [Fixture.id(3)])
                try expect(found(.init(search: "BRIDGE", visibility: .public)), equals: [Fixture.id(2)])
                try expect(rows.projectCount(.init(search: "bridge")), equals: 2)
                try expect(rows.projectCount(.init(visibility: .workspace)), equals: 0)
            }
        },
        Check("META-85: what mails are answered with is one for each person and purpose, and goes with the person") {
            store in
            @Sendable func proof(_ user: Int, _ purpose: AccountProof.Purpose, _ token: String, code: String? = nil)
                -> AccountProof
            {
                AccountProof(
                    user: Fixture.id(user), purpose: purpose, email: "é@example.org",
                    tokenHash: ContentHash(of: token), codeHash: code.map { ContentHash(of: $0) }, attemptCount: 3,
                    createdAt: Fixture.time(7))
            }
            let (first, second) = (proof(1, .verification, "a", code: "1"), proof(1, .verification, "b"))
            let (reset, other) = (proof(1, .passwordReset, "c"), proof(2, .verification, "d"))
            try await store.write { rows in
                for number in 1...2 { try rows.put(Fixture.user(number)) }
                try rows.put(first)
                try expect(rows.proof(token: first.tokenHash), equals: first)
                for proof in [second, reset, other] { try rows.put(proof) }
            }
            try await store.read { rows in
                try expect(rows.proof(token: first.tokenHash), equals: nil)
                try expect(rows.proof(.verification, of: Fixture.id(1)), equals: second)
                try expect(rows.proof(.passwordReset, of: Fixture.id(1)), equals: reset)
                try expect(rows.proof(.passwordReset, of: Fixture.id(2)), equals: nil)
            }
            try await store.write { rows in
                try rows.deleteProof(.passwordReset, of: Fixture.id(1))
                try rows.deleteUser(Fixture.id(2))
            }
            try await store.read { rows in
                try expect(rows.proof(token: reset.tokenHash), equals: nil)
                try expect(rows.proof(token: other.tokenHash), equals: nil)
                try expect(rows.proof(token: second.tokenHash), equals: second)
            }
            try await expectRefusal("no such user") {
                try await store.write { try $0.put(proof(9, .verification, "e")) }
            }
        },
        Check("META-84: how many were made in each month, by UTC") { store in
            let times: [Int64] = [1_709_251_199, 1_709_251_200, 1_711_929_599, 0]
            try await store.write { rows in
                for (index, time) in times.enumerated() {
                    var user = Fixture.user(index + 1)
                    user.createdAt = Fixture.time(time)
                    try rows.put(user)
                }
            }
            try await store.read { rows in
                try expect(
                    rows.monthlyCounts(of: .users),
                    equals: [
                        MonthlyCount(month: Fixture.time(0), count: 1),
                        MonthlyCount(month: Fixture.time(1_706_745_600), count: 1),
                        MonthlyCount(month: Fixture.time(1_709_251_200), count: 2),
                    ])
                try expect(rows.monthlyCounts(of: .projects), equals: [])
            }
        },
    ]
}
