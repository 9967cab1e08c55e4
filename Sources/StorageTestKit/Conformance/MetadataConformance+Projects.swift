import ObjectModel
import Storage

extension MetadataConformance {
    /// Person 1 owns projects 1 to 4; 2 and 3 changed at the same time.
    private static func seedProjects(_ store: any MetadataStore) async throws {
        try await store.write { rows in
            for (number, name, second) in [
                (1, "Harbour", 10), (2, "Bridge", 30), (3, "harbour bridge", 30), (4, "Tower", 20),
            ] {
                try rows.put(Fixture.project(number, name: name, changed: Int64(second)))
                try rows.put(Collaborator(project: Fixture.id(number), user: Fixture.id(1), role: .owner))
            }
            try rows.put(Collaborator(project: Fixture.id(4), user: Fixture.id(2), role: .contributor))
            try rows.put(Collaborator(project: Fixture.id(2), user: Fixture.id(2), role: .reviewer))
        }
    }

    static let projects: [Check] = [
        Check("META-20: a project comes back field by field, and is replaced by id with all that it holds") { store in
            var project = Fixture.project(1)
            try await store.write { [project] rows in
                try rows.put(project)
                try rows.put(Collaborator(project: project.id, user: Fixture.id(1), role: .owner))
                try rows.put(Fixture.model(1, in: 1))
                try rows.put(Fixture.version(1, of: 1, in: 1))
            }
            try await store.read { [project] in try expect($0.project(project.id), equals: project) }
            (project.name, project.description, project.visibility) = ("", "línea\n2", .workspace)
            (project.allowPublicComments, project.updatedAt) = (true, Fixture.time(-5))
            try await store.write { [project] in try $0.put(project) }
            try await store.read { [project] rows in
                try expect(rows.project(project.id), equals: project)
                try expect(rows.role(of: Fixture.id(1), in: project.id), equals: .owner)
                try expect(rows.allVersions(in: project.id).count, equals: 1)
            }
        },
        Check("META-29: a policy comes back field by field, and outlives its project") { store in
            let policies = [
                ProjectPolicy.open,
                ProjectPolicy(
                    regions: .only([Fixture.node(2), Fixture.node(1)]),
                    home: ProjectHome(node: Fixture.node(1), epoch: .max), allowsEdges: false, minimumCopies: 3),
                ProjectPolicy(regions: .only([]), home: ProjectHome(node: nil, epoch: 2)),
            ]
            for policy in policies {
                try await store.write { try $0.put(policy, of: Fixture.id(1)) }
                try await store.read { try expect($0.policy(of: Fixture.id(1)), equals: policy) }
            }
            try await store.write { rows in
                try rows.put(ProjectPolicy.open, of: Fixture.id(3))
                try rows.put(Fixture.project(1))
                try rows.deleteProject(Fixture.id(1))
            }
            try await store.read { rows in
                try expect(rows.policy(of: Fixture.id(1)), equals: policies[2])
                try expect(rows.policy(of: Fixture.id(2)), equals: nil)
                try expect(rows.projectsWithPolicy(), equals: [Fixture.id(1), Fixture.id(3)])
            }
        },
        Check("META-30: an order to remove a project comes back, and removing leaves nothing but that order") { store in
            let orders = [
                Purge(project: Fixture.id(2), exclusion: [Fixture.node(1): 3, Fixture.node(2): 1]),
                Purge(
                    project: Fixture.id(1), exclusion: [Fixture.node(2): 7],
                    holders: [Fixture.node(3), Fixture.node(4)], ownSequence: 12),
            ]
            let scopes = [1, 2].map { LogScope.project(Fixture.id($0)) }
            try await store.write { rows in
                for order in orders { try rows.put(order) }
                for number in 1...2 {
                    try rows.put(Fixture.project(number))
                    try rows.put(Fixture.model(1, in: number))
                    try rows.put(ProjectPolicy.open, of: Fixture.id(number))
                    for node in [4, 5] {
                        try rows.put(
                            PeerCursor(project: Fixture.id(number), node: Fixture.node(node), epoch: 1, nextOrdinal: 2))
                    }
                }
                for scope in scopes {
                    try rows.append(Fixture.operation(1, in: scope))
                    let write = LiveWrite(.project, .name, Dot(origin: Fixture.node(1), sequence: 1))
                    try rows.put(write, in: scope)
                    try rows.touch(.project, in: scope, at: Fixture.time(4))
                    let conflict = Conflict(
                        kind: .edited, entity: .project, field: .name, dots: [write.dot], openedAt: Fixture.time(1))
                    try rows.replaceConflicts(of: .project, in: scope, with: [conflict])
                }
                try rows.removeProject(Fixture.id(1))
                try rows.deletePeerCursor(of: Fixture.node(4), in: Fixture.id(2))
            }
            try await store.read { rows in
                try expect(rows.purges(), equals: [orders[1], orders[0]])
                try expect(rows.purge(of: Fixture.id(1)), equals: orders[1])
                for (number, scope) in zip(1...2, scopes) {
                    let isLeft = number == 2
                    try expect(rows.project(Fixture.id(number)) != nil, equals: isLeft)
                    try expect(
                        rows.models(in: Fixture.id(number), filter: .init(), after: nil, limit: 9).isEmpty,
                        equals: !isLeft)
                    try expect(rows.origins(in: scope).isEmpty, equals: !isLeft)
                    try expect(rows.liveWrites(of: .project, in: scope).isEmpty, equals: !isLeft)
                    try expect(rows.lastTouch(of: .project, in: scope) != nil, equals: isLeft)
                    try expect(rows.conflicts(in: scope).isEmpty, equals: !isLeft)
                    try expect(rows.policy(of: Fixture.id(number)) != nil, equals: isLeft)
                    try expect(rows.peerCursor(of: Fixture.node(5), in: Fixture.id(number)) != nil, equals: isLeft)
                }
                try expect(rows.peerCursor(of: Fixture.node(4), in: Fixture.id(2)), equals: nil)
            }
            try await store.write { try $0.deletePeerCursors(in: Fixture.id(1)) }
            try expect(
                try await store.read { try $0.peerCursor(of: Fixture.node(5), in: Fixture.id(2)) } != nil, equals: true)
            try await store.write { try $0.deletePeerCursors(in: Fixture.id(2)) }
            try expect(try await store.read { try $0.peerCursor(of: Fixture.node(5), in: Fixture.id(2)) }, equals: nil)
            try await store.write { try $0.deletePurge(of: Fixture.id(1)) }
            try await store.read { try expect($0.purges(), equals: [orders[0]]) }
        },
        Check("META-21: a person's projects by last change, ties by id, page by page") { store in
            try await Self.seedProjects(store)
            try await store.read { rows in
                let all = try rows.projects(of: Fixture.id(1), filter: .init(), after: nil, limit: 9)
                try expect(all.map(\.id), equals: [Fixture.id(3), Fixture.id(2), Fixture.id(4), Fixture.id(1)])
                for limit in 1...4 {
                    let paged = try Self.pages(limit) { after, limit in
                        try rows.projects(of: Fixture.id(1), filter: .init(), after: after, limit: limit)
                    } key: {
                        PageKey(time: $0.updatedAt, id: $0.id.rawValue)
                    }
                    try expect(paged, equals: all)
                }
                try expect(rows.projectCount(of: Fixture.id(1), filter: .init()), equals: 4)
                try expect(rows.allProjects(), equals: [1, 2, 3, 4].map { Fixture.id($0) })
                try expect(rows.projects(of: Fixture.id(1), filter: .init(), after: nil, limit: 0), equals: [])
                try expect(rows.projects(of: Fixture.id(1), filter: .init(), after: nil, limit: -1), equals: [])
                try expect(rows.projects(of: Fixture.id(9), filter: .init(), after: nil, limit: 9), equals: [])
            }
        },
        Check("META-22: projects are filtered by name and by role, and counted the same") { store in
            try await Self.seedProjects(store)
            try await store.read { rows in
                func found(_ person: Int, _ filter: ProjectFilter) throws -> [ProjectID] {
                    let ids = try rows.projects(of: Fixture.id(person), filter: filter, after: nil, limit: 9).map(\.id)
                    try expect(rows.projectCount(of: Fixture.id(person), filter: filter), equals: ids.count)
                    return ids
                }
                try expect(found(1, .init(search: "HARBOUR")), equals: [Fixture.id(3), Fixture.id(1)])
                try expect(found(1, .init(search: "%")), equals: [])
                try expect(found(1, .init(search: "")).count, equals: 4)
                try expect(found(2, .init()), equals: [Fixture.id(2), Fixture.id(4)])
                try expect(found(2, .init(onlyWithRoles: [.reviewer])), equals: [Fixture.id(2)])
                try expect(found(2, .init(onlyWithRoles: [.reviewer, .contributor])).count, equals: 2)
                try expect(found(2, .init(onlyWithRoles: [])), equals: [])
                try expect(found(2, .init(search: "tower", onlyWithRoles: [.reviewer])), equals: [])
            }
        },
        Check("META-23: a role is given, changed and taken; people come owners first, then by id") { store in
            let roles: [(Int, ProjectRole)] = [(1, .reviewer), (4, .owner), (2, .contributor), (3, .owner)]
            try await store.write { rows in
                try rows.put(Fixture.project(1))
                for (user, role) in roles {
                    try rows.put(Collaborator(project: Fixture.id(1), user: Fixture.id(user), role: role))
                }
            }
            try await store.read { rows in
                let people = try rows.collaborators(of: Fixture.id(1))
                try expect(people.map(\.user), equals: [3, 4, 2, 1].map { Fixture.id($0) })
                try expect(people.map(\.role), equals: [.owner, .owner, .contributor, .reviewer])
                try expect(rows.role(of: Fixture.id(2), in: Fixture.id(1)), equals: .contributor)
                try expect(rows.role(of: Fixture.id(5), in: Fixture.id(1)), equals: nil)
                try expect(rows.role(of: Fixture.id(1), in: Fixture.id(2)), equals: nil)
            }
            try await store.write { rows in
                try rows.put(Collaborator(project: Fixture.id(1), user: Fixture.id(1), role: .owner))
                try rows.deleteCollaborator(Fixture.id(3), in: Fixture.id(1))
                try rows.deleteCollaborator(Fixture.id(3), in: Fixture.id(1))
                try expect(rows.collaborators(of: Fixture.id(1)).map(\.user), equals: [1, 4, 2].map { Fixture.id($0) })
            }
        },
        Check("META-24: a role, a model or a version without what it belongs to is refused") { store in
            try await store.write { try $0.put(Fixture.project(1)) }
            let orphans: [@Sendable (any MetadataWriting) throws -> Void] = [
                { try $0.put(Collaborator(project: Fixture.id(9), user: Fixture.id(1), role: .owner)) },
                { try $0.put(Fixture.model(1, in: 9)) },
                { try $0.put(Fixture.version(1, of: 1, in: 1)) },
            ]
            for orphan in orphans {
                try await expectRefusal("it belongs nowhere") { try await store.write { try orphan($0) } }
            }
        },
        Check("META-25: deleting a project takes its roles, models and versions, leaves others and its log") { store in
            try await store.write { rows in
                for number in 1...2 {
                    try rows.put(Fixture.project(number))
                    try rows.put(Collaborator(project: Fixture.id(number), user: Fixture.id(1), role: .owner))
                    try rows.put(Fixture.model(10 + number, in: number))
                    try rows.put(Fixture.version(20 + number, of: 10 + number, in: number, app: "rhino"))
                    try rows.append(Fixture.operation(1, in: .project(Fixture.id(number))))
                }
                try rows.deleteProject(Fixture.id(1))
                try rows.deleteProject(Fixture.id(3))
            }
            try await store.read { rows in
                try expect(rows.project(Fixture.id(1)), equals: nil)
                try expect(rows.collaborators(of: Fixture.id(1)), equals: [])
                try expect(rows.role(of: Fixture.id(1), in: Fixture.id(1)), equals: nil)
                try expect(rows.modelCount(in: Fixture.id(1), filter: .init()), equals: 0)
                try expect(rows.model(Fixture.id(11), in: Fixture.id(1)), equals: nil)
                try expect(rows.allVersions(in: Fixture.id(1)), equals: [])
                try expect(rows.sourceApplications(in: Fixture.id(1)), equals: [])
                try expect(rows.lastSequence(of: Fixture.node(1), in: .project(Fixture.id(1))), equals: 1)
                let left = try rows.projects(of: Fixture.id(1), filter: .init(), after: nil, limit: 9)
                try expect(left.map(\.id), equals: [Fixture.id(2)])
                try expect(rows.allProjects(), equals: [Fixture.id(2)])
                try expect(rows.allVersions(in: Fixture.id(2)).count, equals: 1)
            }
        },
    ]

    /// All pages of a list, one after the other.
    static func pages<Item>(
        _ limit: Int, _ page: (PageKey?, Int) throws -> [Item], key: (Item) -> PageKey
    ) throws -> [Item] {
        var items: [Item] = []
        while items.count < 100 {
            let next = try page(items.last.map(key), limit)
            try expect(next.count <= limit, "a page holds at most \(limit)")
            if next.isEmpty { return items }
            items += next
        }
        throw ConformanceFailure(description: "paging does not end")
    }
}
