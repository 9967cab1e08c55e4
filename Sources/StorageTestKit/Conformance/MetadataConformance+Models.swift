import ObjectModel
import Storage

extension MetadataConformance {
    private static let project: ProjectID = Fixture.id(1)

    /// Models 1 to 5 of project 1: `main` without versions, three with some, one without.
    private static func seedModels(_ store: any MetadataStore) async throws {
        try await store.write { rows in
            for number in 1...2 { try rows.put(Fixture.project(number)) }
            try rows.put(Fixture.model(1, in: 1, name: "main", changed: 50))
            try rows.put(Fixture.model(2, in: 1, name: "building/walls", changed: 20))
            try rows.put(Fixture.model(3, in: 1, name: "building/100%_glass", changed: 40))
            try rows.put(Fixture.model(4, in: 1, name: "größe", changed: 20))
            try rows.put(Fixture.model(5, in: 1, name: "empty", changed: 10))
            try rows.put(Fixture.model(6, in: 2, name: "main", changed: 60))
            try rows.put(Fixture.version(1, of: 2, in: 1, app: "rhino", author: 1))
            try rows.put(Fixture.version(2, of: 2, in: 1, app: "revit", author: 2))
            try rows.put(Fixture.version(3, of: 3, in: 1, app: "revit", author: 1))
            try rows.put(Fixture.version(4, of: 4, in: 1))
        }
    }

    static let models: [Check] = [
        Check("META-30: a model comes back field by field, by id and by name, and is replaced with its versions") {
            store in
            var model = Fixture.model(1, in: 1, name: "building/walls")
            try await store.write { [model] rows in
                for number in 1...2 { try rows.put(Fixture.project(number)) }
                try rows.put(model)
                try rows.put(Fixture.version(1, of: 1, in: 1))
            }
            try await store.read { [model] rows in
                try expect(rows.model(model.id, in: Self.project), equals: model)
                try expect(rows.model(model.id, in: Fixture.id(2)), equals: nil)
                try expect(rows.model(named: "building/walls", in: Self.project), equals: model)
                try expect(rows.model(named: "building/walls", in: Fixture.id(2)), equals: nil)
                try expect(rows.model(named: "building", in: Self.project), equals: nil)
            }
            (model.name, model.description, model.author) = ("renamed", "text", nil)
            (model.createdAt, model.updatedAt) = (Fixture.time(7), Fixture.time(8))
            try await store.write { [model] in try $0.put(model) }
            try await store.read { [model] rows in
                try expect(rows.model(model.id, in: Self.project), equals: model)
                try expect(rows.model(named: "building/walls", in: Self.project), equals: nil)
                try expect(rows.allVersions(in: Self.project).count, equals: 1)
            }
        },
        Check("META-31: models by last change, ties by id, page by page") { store in
            try await Self.seedModels(store)
            try await store.read { rows in
                let all = try rows.models(in: Self.project, filter: .init(), after: nil, limit: 9)
                try expect(all.map(\.id), equals: [1, 3, 4, 2, 5].map { Fixture.id($0) })
                for limit in 1...5 {
                    let paged = try Self.pages(limit) { after, limit in
                        try rows.models(in: Self.project, filter: .init(), after: after, limit: limit)
                    } key: {
                        PageKey(time: $0.updatedAt, id: $0.id.rawValue)
                    }
                    try expect(paged, equals: all)
                }
                try expect(rows.models(in: Self.project, filter: .init(), after: nil, limit: -1), equals: [])
            }
        },
        Check("META-32: each filter of models picks what it says, alone and together, and counts the same") { store in
            try await Self.seedModels(store)
            try await store.read { rows in
                func expectModels(_ numbers: [Int], _ filter: ModelFilter, line: Int = #line) throws {
                    let found = try rows.models(in: Self.project, filter: filter, after: nil, limit: 9).map(\.id)
                    try expect(found, equals: numbers.map { Fixture.id($0) }, line: line)
                    try expect(rows.modelCount(in: Self.project, filter: filter), equals: numbers.count, line: line)
                }
                try expectModels([3, 2], .init(search: "BUILDING/"))
                try expectModels([3], .init(search: "%_"))
                try expectModels([4], .init(search: "GRÖ"))
                try expectModels([3, 5], .init(ids: [Fixture.id(5), Fixture.id(3), Fixture.id(6), Fixture.id(77)]))
                try expectModels([], .init(ids: []))
                try expectModels([1, 4, 2], .init(excludeIDs: [Fixture.id(5), Fixture.id(3)]))
                try expectModels([1, 3, 4, 2, 5], .init(excludeIDs: []))
                try expectModels([3, 4, 2], .init(onlyWithVersions: true))
                try expectModels([3, 2], .init(sourceApplications: ["revit"]))
                try expectModels([2], .init(sourceApplications: ["rhino", "tekla"]))
                try expectModels([], .init(sourceApplications: []))
                try expectModels([3, 2], .init(contributors: [Fixture.id(1)]))
                try expectModels([2], .init(contributors: [Fixture.id(2), Fixture.id(3)]))
                try expectModels([], .init(contributors: []))
                try expectModels([3, 4, 2, 5], .init(hideEmptyNamed: "main"))
                try expectModels([1, 3, 4, 2, 5], .init(hideEmptyNamed: "größe"))
                try expectModels(
                    [2],
                    .init(
                        search: "build", excludeIDs: [Fixture.id(3)], onlyWithVersions: true,
                        sourceApplications: ["revit"], contributors: [Fixture.id(2)], hideEmptyNamed: "main"))
            }
        },
        Check("META-33: a name is taken once per project; the second one is refused and changes nothing") { store in
            try await store.write { rows in
                for number in 1...2 { try rows.put(Fixture.project(number)) }
                try rows.put(Fixture.model(1, in: 1, name: "walls"))
                try rows.put(Fixture.model(2, in: 2, name: "walls"))
                try rows.put(Fixture.model(3, in: 1, name: "roof"))
            }
            for taken in [Fixture.model(4, in: 1, name: "walls"), Fixture.model(3, in: 1, name: "walls")] {
                try await expectRefusal("the name is taken") { try await store.write { try $0.put(taken) } }
            }
            try await store.read { rows in
                try expect(rows.model(named: "walls", in: Self.project)?.id, equals: Fixture.id(1))
                try expect(rows.model(named: "roof", in: Self.project)?.id, equals: Fixture.id(3))
            }
        },
        Check("META-34: deleting a model takes its versions, within its project only") { store in
            try await Self.seedModels(store)
            try await store.write { rows in
                try rows.deleteModel(Fixture.id(2), in: Fixture.id(2))
                try expect(rows.allVersions(in: Self.project).count, equals: 4)
                try rows.deleteModel(Fixture.id(2), in: Self.project)
                try rows.deleteModel(Fixture.id(2), in: Self.project)
            }
            try await store.read { rows in
                try expect(rows.model(Fixture.id(2), in: Self.project), equals: nil)
                try expect(rows.version(Fixture.id(1), in: Self.project), equals: nil)
                try expect(rows.allVersions(in: Self.project).map(\.id), equals: [Fixture.id(3), Fixture.id(4)])
                for limit in 0...3 {
                    let newest = try rows.newestVersions(in: Self.project, after: nil, limit: limit)
                    try expect(newest.map(\.id), equals: Array([Fixture.id(4), Fixture.id(3)].prefix(limit)))
                    let next = try rows.newestVersions(
                        in: Self.project, after: newest.last.map { PageKey(time: $0.createdAt, id: $0.id.rawValue) },
                        limit: 2)
                    try expect((newest + next).map(\.id).prefix(2), equals: [Fixture.id(4), Fixture.id(3)])
                }
                try expect(rows.versionCount(in: Self.project), equals: 2)
                try expect(rows.sourceApplications(in: Self.project), equals: ["revit"])
            }
        },
        Check("META-103: what somebody made is found in the projects that are asked for, newest first, page by page") {
            store in
            try await store.write { rows in
                for project in 1...3 {
                    try rows.put(Fixture.project(project))
                    try rows.put(Fixture.model(1, in: project))
                    for number in 1...4 {
                        try rows.put(
                            Fixture.version(
                                number, of: 1, in: project, at: Int64(number / 2), author: project == 3 ? 8 : number % 2
                            ))
                    }
                }
            }
            try await store.read { rows in
                let author: UserID = Fixture.id(1)
                try expect(rows.projects(withVersionsBy: author), equals: [1, 2].map { Fixture.id($0) })
                try expect(rows.projects(withVersionsBy: Fixture.id(9)), equals: [])
                for projects in [[1], [1, 2], [2, 3], [3], []] {
                    let ids: [ProjectID] = projects.map { Fixture.id($0) }
                    let all = try rows.versions(by: author, in: ids, after: nil, limit: 9)
                    let expected = [3, 1].flatMap { number in
                        projects.filter { $0 < 3 }.map { Fixture.version(number, of: 1, in: $0).id }
                    }
                    try expect(all.map(\.id), equals: expected)
                    try expect(rows.versionCount(by: author, in: ids), equals: expected.count)
                    try expect(rows.versionCount(by: nil, in: ids), equals: projects.count * 4)
                    guard let first = all.first else { continue }
                    let next = try rows.versions(
                        by: author, in: ids, after: PageKey(time: first.createdAt, id: first.id.rawValue), limit: 1)
                    try expect(next.map(\.id), equals: Array(all.filter { $0.id != first.id }.prefix(1).map(\.id)))
                }
            }
        },
        Check("META-35: one id in two projects is two models, and two versions") { store in
            // Ids are short and come from several nodes: a project must not reach into another one by them.
            try await store.write { rows in
                for number in 1...2 {
                    try rows.put(Fixture.project(number))
                    try rows.put(Fixture.model(7, in: number, name: "model of \(number)"))
                    try rows.put(Fixture.version(8, of: 7, in: number, app: "app \(number)"))
                }
            }
            try await store.read { rows in
                for number in 1...2 {
                    let project: ProjectID = Fixture.id(number)
                    try expect(rows.model(Fixture.id(7), in: project)?.name, equals: "model of \(number)")
                    let found = try rows.version(Fixture.id(8), in: project)
                    try expect(found?.sourceApplication, equals: "app \(number)")
                    let listed = try rows.versions(
                        of: Fixture.id(7), in: project, filter: .init(), after: nil, limit: 9)
                    try expect(listed, equals: [found].compactMap { $0 })
                    try expect(rows.modelCount(in: project, filter: .init(onlyWithVersions: true)), equals: 1)
                }
            }
            try await store.write { rows in
                try rows.deleteVersion(Fixture.id(8), in: Fixture.id(1))
                try rows.deleteModel(Fixture.id(7), in: Fixture.id(1))
                try expect(rows.allVersions(in: Fixture.id(2)).count, equals: 1)
                try expect(rows.modelCount(in: Fixture.id(2), filter: .init()), equals: 1)
            }
        },
    ]

    static let versions: [Check] = [
        Check("META-40: a version comes back field by field, and is replaced by id") { store in
            try await Self.seedModels(store)
            var version = Fixture.version(9, of: 2, in: 1)
            try await store.write { [version] in try $0.put(version) }
            try await store.read { [version] rows in
                try expect(rows.version(version.id, in: Self.project), equals: version)
                try expect(rows.version(version.id, in: Fixture.id(2)), equals: nil)
            }
            (version.message, version.sourceApplication, version.author) = ("text", "blender", Fixture.id(3))
            (version.totalChildrenCount, version.parents) = (12, [Fixture.id(1), Fixture.id(2)])
            (version.model, version.root) = (Fixture.id(3), .object(ObjectID(high: .max, low: 0)))
            try await store.write { [version] in try $0.put(version) }
            try await store.read { [version] rows in
                try expect(rows.version(version.id, in: Self.project), equals: version)
            }
            version.root = Fixture.bundle([3, 0, 3])
            try await store.write { [version] in try $0.put(version) }
            try await store.read { [version] rows in
                try expect(rows.version(version.id, in: Self.project), equals: version)
                try expect(rows.versionCount(of: Fixture.id(2), in: Self.project, filter: .init()), equals: 2)
                try expect(rows.versionCount(of: Fixture.id(3), in: Self.project, filter: .init()), equals: 2)
            }
            try await store.write { [version] rows in
                try rows.deleteVersion(version.id, in: Fixture.id(2))
                try expect(rows.version(version.id, in: Self.project), equals: version)
                try rows.deleteVersion(version.id, in: Self.project)
                try rows.deleteVersion(version.id, in: Self.project)
                try expect(rows.version(version.id, in: Self.project), equals: nil)
            }
        },
        Check("META-41: versions newest first, ties by id, page by page; all of a project oldest first") { store in
            let seconds: [Int64] = [5, 9, 5, 7, 5, 9]
            try await store.write { rows in
                try rows.put(Fixture.project(1))
                for number in 1...2 { try rows.put(Fixture.model(number, in: 1)) }
                for (index, second) in seconds.enumerated() {
                    try rows.put(Fixture.version(index + 1, of: 1, in: 1, at: second))
                }
                try rows.put(Fixture.version(9, of: 2, in: 1, at: 6))
            }
            try await store.read { rows in
                func list(_ after: PageKey?, _ limit: Int) throws -> [Version] {
                    try rows.versions(of: Fixture.id(1), in: Self.project, filter: .init(), after: after, limit: limit)
                }
                let all = try list(nil, 9)
                try expect(all.map(\.id), equals: [6, 2, 4, 5, 3, 1].map { Fixture.id($0) })
                for limit in 1...6 {
                    let paged = try Self.pages(limit, list) { PageKey(time: $0.createdAt, id: $0.id.rawValue) }
                    try expect(paged, equals: all)
                }
                try expect(list(nil, -1), equals: [])
                let whole = try rows.allVersions(in: Self.project).map(\.id)
                try expect(whole, equals: [1, 3, 5, 9, 4, 2, 6].map { Fixture.id($0) })
            }
        },
        Check("META-42: priority versions come first on the first page and never again; counts agree") { store in
            try await store.write { rows in
                try rows.put(Fixture.project(1))
                for number in 1...2 { try rows.put(Fixture.model(number, in: 1)) }
                for number in 1...6 { try rows.put(Fixture.version(number, of: 1, in: 1, at: Int64(number))) }
                try rows.put(Fixture.version(9, of: 2, in: 1, at: 6))
            }
            try await store.read { rows in
                func list(_ filter: VersionFilter, after: PageKey? = nil, limit: Int) throws -> [VersionID] {
                    try rows.versions(of: Fixture.id(1), in: Self.project, filter: filter, after: after, limit: limit)
                        .map(\.id)
                }
                func ids(_ numbers: [Int]) -> [VersionID] { numbers.map { Fixture.id($0) } }
                // 9 is of another model, 77 is nowhere.
                let priority = VersionFilter(priorityIDs: ids([1, 3, 9, 77]))
                try expect(list(priority, limit: 9), equals: ids([3, 1, 6, 5, 4, 2]))
                try expect(list(priority, limit: 4), equals: ids([3, 1, 6, 5]))
                let key = PageKey(time: Fixture.time(5), id: ids([5])[0].rawValue)
                try expect(list(priority, after: key, limit: 4), equals: ids([4, 2]))
                try expect(list(priority, limit: 1), equals: ids([3]))
                let only = VersionFilter(priorityIDs: ids([1, 3, 9, 77]), priorityIDsOnly: true)
                try expect(list(only, limit: 9), equals: ids([3, 1]))
                try expect(list(only, limit: 1), equals: ids([3]))
                let third = PageKey(time: Fixture.time(3), id: ids([3])[0].rawValue)
                try expect(list(only, after: third, limit: 9), equals: ids([1]))
                for (filter, count) in [
                    (priority, 6), (only, 2), (.init(), 6), (.init(priorityIDs: [], priorityIDsOnly: true), 0),
                    (.init(priorityIDs: nil, priorityIDsOnly: true), 0),
                ] {
                    try expect(
                        rows.versionCount(of: Fixture.id(1), in: Self.project, filter: filter), equals: count)
                    try expect(list(filter, limit: 9).count, equals: count)
                }
            }
        },
        Check("META-43: source applications of a project, each once, sorted") { store in
            try await Self.seedModels(store)
            try await store.write { rows in
                try rows.put(Fixture.model(8, in: 2))
                try rows.put(Fixture.version(8, of: 8, in: 2, app: "archicad"))
                try rows.put(Fixture.version(10, of: 2, in: 1, app: "Blender"))
            }
            try await store.read { rows in
                try expect(rows.sourceApplications(in: Self.project), equals: ["Blender", "revit", "rhino"])
            }
        },
    ]
}
