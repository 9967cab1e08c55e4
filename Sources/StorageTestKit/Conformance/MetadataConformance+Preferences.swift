import ObjectModel
import Storage

extension MetadataConformance {
    private static func favorite(_ user: Int, _ project: Int, since second: Int64) -> Favorite {
        Favorite(user: Fixture.id(user), project: Fixture.id(project), since: Fixture.time(second))
    }

    private static func preference(_ user: Int, _ key: String, _ isOn: Bool) -> Preference {
        Preference(user: Fixture.id(user), key: key, isOn: isOn)
    }

    static let preferences: [Check] = [
        Check("META-84: favourites are one by person and project, newest first, also of projects that are not here") {
            store in
            try await store.write { rows in
                for number in 1...2 { try rows.put(Fixture.user(number)) }
                try rows.put(Self.favorite(1, 3, since: 10))
                try rows.put(Self.favorite(1, 4, since: 30))
                try rows.put(Self.favorite(1, 5, since: 10))
                try rows.put(Self.favorite(2, 3, since: 20))
                try rows.put(Self.favorite(1, 3, since: 11))
                try rows.deleteFavorite(of: Fixture.id(1), Fixture.id(5))
                try rows.deleteFavorite(of: Fixture.id(2), Fixture.id(9))
            }
            try await store.read { rows in
                try expect(
                    rows.favorites(of: Fixture.id(1)),
                    equals: [Self.favorite(1, 4, since: 30), Self.favorite(1, 3, since: 11)])
                try expect(
                    rows.favorite(of: Fixture.id(2), Fixture.id(3)), equals: Self.favorite(2, 3, since: 20))
                try expect(rows.favorite(of: Fixture.id(1), Fixture.id(5)), equals: nil)
                let counts = try rows.favoriteCounts(ofEach: Set([3, 4, 5].map { Fixture.id($0) }))
                try expect(counts, equals: [Fixture.id(3): 2, Fixture.id(4): 1])
            }
            try await expectRefusal("no such person") {
                try await store.write { try $0.put(Self.favorite(3, 3, since: 1)) }
            }
        },
        Check("META-85: favourites of what somebody owns, all or public ones") { store in
            try await store.write { rows in
                for number in 1...2 { try rows.put(Fixture.user(number)) }
                for number in 1...3 {
                    var project = Fixture.project(number)
                    project.visibility = number == 1 ? .public : .private
                    try rows.put(project)
                    let role: ProjectRole = number == 3 ? .contributor : .owner
                    try rows.put(Collaborator(project: project.id, user: Fixture.id(1), role: role))
                    for user in 1...2 { try rows.put(Self.favorite(user, number, since: 1)) }
                }
            }
            try await store.read { rows in
                try expect(rows.favoriteCount(ownedBy: Fixture.id(1), onlyPublic: false), equals: 4)
                try expect(rows.favoriteCount(ownedBy: Fixture.id(1), onlyPublic: true), equals: 2)
                try expect(rows.favoriteCount(ownedBy: Fixture.id(2), onlyPublic: false), equals: 0)
            }
        },
        Check("META-86: switches are one by person and key, by key") { store in
            try await store.write { rows in
                for number in 1...2 { try rows.put(Fixture.user(number)) }
                try rows.put(Self.preference(1, "flag/b", true))
                try rows.put(Self.preference(1, "flag/a", true))
                try rows.put(Self.preference(1, "flag/b", false))
                try rows.put(Self.preference(2, "flag/a", false))
            }
            try await store.read { rows in
                try expect(
                    rows.preferences(of: Fixture.id(1)),
                    equals: [Self.preference(1, "flag/a", true), Self.preference(1, "flag/b", false)])
                try expect(rows.preferences(of: Fixture.id(3)), equals: [])
            }
            try await expectRefusal("no such person") {
                try await store.write { try $0.put(Self.preference(3, "flag/a", true)) }
            }
        },
    ]
}
