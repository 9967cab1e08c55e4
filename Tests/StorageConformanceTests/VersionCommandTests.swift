import ObjectModel
import StorageTestKit
import Testing

@testable import Storage

@Suite struct VersionCommandTests {
    @Test("COMMAND-30: a version is published when its closure is there, and not before", arguments: Backend.allCases)
    func create(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, main) = try await office.project()
        let command = CreateVersion(
            project: project.id, model: main.id, root: .object(Fixture.object(1)), message: "first",
            sourceApplication: "rhino", totalChildrenCount: 12, parents: [Fixture.id(5)])
        try await office.refuses(command, .versionCreate, in: [project.id])
        #expect(DomainError.Code.versionCreate.rawValue == "COMMIT_CREATE_ERROR")
        office.backend.setComplete([Fixture.object(1)])
        let version = try await office.perform(command, appends: .project(project.id)) { [.versionCreated($0)] }
        #expect(
            version
                == Version(
                    id: version.id, project: project.id, model: main.id, root: .object(Fixture.object(1)),
                    message: "first", sourceApplication: "rhino", totalChildrenCount: 12, parents: [Fixture.id(5)],
                    author: office.owner.id, createdAt: office.now))
        #expect(try await office.read { try $0.allVersions(in: project.id) } == [version])
        #expect(try await office.read { try $0.model(main.id, in: project.id)?.updatedAt } == office.now)
        #expect(try await office.read { try $0.project(project.id)?.updatedAt } == office.now)
        let elsewhere = CreateVersion(project: project.id, model: Fixture.id(77), root: .object(Fixture.object(1)))
        try await office.refuses(elsewhere, .modelNotFound, in: [project.id])
        let (other, _) = try await office.project()
        let crossed = CreateVersion(project: other.id, model: main.id, root: .object(Fixture.object(1)))
        try await office.refuses(crossed, .modelNotFound, in: [project.id, other.id])
        let nowhere = CreateVersion(project: Fixture.id(77), model: main.id, root: .object(Fixture.object(1)))
        try await office.refuses(nowhere, .projectNotFound)
    }

    @Test("COMMAND-36: a version that an edge accepted is made once, with its id", arguments: Backend.allCases)
    func put(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, main) = try await office.project()
        _ = try await office.version(1, of: main)
        var queued = QueuedVersion(
            id: VersionID(rawValue: "00c0ffee42"), project: project.id, model: main.id, rootObject: Fixture.object(2),
            message: "from the site", sourceApplication: nil, totalChildrenCount: nil, parents: [],
            createdAt: Timestamp(millisecondsSinceEpoch: 1))
        try await office.refuses(PutVersion(queued), .versionCreate, in: [project.id])
        office.backend.setComplete([Fixture.object(1), Fixture.object(2)])
        #expect(try await office.perform(PutVersion(queued)))
        #expect(try await !office.perform(PutVersion(queued)))
        let made = try await office.read { try $0.version(VersionID(rawValue: "00c0ffee42"), in: project.id) }
        let version = try #require(made)
        #expect(version.message == "from the site" && version.author == office.owner.id)
        #expect(version.createdAt == queued.createdAt)
        queued.rootObject = Fixture.object(1)
        try await office.refuses(PutVersion(queued), .versionCreate, in: [project.id])
        queued.id = VersionID(rawValue: "no id")
        try await office.refuses(PutVersion(queued), .versionCreate, in: [project.id])
        queued.id = VersionID(rawValue: "00c0ffee43")
        queued.model = Fixture.id(77)
        try await office.refuses(PutVersion(queued), .modelNotFound, in: [project.id])
    }

    @Test("COMMAND-36: a version that was deleted is not made again by bringing it twice", arguments: Backend.allCases)
    func putAfterDeletion(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, main) = try await office.project()
        _ = try await office.version(1, of: main)
        let queued = QueuedVersion(
            id: VersionID(rawValue: "00c0ffee42"), project: project.id, model: main.id, rootObject: Fixture.object(1),
            message: nil, sourceApplication: nil, totalChildrenCount: nil, parents: [], createdAt: office.now)
        #expect(try await office.perform(PutVersion(queued)))
        try await office.perform(DeleteVersions(project: project.id, ids: [queued.id]))
        #expect(try await !office.perform(PutVersion(queued)))
        #expect(try await office.read { try $0.version(queued.id, in: project.id) } == nil)
    }

    @Test("MERGE-5: what an edge had not heard of stays beside its version", arguments: Backend.allCases)
    func unseen(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, main) = try await office.project()
        _ = try await office.version(1, of: main)
        let seenUntil = office.now
        let second = try await office.version(2, of: main)
        func conflicts() async throws -> [Conflict] {
            try await office.read { try $0.conflicts(in: .project(project.id)) }.filter { $0.kind == .diverged }
        }
        func queued(_ id: String, seenUntil: Timestamp?, after versions: [VersionID] = []) -> PutVersion {
            PutVersion(
                QueuedVersion(
                    id: VersionID(rawValue: id), project: project.id, model: main.id, rootObject: Fixture.object(1),
                    message: nil, sourceApplication: nil, totalChildrenCount: nil, parents: [],
                    createdAt: seenUntil ?? office.now,
                    seenUntil: seenUntil, seenVersions: versions))
        }
        office.backend.setComplete([Fixture.object(1)])
        try await office.perform(queued("00c0ffee01", seenUntil: seenUntil, after: [second.id]))
        #expect(try await conflicts().isEmpty)
        let third = try await office.version(3, of: main)
        office.backend.setComplete([Fixture.object(1)])
        try await office.perform(queued("00c0ffee02", seenUntil: seenUntil))
        let heads = try await office.read { rows in
            try rows.liveWrites(of: .model(main.id), in: .project(project.id)).filter { $0.field == .head }.map(\.key)
        }
        #expect(Set(heads) == [third.id.rawValue, "00c0ffee02"])
        #expect(try await conflicts().count == 1)
        // Whoever saw both goes on from both.
        try await office.perform(queued("00c0ffee03", seenUntil: nil))
        #expect(try await conflicts().isEmpty)
    }

    @Test("COMMAND-31: a message changes; nil leaves it", arguments: Backend.allCases)
    func update(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, main) = try await office.project()
        let version = try await office.version(1, of: main, message: "old")
        let command = UpdateVersion(project: project.id, id: version.id, message: "new")
        let changed = try await office.perform(command, appends: .project(project.id)) { _ in
            [.versionChanged(VersionChange(id: version.id, message: "new", from: main.id))]
        }
        #expect(changed.message == "new")
        #expect(changed.createdAt == version.createdAt)
        let untouched = try await office.perform(UpdateVersion(project: project.id, id: version.id, message: nil))
        #expect(untouched.message == "new")
        #expect(try await office.read { try $0.model(main.id, in: project.id)?.updatedAt } == office.now)
        try await office.refuses(
            UpdateVersion(project: project.id, id: Fixture.id(77), message: "x"), .versionNotFound, in: [project.id])
    }

    @Test("COMMAND-32: versions move to a model by name, which is made when it is missing", arguments: Backend.allCases)
    func move(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, main) = try await office.project()
        let versions = [try await office.version(1, of: main), try await office.version(2, of: main)]
        func change(_ version: Version, _ model: Model, from: Model) -> OperationBody {
            .versionChanged(VersionChange(id: version.id, model: model.id, from: from.id))
        }
        let move = MoveVersions(project: project.id, ids: versions.map(\.id), targetModelName: "Side")
        let before = try await office.log(.project(project.id)).count
        let side = try await office.perform(move)
        #expect(side.name == "side")
        var created = side
        created.updatedAt = created.createdAt
        let added = try await office.bodies(.project(project.id)).dropFirst(before)
        let recorded = [
            .modelCreated(created), change(versions[0], side, from: main), change(versions[1], side, from: main),
        ]
        #expect(Array(added) == recorded)
        #expect(try await office.read { try $0.versionCount(of: side.id, in: project.id, filter: .init()) } == 2)
        let back = MoveVersions(project: project.id, ids: [versions[0].id], targetModelName: "main")
        try await office.perform(back, appends: .project(project.id)) { _ in
            [change(versions[0], main, from: side)]
        }
        for model in [main, side] {
            #expect(try await office.read { try $0.model(model.id, in: project.id)?.updatedAt } == office.now)
            let count = try await office.read { try $0.versionCount(of: model.id, in: project.id, filter: .init()) }
            #expect(count == 1)
        }
        let partly = MoveVersions(
            project: project.id, ids: [versions[0].id, Fixture.id(77)], targetModelName: "another")
        try await office.refuses(partly, .versionNotFound, in: [project.id])
        let badName = MoveVersions(project: project.id, ids: [versions[0].id], targetModelName: "#")
        try await office.refuses(badName, .modelName, in: [project.id])
    }

    @Test("COMMAND-33: versions go, all of the named ones or none", arguments: Backend.allCases)
    func delete(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, main) = try await office.project()
        var versions: [Version] = []
        for number in 1...3 { versions.append(try await office.version(UInt64(number), of: main)) }
        try await office.refuses(DeleteVersions(project: project.id, ids: []), .versionDelete, in: [project.id])
        let partly = DeleteVersions(project: project.id, ids: [versions[0].id, Fixture.id(77)])
        try await office.refuses(partly, .versionNotFound, in: [project.id])
        let ids = [versions[2].id, versions[0].id, versions[2].id]
        try await office.perform(DeleteVersions(project: project.id, ids: ids), appends: .project(project.id)) { _ in
            Set(ids).sorted().map { .versionDeleted($0) }
        }
        #expect(try await office.read { try $0.allVersions(in: project.id) } == [versions[1]])
        try await office.refuses(
            DeleteVersions(project: project.id, ids: [versions[0].id]), .versionNotFound, in: [project.id])
    }

    @Test(
        "COMMAND-34: receiving a version is an entry of activity, and changes no other row",
        arguments: Backend.allCases)
    func received(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, main) = try await office.project()
        let version = try await office.version(1, of: main)
        let before = try await MetadataSnapshot(of: office.service.store, projects: [project.id]).projects
        let receipt = VersionReceipt(version: version.id, sourceApplication: "revit", message: "text")
        try await office.perform(
            MarkVersionReceived(project: project.id, id: version.id, sourceApplication: "revit", message: "text"),
            appends: .project(project.id)
        ) { _ in [.versionReceived(receipt)] }
        var after = try await MetadataSnapshot(of: office.service.store, projects: [project.id]).projects
        #expect(after[project.id]?.activity.removeFirst().facts.action == "commit_receive")
        #expect(after == before)
        try await office.refuses(
            MarkVersionReceived(project: project.id, id: Fixture.id(77), sourceApplication: "revit", message: nil),
            .versionNotFound, in: [project.id])
    }

    @Test("COMMAND-35: pushed versions keep their ids; pushing them again changes nothing", arguments: Backend.allCases)
    func publish(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, main) = try await office.project()
        let roots = [Fixture.object(1), Fixture.object(2)]
        let pushed = [
            PublishedVersion.sample(Fixture.id(1), root: roots[0]),
            .sample(Fixture.id(2), model: "Side", root: roots[1]),
        ]
        let command = Publish(project: project.id, publications: pushed.map(Publication.version))
        office.backend.setComplete([roots[0]])
        #expect(
            try await office.perform(command, appends: .project(project.id)) { _ in [] }
                == .objectsMissing([roots[1]]))
        office.backend.setComplete(Set(roots))
        #expect(try await office.perform(command) == .published([true, true]))
        let versions = try await office.read { try $0.allVersions(in: project.id) }
        #expect(versions.map(\.id) == [Fixture.id(1), Fixture.id(2)])
        #expect(versions.map(\.root.object) == roots)
        #expect(versions[0].model == main.id)
        #expect(versions[0].createdAt == Fixture.time(7))
        #expect(versions[1].createdAt == Fixture.time(7))
        #expect(try await office.read { try $0.model(named: "side", in: project.id)?.id } == versions[1].model)
        let again = try await office.perform(command, appends: .project(project.id)) { _ in [] }
        #expect(again == .published([false, false]))

        // The first content under an id stays, in one push too; a time to come is now.
        var late = PublishedVersion.sample(Fixture.id(3), root: roots[0])
        late.createdAt = Fixture.time(1_000_000)
        var other = late
        other.root = .object(roots[1])
        let twice = Publish(project: project.id, publications: [.version(late), .version(other)])
        #expect(try await office.perform(twice) == .published([true, false]))
        let kept = try await office.read { try $0.version(Fixture.id(3), in: project.id) }
        #expect(kept?.root == .object(roots[0]))
        #expect(kept?.createdAt == office.now)

        for id in ["", "123456789", "12345678901", "123456789x", "１２３４５"] {
            let bad = PublishedVersion.sample(VersionID(rawValue: id), root: roots[0])
            let fine = PublishedVersion.sample(Fixture.id(9), root: roots[0])
            try await office.refuses(
                Publish(project: project.id, publications: [.version(fine), .version(bad)]), .versionCreate,
                in: [project.id])
        }
        let badName = PublishedVersion.sample(Fixture.id(9), model: "#", root: roots[0])
        try await office.refuses(
            Publish(project: project.id, publications: [.version(badName)]), .modelName, in: [project.id])
        try await office.refuses(Publish(project: Fixture.id(77), publications: []), .projectNotFound)
    }
}

extension PublishedVersion {
    static func sample(_ id: VersionID, model: String = "main", root: ObjectID) -> Self {
        Self(
            id: id, modelName: model, root: .object(root), message: nil, sourceApplication: "rhino",
            totalChildrenCount: nil, createdAt: Fixture.time(7))
    }
}
