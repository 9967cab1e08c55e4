import ObjectModel
import Storage

extension MetadataConformance {
    private static func entry(
        _ number: Int, in project: Int = 1, at position: Int64, by actor: Int? = 7, _ action: String = "commit_create",
        to type: String = "commit", _ resource: String = "a"
    ) -> Activity {
        Activity(
            id: "entry \(number)", project: Fixture.id(project), position: position,
            actor: actor.map { Fixture.id($0) },
            facts: ActivityFacts(action: action, resourceType: type, resourceID: resource, info: ["message": "Grüße"]))
    }

    static let activity: [Check] = [
        Check("META-89: entries come back field by field, newest first, by each filter, in pages") { store in
            let all = [
                Self.entry(1, at: 10), Self.entry(2, at: 20, by: nil, "branch_create", to: "branch", "b"),
                Self.entry(3, at: 30, by: 8), Self.entry(4, at: 30, "commit_delete"),
                Self.entry(5, at: -5, to: "commit", "c"),
            ]
            try await store.write { rows in
                for number in 1...2 { try rows.put(Fixture.project(number)) }
                for entry in all { try rows.put(entry) }
                try rows.put(Self.entry(1, in: 2, at: 40))
            }
            try await store.read { rows in
                let expected: [(ActivityFilter, [Int])] = [
                    (ActivityFilter(), [4, 3, 2, 1, 5]), (ActivityFilter(before: 30), [2, 1, 5]),
                    (ActivityFilter(from: 20), [4, 3, 2]), (ActivityFilter(from: 10, before: 20), [1]),
                    (ActivityFilter(resourceType: "commit"), [4, 3, 1, 5]),
                    (ActivityFilter(resourceType: "commit", resourceID: "a", from: 11), [4, 3]),
                    (ActivityFilter(actor: Fixture.id(7)), [4, 1, 5]),
                    (ActivityFilter(actor: Fixture.id(7), action: "commit_create"), [1, 5]),
                    (ActivityFilter(action: "commit_create"), [3, 1, 5]),
                ]
                for (filter, numbers) in expected {
                    let entries = numbers.map { all[$0 - 1] }
                    try expect(rows.activity(in: Fixture.id(1), filter, limit: 9), equals: entries)
                    try expect(rows.activity(in: Fixture.id(1), filter, limit: 2), equals: Array(entries.prefix(2)))
                    try expect(rows.activityCount(in: Fixture.id(1), filter), equals: entries.count)
                }
                let projects: [ProjectID] = [2, 1, 3].map { Fixture.id($0) }
                try expect(
                    rows.activity(in: projects, ActivityFilter(), limit: 2).map(\.position), equals: [40, 30])
                try expect(
                    rows.projectsWithActivity(by: Fixture.id(7)), equals: [1, 2].map { Fixture.id($0) })
                try expect(rows.projectsWithActivity(by: Fixture.id(8)), equals: [Fixture.id(1)])
                try expect(rows.projectsWithActivity(by: Fixture.id(9)), equals: [])
            }
        },
        Check("META-90: what was put for good is not withdrawn; entries go with their project") { store in
            let (open, closed) = (Self.entry(1, at: 1), Self.entry(2, at: 2))
            try await store.write { rows in
                for number in 1...2 { try rows.put(Fixture.project(number)) }
                try rows.putProvisional(open)
                try rows.putProvisional(closed)
                try rows.put(closed)
                try rows.putProvisional(closed)
                for entry in [open, closed, Self.entry(3, at: 3)] { try rows.withdraw(entry) }
                try rows.put(Self.entry(1, in: 2, at: 1))
                try rows.deleteProject(Fixture.id(2))
            }
            try await store.read { rows in
                try expect(rows.activity(in: Fixture.id(1), ActivityFilter(), limit: 9), equals: [closed])
                try expect(rows.projectsWithActivity(by: Fixture.id(7)), equals: [Fixture.id(1)])
            }
            try await expectRefusal("no such project") {
                try await store.write { try $0.put(Self.entry(1, in: 3, at: 1)) }
            }
        },
    ]
}
