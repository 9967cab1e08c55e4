import ObjectModel
import StorageTestKit
import Testing

@testable import Storage

@Suite struct BundleCommandTests {
    /// A project with an ingestion of its owner, or of somebody else who may write.
    private struct Work {
        let office: Office
        let main: Model
        var ingestion: Ingestion

        init(_ backend: Backend) async throws {
            self.office = try await Office(backend)
            self.main = try await self.office.project().main
            let grant = RoleChange(user: self.office.guest.id, role: .contributor)
            try await self.office.perform(Recording(body: .roleChanged(grant), project: self.main.project))
            self.ingestion = try await Self.create(self.office, self.main)
        }

        static func create(_ office: Office, _ main: Model, by actor: User? = nil) async throws -> Ingestion {
            try await office.perform(
                CreateIngestion(
                    project: main.project, model: main.id, message: "Sending",
                    source: Ingestion.Source(application: "ifc", applicationVersion: "1"), idleSeconds: 100),
                by: actor)
        }

        var project: ProjectID { self.main.project }
        var scope: LogScope { .project(self.project) }
        var reference: String { "bundle.\(self.project).\(self.main.id).\(self.ingestion.version)" }

        func file(_ name: String, content: Int, at place: String) throws -> IngestionFile {
            IngestionFile(
                project: self.project, ingestion: self.ingestion.id,
                file: try #require(BundleFile(name: name, content: Fixture.content(content))),
                place: PutAsideID(rawValue: place))
        }

        @discardableResult
        func receive(_ name: String, content: Int, at place: String) async throws -> IngestionFile? {
            try await self.office.perform(ReceiveBundleFile(try self.file(name, content: content, at: place)))
        }

        func complete(_ contents: [String: Int], reference: String? = nil) -> CompleteBundle {
            CompleteBundle(
                project: self.project, id: self.ingestion.id,
                entityTags: contents.mapValues { Fixture.content($0).entityTag },
                reference: reference ?? self.reference, totalChildrenCount: 7)
        }

        func files() async throws -> [IngestionFile] {
            try await self.office.read { try $0.files(of: self.ingestion.id, in: self.project) }
        }
    }

    @Test("COMMAND-80: files that came in become a version as one, and once", arguments: Backend.allCases)
    func complete(_ backend: Backend) async throws {
        let work = try await Work(backend)
        let log = try await work.office.log(work.scope)
        for (name, content) in [("b.parquet", 2), ("a.parquet", 1), ("unused", 3)] {
            try await work.receive(name, content: content, at: name)
        }
        // Nothing shows, and nothing is told to other regions.
        #expect(try await work.office.log(work.scope) == log)
        let command = work.complete(["a.parquet": 1, "b.parquet": 2])
        let version = try await work.office.perform(command, appends: work.scope) { [.versionCreated($0)] }
        #expect(version.id == work.ingestion.version && version.reference == work.reference)
        #expect(version.root.files.map(\.name) == ["a.parquet", "b.parquet"])
        #expect(version.root.files.map(\.content) == [Fixture.content(1), Fixture.content(2)])
        #expect((version.totalChildrenCount, version.sourceApplication) == (7, "ifc"))
        let ingestion = try await work.office.read { try $0.ingestion(work.ingestion.id, in: work.project) }
        #expect(ingestion?.state == .success(version.id))
        // Whoever lost the answer asks again.
        #expect(try await work.office.perform(command, appends: work.scope) { _ in [] } == version)
        try await work.office.refuses(work.complete(["a.parquet": 1]), .badRequest, in: [work.project])
        await #expect(throws: DomainError.self) { try await work.receive("c", content: 4, at: "c") }
        try await work.office.perform(DeleteVersions(project: work.project, ids: [version.id]))
        try await work.office.refuses(command, .badRequest, in: [work.project])
        // Other regions may have to read the log: the bytes are still the project's.
        #expect(
            try await work.office.read { try $0.hasContents(of: version.root.files, in: work.project) })
    }

    @Test(
        "COMMAND-81: files that are missing, or are others than was told, make no version", arguments: Backend.allCases)
    func mismatch(_ backend: Backend) async throws {
        let work = try await Work(backend)
        try await work.office.refuses(work.complete([:]), .userInput, in: [work.project])
        try await work.office.refuses(work.complete(["a": 1]), .userInput, in: [work.project])
        #expect(try await work.receive("a", content: 1, at: "1") == nil)
        for tags in [["a": 2], ["a": 1, "b": 1], [:]] {
            try await work.office.refuses(work.complete(tags), .userInput, in: [work.project])
        }
        var unquoted = work.complete(["a": 1])
        unquoted.entityTags["a"]?.removeAll { $0 == "\"" }
        try await work.office.refuses(unquoted, .userInput, in: [work.project])
        let crossed = work.complete(["a": 1], reference: work.reference + "0")
        try await work.office.refuses(crossed, .userInput, in: [work.project])
        // A file that is sent again takes the place of the first one.
        #expect(try await work.receive("a", content: 2, at: "2")?.place.rawValue == "1")
        try await work.office.refuses(work.complete(["a": 1]), .userInput, in: [work.project])
        #expect(
            try await work.office.perform(work.complete(["a": 2])).root == .bundle(try await work.files().map(\.file)))
    }

    @Test("COMMAND-82: somebody else's ingestion is completed by owners only", arguments: Backend.allCases)
    func rights(_ backend: Backend) async throws {
        var work = try await Work(backend)
        try await work.receive("a", content: 1, at: "1")
        let own = work.complete(["a": 1])
        try await work.office.refuses(own, .forbidden, by: work.office.guest, in: [work.project])
        try await work.office.perform(own)
        try await work.office.refuses(own, .forbidden, by: work.office.guest, in: [work.project])
        work.ingestion = try await Work.create(work.office, work.main, by: work.office.guest)
        try await work.receive("a", content: 1, at: "2")
        #expect(try await work.office.perform(work.complete(["a": 1])).author == work.office.owner.id)
    }

    @Test("COMMAND-83: the files of what is over are known until they are forgotten", arguments: Backend.allCases)
    func over(_ backend: Backend) async throws {
        let work = try await Work(backend)
        let store = work.office.service.store
        func places() async throws -> Set<String> {
            Set(try await store.read { try $0.filesOfOverIngestions(limit: 9) }.map(\.place.rawValue))
        }
        for name in ["a", "b"] { try await work.receive(name, content: 1, at: name) }
        #expect(try await places() == [])
        #expect(try await store.read { try $0.putAsidePlaces().map(\.rawValue).sorted() } == ["a", "b"])
        let fail = ChangeIngestion.Change.fail(reason: "cut", stacktrace: nil)
        try await work.office.perform(ChangeIngestion(project: work.project, id: work.ingestion.id, fail))
        #expect(try await places() == ["a", "b"])
        try await work.office.refuses(work.complete(["a": 1]), .badRequest, in: [work.project])
        let file = try work.file("a", content: 1, at: "a")
        try await store.write { rows in
            try rows.delete(file)
            // Another one has its name: this is not that.
            try rows.delete(
                IngestionFile(
                    project: file.project, ingestion: file.ingestion, file: file.file, place: .init(rawValue: "b")))
        }
        #expect(try await places() == ["b"])
        try await work.office.perform(DeleteProject(work.project))
        #expect(try await store.read { try $0.putAsidePlaces() } == [])
    }

    @Test("COMMAND-84: files that come in keep an ingestion open", arguments: Backend.allCases)
    func deadline(_ backend: Backend) async throws {
        let work = try await Work(backend)
        try await work.receive("a", content: 1, at: "1")
        try await work.office.perform(KeepIngestionOpen(project: work.project, id: work.ingestion.id))
        let open = try await work.office.read {
            try $0.openIngestion(work.ingestion.id, in: work.project, at: work.office.now)
        }
        #expect(open.updatedAt == work.office.now && open.state == work.ingestion.state)
        let late = open.updatedAt + .seconds(100)
        await #expect(throws: DomainError.self) {
            try await work.office.read { try $0.openIngestion(work.ingestion.id, in: work.project, at: late) }
        }
    }

    @Test("COMMAND-85: a version of files is taken once all of its files are here", arguments: Backend.allCases)
    func gate(_ backend: Backend) async throws {
        let work = try await Work(backend)
        for (name, content) in [("a", 1), ("b", 2)] { try await work.receive(name, content: content, at: name) }
        let version = try await work.office.perform(work.complete(["a": 1, "b": 2]))
        let operations = try await work.office.log(work.scope).map { DecodedOperation($0) }
        let (project, copy) = (work.project, try backend.open().store)
        let intake = OperationIntake(work.scope, now: nil)
        for number in 1...2 {
            await #expect(throws: OperationRefusal.incomplete(version.id)) {
                try await copy.write { try intake.take(operations, in: $0) }
            }
            try await copy.write { try $0.noteContent(Fixture.content(number), in: project) }
        }
        try await copy.write { try intake.take(operations, in: $0) }
        #expect(try await copy.read { try $0.version(version.id, in: project) } == version)
    }

    @Test("COMMAND-86: a pushed version of files needs them, and keeps its id", arguments: Backend.allCases)
    func publish(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, _) = try await office.project()
        let pushed = PublishedVersion(
            id: Fixture.id(9), modelName: "main", root: Fixture.bundle([1, 2]), message: nil, sourceApplication: nil,
            totalChildrenCount: nil, createdAt: Fixture.time(3))
        let command = Publish(project: project.id, publications: [.version(pushed)])
        try await office.backend.store.write { try $0.noteContent(Fixture.content(1), in: project.id) }
        try await office.refuses(command, .notFound, in: [project.id])
        try await office.backend.store.write { try $0.noteContent(Fixture.content(2), in: project.id) }
        #expect(try await office.perform(command) == .published([true]))
        #expect(try await office.perform(command) == .published([false]))
        #expect(try await office.read { try $0.version(pushed.id, in: project.id)?.root } == pushed.root)
    }
}
