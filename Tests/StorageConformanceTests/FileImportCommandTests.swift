import ObjectModel
import StorageTestKit
import Testing

@testable import Storage

@Suite struct FileImportCommandTests {
    /// A project with a file in it.
    private struct Work {
        let office: Office
        let main: Model
        let blob: Blob

        init(_ backend: Backend) async throws {
            self.office = try await Office(backend)
            let (project, main) = try await self.office.project()
            self.main = main
            self.blob = try await self.office.perform(
                AddBlob(project: project.id, fileName: "House.IFC", content: Fixture.content(7)))
            let grant = RoleChange(user: self.office.guest.id, role: .contributor)
            try await self.office.perform(Recording(body: .roleChanged(grant), project: project.id))
        }

        var project: ProjectID { self.main.project }

        func start(_ blob: Blob? = nil, tag: String? = nil) -> StartFileImport {
            StartFileImport(
                project: self.project, model: self.main.id, file: (blob ?? self.blob).id,
                entityTag: tag ?? Fixture.content(7).entityTag)
        }

        func finish(_ outcome: FinishFileImport.Outcome) -> FinishFileImport {
            FinishFileImport(project: self.project, file: self.blob.id, outcome)
        }
    }

    @Test("COMMAND-90: a file waits for an importer, once", arguments: Backend.allCases)
    func start(_ backend: Backend) async throws {
        let work = try await Work(backend)
        let other = Fixture.content(8).entityTag
        try await work.office.refuses(work.start(tag: other), .fileUpload, in: [work.project])
        try await work.office.refuses(
            StartFileImport(project: work.project, model: work.main.id, file: Fixture.id(77), entityTag: nil),
            .notFound, in: [work.project])
        try await work.office.refuses(
            StartFileImport(project: work.project, model: Fixture.id(77), file: work.blob.id, entityTag: nil),
            .modelNotFound, in: [work.project])
        let ingestion = try await work.office.perform(work.start())
        #expect(ingestion.state == .queued(message: "Waiting for an importer"))
        #expect(
            ingestion.file
                == Ingestion.File(id: work.blob.id, name: "House.IFC", byteCount: 7, modelName: work.main.name))
        #expect((ingestion.source.application, ingestion.file?.type) == ("ifc", "ifc"))
        try await work.office.refuses(work.start(), .fileRegistered, in: [work.project])
        #expect(try await work.office.read { try $0.ingestion(of: work.blob.id, in: work.project) } == ingestion)
    }

    @Test(
        "COMMAND-91: an importer finishes with a version that is there, or with a reason", arguments: Backend.allCases)
    func finish(_ backend: Backend) async throws {
        let work = try await Work(backend)
        try await work.office.refuses(work.finish(.failure(reason: "x")), .importNotFound, in: [work.project])
        let ingestion = try await work.office.perform(work.start())
        try await work.office.refuses(work.finish(.version(Fixture.id(77))), .importResult, in: [work.project])
        let version = try await work.office.version(1, of: work.main)
        try await work.office.refuses(
            work.finish(.version(version.id)), .forbidden, by: work.office.guest, in: [work.project])
        let done = try await work.office.perform(work.finish(.version(version.id)))
        #expect((done.id, done.state) == (ingestion.id, .success(version.id)))
        #expect(try await work.office.perform(work.finish(.version(version.id))) == done)
        try await work.office.refuses(work.finish(.failure(reason: "late")), .badRequest, in: [work.project])

        let failing = try await Work(backend)
        _ = try await failing.office.perform(failing.start())
        let failed = try await failing.office.perform(failing.finish(.failure(reason: "no walls")))
        #expect(failed.state == .failed(reason: "no walls", stacktrace: nil))
    }

    @Test("COMMAND-92: what is made of files is listed, newest first, and not forgotten", arguments: Backend.allCases)
    func list(_ backend: Backend) async throws {
        let work = try await Work(backend)
        var files: [BlobID] = []
        for number in 0..<3 {
            let blob = try await work.office.perform(
                AddBlob(project: work.project, fileName: "\(number).ifc", content: Fixture.content(7)))
            _ = try await work.office.perform(work.start(blob))
            files.insert(blob.id, at: 0)
        }
        let fail = FinishFileImport(project: work.project, file: files[1], .failure(reason: "x"))
        try await work.office.perform(fail)
        func listed(_ filter: FileIngestionFilter, after: PageKey? = nil, limit: Int = 9) async throws -> [BlobID?] {
            try await work.office.read { rows in
                try rows.ingestionsOfFiles(in: work.project, filter: filter, after: after, limit: limit)
                    .map { $0.file?.id }
            }
        }
        #expect(try await listed(.init()) == files)
        #expect(try await listed(.init(), limit: 2) == Array(files.prefix(2)))
        let middle = files[1]
        let second = try #require(try await work.office.read { try $0.ingestion(of: middle, in: work.project) })
        let key = PageKey(time: second.createdAt, id: second.id.rawValue)
        #expect(try await listed(.init(model: work.main.id), after: key) == [files[2]])
        #expect(try await listed(.init(model: work.main.id, onlyOpen: true)) == [files[0], files[2]])
        #expect(try await listed(.init(model: Fixture.id(77))) == [])
        try await work.office.service.store.write { try $0.deleteIngestions(overBefore: Fixture.time(1 << 40)) }
        let counts = try await work.office.read { rows in
            [
                try rows.countOfFileIngestions(in: work.project, filter: .init()),
                try rows.countOfFileIngestions(in: work.project, filter: .init(onlyOpen: true)),
            ]
        }
        #expect(counts == [3, 2])
    }
}
