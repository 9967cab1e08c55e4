import Foundation
import ObjectModel
import ObjectStorage
import Storage
import StorageSQLite
import StorageTestKit

#if canImport(Glibc)
    import Glibc
#endif

/// Brings a data directory to the state of ``CrashPlan``, from whatever state it is in. Says what is acknowledged.
struct Writer {
    private let killer: Killer
    private let database: TiebeamDatabase
    private let blocks: BlockStore
    private let service: MetadataService

    init(in directory: URL, _ killer: Killer, losesPower: Bool, segmentByteCountMax: UInt64) throws {
        self.killer = killer
        self.database = try TiebeamDatabase(file: directory.appendingPathComponent("tiebeam.db"))
        killer.reach("database: opened")
        let segmentDirectory = directory.appendingPathComponent("segments")
        let segments = KillingSegments(
            try LocalSegments(directory: segmentDirectory, byteCountMax: segmentByteCountMax), in: segmentDirectory,
            killer, losesPower: losesPower)
        let blocks = try BlockStore(
            segments: segments, manifest: KillingManifest(base: self.database.blockManifest(), killer: killer),
            indexDirectory: directory.appendingPathComponent("index"),
            settings: BlockSettings(rawByteCountTarget: 24 << 10, level: 1) { killer.reach("store: \($0)") })
        self.blocks = blocks
        let metadata = self.database.metadataStore { try blocks.isCompleteNow($0, in: $1) }
        self.service = MetadataService(
            store: KillingMetadataStore(base: metadata, killer: killer), node: Fixture.node(1)
        ) { Fixture.time(1_000) }
    }

    func run() async throws {
        let user = try await self.user()
        let first = try await self.project(1, of: user)
        for round in 0..<CrashPlan.roundCount {
            try await self.ingest(round, into: first, number: 1)
            try await self.publish(round, in: first, by: user)
            try await self.ingest(CrashPlan.removedTree(round), into: CrashPlan.removedProject)
        }
        let second = try await self.project(2, of: user)
        try await self.ingest(CrashPlan.sharedRound, into: second, number: 2)
        try await self.copy(first)
        try await self.move(to: second)
        try await self.giveUp()
    }

    private func acknowledge(_ what: String) {
        Killer.say("ack \(what)")
        self.killer.reach("acknowledged: \(what)")
    }

    private func user() async throws -> UserID {
        if let user = try await self.service.store.read({ try $0.user(email: CrashPlan.email) }) { return user.id }
        let command = RegisterUser(name: "Ada", email: CrashPlan.email, company: nil, passwordHash: nil)
        let user = try await self.service.perform(command, actor: nil)
        self.acknowledge("user \(user.id)")
        return user.id
    }

    private func project(_ number: Int, of user: UserID) async throws -> ProjectID {
        let name = CrashPlan.name(ofProject: number)
        let known = try await self.service.store.read { rows in
            try rows.projects(of: user, filter: .init(search: name), after: nil, limit: 1).first
        }
        if let known { return known.id }
        let command = CreateProject(name: name, description: nil, visibility: nil)
        let project = try await self.service.perform(command, actor: user)
        self.acknowledge("project \(number) \(project.id)")
        return project.id
    }

    private func ingest(_ round: Int, into project: ProjectID, number: Int) async throws {
        try await self.ingest(CrashPlan.tree(round), into: project)
        self.acknowledge("objects \(project) \(round)")
    }

    private func ingest(_ objects: [Sample], into project: ProjectID) async throws {
        var session = self.blocks.ingest(into: project)
        for object in objects {
            let facts = ObjectFacts(id: object.id, references: object.references, closure: [])
            try object.text.withUnsafeBytes { try session.add($0, facts) }
            try await session.flush()
        }
        _ = try await session.commit()
    }

    /// Takes an upload in beside the project, and moves it there.
    private func move(to project: ProjectID) async throws {
        try await self.ingest(CrashPlan.tree(CrashPlan.movedRound), into: CrashPlan.uploads)
        self.acknowledge("uploads \(project) \(CrashPlan.movedRound)")
        guard let head = try await self.blocks.journalHead(of: CrashPlan.uploads) else { return }
        _ = try await self.blocks.moveAll(of: CrashPlan.uploads, at: head, to: project)
        self.acknowledge("objects \(project) \(CrashPlan.movedRound)")
    }

    private func giveUp() async throws {
        try await self.blocks.removeAll(of: CrashPlan.removedProject, joining: nil)
        self.acknowledge("removed")
        _ = try await self.blocks.compactSegments()
    }

    /// Fills segments faster than the database. No row names the project.
    private func ingestMuch() async throws {
        try await self.ingest(Sample.tree(leafCount: 3_000, round: CrashPlan.roundCount), into: Fixture.id(0xF0))
    }

    private func publish(_ round: Int, in project: ProjectID, by user: UserID) async throws {
        let message = CrashPlan.message(ofVersion: round)
        let (main, isThere) = try await self.service.store.read { rows in
            let main = try rows.model(named: ModelName.main, in: project)
            return (main, try rows.allVersions(in: project).contains { $0.message == message })
        }
        guard let main, !isThere, let root = CrashPlan.tree(round).last else { return }
        let command = CreateVersion(project: project, model: main.id, root: .object(root.id), message: message)
        let version = try await self.service.perform(command, actor: user)
        self.acknowledge("version \(project) \(version.id)")
    }

    /// Takes the whole journal of `source` in as blocks, and a version of its last root with them.
    private func copy(_ source: ProjectID) async throws {
        guard let slice = try await self.blocks.journal(of: source, from: 0) else { return }
        var receiver = self.blocks.receive(into: CrashPlan.copiedProject)
        for extent in slice.extents {
            let encoded = try await self.blocks.encodedBlock(of: JournalPart(extent).selection)
            try await receiver.append(try await self.blocks.verify(encoded, policy: .fromNode))
        }
        let operations = try Self.operations()
        _ = try await receiver.takeBatch().commit { try MetadataService.apply(operations, in: $0) }
        self.acknowledge("version \(CrashPlan.copiedProject) \(CrashPlan.copiedVersion)")
    }

    private static func operations() throws -> [ObjectModel.Operation] {
        var project = Fixture.project(1)
        project.id = CrashPlan.copiedProject
        var model = Fixture.model(1, in: 1)
        model.project = project.id
        var version = Fixture.version(1, of: 1, in: 1)
        (version.id, version.project) = (CrashPlan.copiedVersion, project.id)
        version.root = CrashPlan.tree(CrashPlan.roundCount - 1).last.map { .object($0.id) } ?? version.root
        let bodies: [OperationBody] = [.projectCreated(project), .modelCreated(model), .versionCreated(version)]
        return try bodies.enumerated().map { index, body in
            ObjectModel.Operation(
                scope: .project(project.id), origin: CrashPlan.sourceNode, sequence: UInt64(index) + 1,
                timestamp: Fixture.time(1_000), actor: nil,
                body: try OperationContent(body, OperationContext()).encoded())
        }
    }

    /// Writes until the first error, says it, and goes on without the limit.
    func runOutOfSpace(fileByteCountMax: Int) async throws {
        signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        let before = limit.rlim_cur
        limit.rlim_cur = rlim_t(fileByteCountMax)
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        do {
            try await self.ingestMuch()
            try await self.run()
            Killer.say("no error")
        } catch {
            Killer.say("error \(error)")
        }
        limit.rlim_cur = before
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        try await self.run()
    }
}
