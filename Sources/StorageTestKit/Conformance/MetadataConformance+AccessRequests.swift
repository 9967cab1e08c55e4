import ObjectModel
import Storage

extension MetadataConformance {
    private static func request(_ user: Int, to project: Int, at second: Int64) -> AccessRequest {
        AccessRequest(
            project: Fixture.id(project), requester: Fixture.id(user), createdAt: Fixture.time(second))
    }

    static let accessRequests: [Check] = [
        Check("META-87: requests are one by person and project, found by their id, newest first") { store in
            try await store.write { rows in
                for number in 1...2 { try rows.put(Fixture.project(number)) }
                try rows.put(Self.request(7, to: 1, at: 10))
                try rows.put(Self.request(8, to: 1, at: 30))
                try rows.put(Self.request(7, to: 2, at: 40))
                try rows.put(Self.request(7, to: 1, at: 20))
            }
            try await store.read { rows in
                let requests = [Self.request(8, to: 1, at: 30), Self.request(7, to: 1, at: 20)]
                try expect(rows.accessRequests(to: Fixture.id(1)), equals: requests)
                try expect(rows.accessRequest(requests[1].id), equals: requests[1])
                try expect(rows.accessRequest(by: Fixture.id(8), to: Fixture.id(1)), equals: requests[0])
                try expect(rows.accessRequest(by: Fixture.id(8), to: Fixture.id(2)), equals: nil)
                try expect(rows.accessRequest(AccessRequestID(rawValue: "0")), equals: nil)
            }
        },
        Check("META-88: requests go one by one, and with their project") { store in
            try await store.write { rows in
                for number in 1...2 {
                    try rows.put(Fixture.project(number))
                    for user in 7...8 { try rows.put(Self.request(user, to: number, at: 1)) }
                }
                try rows.deleteAccessRequest(by: Fixture.id(7), to: Fixture.id(1))
                try rows.deleteAccessRequest(by: Fixture.id(9), to: Fixture.id(1))
                try rows.deleteProject(Fixture.id(2))
            }
            try await store.read { rows in
                try expect(rows.accessRequests(to: Fixture.id(1)), equals: [Self.request(8, to: 1, at: 1)])
                try expect(rows.accessRequest(Self.request(7, to: 2, at: 1).id), equals: nil)
            }
            try await expectRefusal("no such project") {
                try await store.write { try $0.put(Self.request(7, to: 3, at: 1)) }
            }
        },
    ]
}
