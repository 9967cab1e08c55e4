import ObjectModel
import StorageTestKit
import Testing

@testable import Storage

@Suite struct IngestionCommandTests {
    private static let source = Ingestion.Source(application: "rhino", applicationVersion: "8")

    private static func create(
        _ office: Office, _ main: Model, idleSeconds: Int? = nil, by actor: User? = nil
    ) async throws -> Ingestion {
        try await office.perform(
            CreateIngestion(
                project: main.project, model: main.id, message: "Starting", source: Self.source,
                idleSeconds: idleSeconds), by: actor)
    }

    @Test(
        "COMMAND-70: an ingestion becomes the version whose id it reserved, and nothing else",
        arguments: Backend.allCases)
    func complete(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, main) = try await office.project()
        let log = try await office.log(.project(project.id))
        let ingestion = try await Self.create(office, main)
        #expect(ingestion.state == .processing(message: "Starting", progress: nil))
        #expect(ingestion.deadline == Timestamp(millisecondsSinceEpoch: office.now.millisecondsSinceEpoch + 600_000))
        // Only this region knows of it.
        #expect(try await office.log(.project(project.id)) == log)
        let root = Fixture.object(1)
        let complete = CompleteIngestion(project: project.id, id: ingestion.id, rootObject: root, message: "Done")
        try await office.refuses(complete, .versionCreate, in: [project.id])
        office.backend.setComplete([root])
        let completed = try await office.perform(complete)
        #expect(completed.state == .success(ingestion.version))
        let version = try #require(try await office.read { try $0.version(ingestion.version, in: project.id) })
        #expect((version.root.object, version.message, version.sourceApplication) == (root, "Done", "rhino"))
        #expect(version.author == office.owner.id)
        for change in [
            ChangeIngestion.Change.fail(reason: "late", stacktrace: nil), .requeue(message: "x"), .requestCancellation,
        ] {
            try await office.refuses(
                ChangeIngestion(project: project.id, id: ingestion.id, change), .badRequest, in: [project.id])
        }
        try await office.refuses(complete, .badRequest, in: [project.id])
    }

    @Test("COMMAND-71: how it goes on is told by whoever makes it, or owns the project", arguments: Backend.allCases)
    func change(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, main) = try await office.project()
        let grant = RoleChange(user: office.guest.id, role: .contributor)
        try await office.perform(Recording(body: .roleChanged(grant), project: project.id))
        let own = try await Self.create(office, main)
        let other = try await Self.create(office, main, by: office.guest)
        func change(_ ingestion: Ingestion, _ change: ChangeIngestion.Change) -> ChangeIngestion {
            ChangeIngestion(project: project.id, id: ingestion.id, change)
        }
        try await office.refuses(change(own, .requeue(message: "x")), .forbidden, by: office.guest, in: [project.id])
        try await office.refuses(change(own, .requeue(message: "x")), .forbidden, by: nil, in: [project.id])
        let queued = try await office.perform(change(other, .requeue(message: "Later")))
        #expect(queued.state == .queued(message: "Later"))
        let told = try await office.perform(change(other, .progress(message: "Half", 0.5)), by: office.guest)
        #expect(told.state == .processing(message: "Half", progress: 0.5))
        #expect(told.updatedAt == office.now)
        for wrong in [-0.1, 1.1, .nan, .infinity] {
            try await office.refuses(change(own, .progress(message: "x", wrong)), .userInput, in: [project.id])
        }
        let long = String(repeating: "x", count: 4097)
        try await office.refuses(change(own, .requeue(message: long)), .userInput, in: [project.id])
        let asked = try await office.perform(change(other, .requestCancellation))
        #expect(asked.isCancellationRequested && asked.state == told.state)
        let failed = try await office.perform(
            change(other, .fail(reason: "No memory", stacktrace: String(repeating: "y", count: 100_000))))
        guard case .failed("No memory", let stacktrace?) = failed.state else {
            Issue.record("\(failed.state)")
            return
        }
        #expect(stacktrace.utf8.count == 65_536)
        let cancelled = try await office.perform(change(own, .cancel(message: "Enough")))
        #expect(cancelled.state == .cancelled(message: "Enough"))
        let missing = ChangeIngestion(project: project.id, id: Fixture.id(9), .requestCancellation)
        try await office.refuses(missing, .notFound, in: [project.id])
        for idleSeconds in [0, -1, 86_401] {
            try await office.refuses(
                CreateIngestion(
                    project: project.id, model: main.id, message: "x", source: Self.source, idleSeconds: idleSeconds),
                .userInput, in: [project.id])
        }
    }

    @Test(
        "COMMAND-72: what nothing is heard of is given up, noticed or not, and forgotten later",
        arguments: Backend.allCases)
    func expire(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, main) = try await office.project()
        // The clock moves one second with each command.
        let short = try await Self.create(office, main, idleSeconds: 2)
        let long = try await Self.create(office, main, idleSeconds: 86_400)
        try await office.refuses(
            ChangeIngestion(project: project.id, id: short.id, .requeue(message: "x")), .badRequest, in: [project.id])
        #expect(try await office.read { try $0.ingestion(short.id, in: project.id) } == short)
        try await office.perform(ExpireIngestions())
        #expect(try await office.read { try $0.ingestion(short.id, in: project.id)?.state } == .timedOut)
        #expect(try await office.read { try $0.ingestion(long.id, in: project.id) } == long)
        #expect(try await office.read { try $0.openIngestionCount(in: project.id) } == 1)
        #expect(
            try await office.read { try $0.ingestions(dueAt: Timestamp(millisecondsSinceEpoch: .max), limit: 9) } == [
                long
            ])
        let later = Timestamp(millisecondsSinceEpoch: office.now.millisecondsSinceEpoch + 1)
        try await office.service.store.write { try $0.deleteIngestions(overBefore: later) }
        #expect(try await office.read { try $0.ingestion(short.id, in: project.id) } == nil)
        #expect(try await office.read { try $0.ingestion(long.id, in: project.id) } == long)
        try await office.perform(DeleteProject(project.id))
        #expect(try await office.read { try $0.ingestion(long.id, in: project.id) } == nil)
        await #expect(throws: StorageError.self) { try await office.service.store.write { try $0.put(long) } }
    }
}
