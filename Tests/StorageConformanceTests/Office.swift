import ObjectModel
import StorageTestKit
import Synchronization
import Testing

@testable import Storage

/// A node's metadata with a clock that moves one second per command, and a few people.
struct Office: Sendable {
    static let node = Fixture.node(1)

    let backend: OpenBackend
    let service: MetadataService
    private let seconds: SecondHand
    let owner: User
    let guest: User

    init(_ backend: Backend, at node: NodeID = Self.node) async throws {
        let seconds = SecondHand()
        self.backend = try backend.open()
        self.seconds = seconds
        self.service = MetadataService(store: self.backend.store, node: node) { seconds.next() }
        self.owner = try await self.service.perform(
            RegisterUser(name: "Ada", email: "ada@example.org", company: nil, passwordHash: "hash"), actor: nil)
        self.guest = try await self.service.perform(
            RegisterUser(name: "Grace", email: "grace@example.org", company: nil, passwordHash: nil), actor: nil)
    }

    /// The moment of the last command.
    var now: Timestamp { self.seconds.now }

    @discardableResult
    func perform<C: Command>(_ command: C, by actor: User? = nil) async throws -> C.Result {
        try await self.service.perform(command, actor: actor?.id ?? self.owner.id)
    }

    func read<Result: Sendable>(_ body: @Sendable (any MetadataReading) throws -> Result) async throws -> Result {
        try await self.service.store.read(body)
    }

    func log(_ scope: LogScope) async throws -> [Operation] {
        try await self.read { try $0.operations(of: Self.node, in: scope, after: 0, limit: .max) }
    }

    func bodies(_ scope: LogScope) async throws -> [OperationBody] {
        try await self.log(scope).map { try #require(OperationContent(decoding: $0.body).body) }
    }

    /// Performs `command` and checks that exactly `bodies` are appended to `scope`, all at one moment.
    @discardableResult
    func perform<C: Command>(
        _ command: C, appends scope: LogScope, sourceLocation: SourceLocation = #_sourceLocation,
        _ bodies: (C.Result) -> [OperationBody]
    ) async throws -> C.Result {
        let before = try await self.log(scope)
        let result = try await self.perform(command)
        let after = try await self.log(scope)
        let added = after.dropFirst(before.count)
        #expect(Array(after.prefix(before.count)) == before, sourceLocation: sourceLocation)
        let recorded = try await self.bodies(scope).dropFirst(before.count)
        #expect(Array(recorded) == bodies(result), sourceLocation: sourceLocation)
        for operation in added {
            #expect(operation.timestamp == self.now, sourceLocation: sourceLocation)
            #expect(operation.actor == self.owner.id, sourceLocation: sourceLocation)
        }
        #expect(after.map(\.sequence) == (0..<UInt64(after.count)).map { $0 + 1 }, sourceLocation: sourceLocation)
        return result
    }

    /// Checks that `command` is refused with `code` and changes nothing.
    func refuses(
        _ command: some Command, _ code: DomainError.Code, by actor: User?, in projects: [ProjectID] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let before = try await MetadataSnapshot(of: self.service.store, projects: projects)
        do {
            _ = try await self.service.perform(command, actor: actor?.id)
            Issue.record("not refused: \(command)", sourceLocation: sourceLocation)
        } catch let error as DomainError {
            #expect(error.code == code, "\(command)", sourceLocation: sourceLocation)
        }
        #expect(
            try await MetadataSnapshot(of: self.service.store, projects: projects) == before,
            sourceLocation: sourceLocation)
    }

    func refuses(
        _ command: some Command, _ code: DomainError.Code, in projects: [ProjectID] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await self.refuses(command, code, by: self.owner, in: projects, sourceLocation: sourceLocation)
    }

    /// A project of the owner with its model `main`.
    func project(_ name: String = "Harbour") async throws -> (project: Project, main: Model) {
        let project = try await self.perform(CreateProject(name: name, description: nil, visibility: nil))
        let main = try await self.read { try $0.model(named: "main", in: project.id) }
        return (project, try #require(main))
    }

    /// A version of an object that counts as complete from now on.
    func version(_ number: UInt64, of model: Model, message: String? = nil) async throws -> Version {
        self.backend.setComplete([Fixture.object(number)])
        return try await self.perform(
            CreateVersion(
                project: model.project, model: model.id, root: .object(Fixture.object(number)), message: message)
        )
    }

    func mirror(_ project: ProjectID) async throws {
        var mirror = Fixture.mirror(of: 1)
        mirror.project = project
        try await self.service.store.write { [mirror] in try $0.put(mirror) }
    }
}

private final class SecondHand: Sendable {
    private let seconds = Mutex<Int64>(1_000)

    var now: Timestamp { Fixture.time(self.seconds.withLock { $0 }) }

    func next() -> Timestamp {
        self.seconds.withLock { $0 += 1 }
        return self.now
    }
}
