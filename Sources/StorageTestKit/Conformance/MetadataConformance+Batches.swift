import ObjectModel
import Storage

extension MetadataConformance {
    private static let project: ProjectID = Fixture.id(1)

    /// People 1 to 3, projects 1 to 3 and models 1 to 4 of project 1, the last one without versions.
    private static func seedBatches(_ store: any MetadataStore) async throws {
        try await store.write { rows in
            for number in 1...3 {
                try rows.put(Fixture.user(number))
                try rows.put(Fixture.project(number))
            }
            for (user, project, role) in [(1, 1, ProjectRole.reviewer), (2, 1, .owner), (1, 2, .contributor)] {
                try rows.put(Collaborator(project: Fixture.id(project), user: Fixture.id(user), role: role))
            }
            try rows.grantReading(of: Fixture.id(2), to: Fixture.id(1))
            try rows.grantReading(of: Fixture.id(3), to: Fixture.id(1))
            for number in 1...4 { try rows.put(Fixture.model(number, in: 1, name: "model \(number)")) }
            try rows.put(Fixture.model(1, in: 2, name: "model 1"))
            for number in 1...9 {
                try rows.put(Fixture.version(number, of: number % 3 + 1, in: 1, app: number < 4 ? "revit" : "rhino"))
            }
            try rows.put(Fixture.version(1, of: 1, in: 2, app: "etabs"))
        }
    }

    static let batches: [Check] = [
        Check("META-95: many people, projects and models at a time are what each one is") { store in
            try await Self.seedBatches(store)
            try await store.read { rows in
                let users: Set<UserID> = [Fixture.id(1), Fixture.id(3), Fixture.id(99)]
                try expect(rows.users(users).count, equals: 2)
                for (id, user) in try rows.users(users) { try expect(rows.user(id), equals: user) }
                let projects: Set<ProjectID> = [Fixture.id(1), Fixture.id(2), Fixture.id(99)]
                try expect(rows.projects(projects).count, equals: 2)
                for (id, project) in try rows.projects(projects) { try expect(rows.project(id), equals: project) }
                let models: Set<ModelID> = [Fixture.id(1), Fixture.id(4), Fixture.id(99)]
                try expect(rows.models(models, in: Self.project).count, equals: 2)
                for (id, model) in try rows.models(models, in: Self.project) {
                    try expect(rows.model(id, in: Self.project), equals: model)
                }
                try expect(rows.users([]).isEmpty, equals: true)
            }
        },
        Check("META-96: roles, people and source applications of many projects are those of each one") { store in
            try await Self.seedBatches(store)
            try await store.read { rows in
                let projects = Set((1...4).map { Fixture.id($0) as ProjectID })
                for number in 1...3 {
                    let roles = try rows.roles(of: Fixture.id(number), in: projects)
                    for project in projects {
                        try expect(roles[project], equals: rows.role(of: Fixture.id(number), in: project))
                    }
                }
                try expect(rows.roles(of: Fixture.id(1), in: projects).count, equals: 3)
                let (people, apps) = (
                    try rows.collaborators(ofEach: projects), try rows.sourceApplications(inEach: projects)
                )
                for project in projects {
                    try expect(people[project] ?? [], equals: rows.collaborators(of: project))
                    try expect(apps[project] ?? [], equals: rows.sourceApplications(in: project))
                }
                try expect(apps[Self.project], equals: ["revit", "rhino"])
            }
        },
        Check("META-99: versions and files by their ids, in their project only, are those that are there") { store in
            try await Self.seedBatches(store)
            try await store.write { rows in
                for number in 1...3 { try rows.put(Fixture.blob(number, in: 1)) }
                try rows.put(Fixture.blob(4, in: 2))
                try rows.deleteBlob(Fixture.id(2), in: Self.project)
            }
            try await store.read { rows in
                let versions = Set([1, 9, 77].map { Fixture.id($0) as VersionID })
                let found = try rows.versions(versions, in: Self.project)
                try expect(Set(found.keys), equals: [Fixture.id(1), Fixture.id(9)])
                for (id, version) in found { try expect(version, equals: rows.version(id, in: Self.project)) }
                let blobs = Set((1...4).map { Fixture.id($0) as BlobID })
                let files = try rows.blobs(blobs, in: Self.project)
                try expect(
                    files, equals: [Fixture.id(1): Fixture.blob(1, in: 1), Fixture.id(3): Fixture.blob(3, in: 1)])
            }
        },
        Check("META-97: a page of the versions of many models is a page of each one") { store in
            try await Self.seedBatches(store)
            try await store.read { rows in
                let models = Set((1...5).map { Fixture.id($0) as ModelID })
                let newest = try rows.versions(
                    of: Fixture.id(1), in: Self.project, filter: .init(), after: nil, limit: 1)
                let keys = [nil] + newest.map { PageKey(time: $0.createdAt, id: $0.id.rawValue) }
                for after in keys {
                    for limit in 0...4 {
                        let pages = try rows.versions(ofEach: models, in: Self.project, after: after, limit: limit)
                        for model in models {
                            try expect(
                                pages[model] ?? [],
                                equals: rows.versions(
                                    of: model, in: Self.project, filter: .init(), after: after, limit: limit))
                        }
                    }
                }
                let counts = try rows.versionCounts(ofEach: models, in: Self.project)
                try expect(counts, equals: [Fixture.id(1): 3, Fixture.id(2): 3, Fixture.id(3): 3])
            }
        },
    ]
}
