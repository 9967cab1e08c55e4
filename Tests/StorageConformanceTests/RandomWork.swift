import ObjectModel
import StorageTestKit
import Synchronization

@testable import Storage

/// Commands drawn from a seed, some of which the rules refuse. The clock stands still now and then.
struct RandomWork {
    static let node = Fixture.node(1)

    let backend: OpenBackend
    private let service: MetadataService
    private let clock = RandomClock()
    /// All that ever were.
    var projects: [ProjectID] = []
    private(set) var performed = 0
    private(set) var refused = 0
    private var users: [UserID] = []
    private var nextNumber = 0

    init(backend: OpenBackend, node: NodeID = Self.node) {
        self.backend = backend
        let clock = self.clock
        self.service = MetadataService(store: backend.store, node: node) { clock.now }
        backend.setComplete(Set((0..<500).filter { $0 % 5 != 0 }.map { Fixture.object($0) }))
    }

    mutating func perform(_ count: Int, using random: inout SeededRandom) async throws {
        for _ in 0..<count {
            self.clock.advance(by: [0, 0, 1, 1000].randomElement(using: &random) ?? 0)
            do {
                try await self.performOne(using: &random)
                self.performed += 1
            } catch is DomainError {
                self.refused += 1
            }
        }
    }

    private func run<C: Command>(_ command: C) async throws -> C.Result {
        try await self.service.perform(command, actor: self.users.last)
    }

    private mutating func number() -> Int {
        self.nextNumber += 1
        return self.nextNumber
    }

    private mutating func performOne(using random: inout SeededRandom) async throws {
        guard self.users.count >= 2, let project = self.projects.suffix(6).randomElement(using: &random) else {
            return try await self.open(using: &random)
        }
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<8: try await self.open(using: &random)
        case 8..<18: try await self.changeAccounts(using: &random)
        case 18..<32: try await self.change(project, using: &random)
        case 32..<40: try await self.changeFiles(of: project, using: &random)
        case 40..<60: try await self.changeModels(of: project, using: &random)
        default: try await self.changeVersions(of: project, using: &random)
        }
    }

    private mutating func open(using random: inout SeededRandom) async throws {
        if self.users.count < 2 || Bool.random(using: &random) {
            let email = "P\(Int.random(in: 0..<40, using: &random))@Example.org"
            let command = RegisterUser(name: "Person", email: email, company: nil, passwordHash: nil)
            self.users.append(try await self.run(command).id)
        } else {
            let visibility = ProjectVisibility.allCases.randomElement(using: &random)
            let command = CreateProject(name: "Project \(self.number())", description: nil, visibility: visibility)
            self.projects.append(try await self.run(command).id)
        }
    }

    private mutating func changeFiles(of project: ProjectID, using random: inout SeededRandom) async throws {
        let blobs = try await self.backend.store.read { try $0.blobs(in: project, named: nil, after: nil, limit: 9) }
        if let blob = blobs.randomElement(using: &random), Bool.random(using: &random) {
            try await self.run(DeleteBlob(project: project, id: blob.id))
        } else {
            let content = Fixture.content(Int.random(in: 0..<20, using: &random))
            _ = try await self.run(AddBlob(project: project, fileName: "file \(self.number())", content: content))
        }
    }

    private mutating func changeAccounts(using random: inout SeededRandom) async throws {
        guard let user = self.users.randomElement(using: &random) else { return }
        switch Int.random(in: 0..<3, using: &random) {
        case 0:
            let role = ServerRole.allCases.randomElement(using: &random)
            _ = try await self.run(UpdateUser(UserChange(id: user, bio: "bio \(self.number())", role: role)))
        case 1:
            var token = Fixture.token(Int.random(in: 1...20, using: &random), of: 1)
            (token.owner, token.kind) = (user, [.personal, .app].randomElement(using: &random) ?? .app)
            try await self.run(CreateToken(token))
        default:
            try await self.run(RevokeToken(Fixture.id(Int.random(in: 1...20, using: &random)), owner: nil))
        }
    }

    private mutating func change(_ project: ProjectID, using random: inout SeededRandom) async throws {
        switch Int.random(in: 0..<40, using: &random) {
        case 0: try await self.run(DeleteProject(project))
        case 1..<24:
            let change = ProjectChange(
                name: Bool.random(using: &random) ? "Renamed \(self.number())" : nil,
                allowPublicComments: Bool.random(using: &random))
            _ = try await self.run(UpdateProject(project, change))
        default:
            let user = self.users.suffix(3).randomElement(using: &random)
            let role = [ProjectRole.owner, .contributor, nil].randomElement(using: &random) ?? nil
            _ = try await self.run(SetProjectRole(project: project, user: user ?? Fixture.id(0), role: role))
        }
    }

    private mutating func changeModels(of project: ProjectID, using random: inout SeededRandom) async throws {
        let models = try await self.backend.store.read { rows in
            try rows.models(in: project, filter: .init(), after: nil, limit: 99).map(\.id).sorted()
        }
        let model = models.randomElement(using: &random) ?? Fixture.id(0)
        let name = "Model \(Int.random(in: 0..<12, using: &random))"
        switch Int.random(in: 0..<6, using: &random) {
        case 0..<3: _ = try await self.run(CreateModel(project: project, name: name, description: nil))
        case 3, 4: _ = try await self.run(UpdateModel(project: project, id: model, name: name, description: name))
        default: try await self.run(DeleteModel(project: project, id: model))
        }
    }

    private mutating func changeVersions(of project: ProjectID, using random: inout SeededRandom) async throws {
        let (models, versions) = try await self.backend.store.read { rows in
            let models = try rows.models(in: project, filter: .init(), after: nil, limit: 99)
            return (models.sorted { $0.name < $1.name }, try rows.allVersions(in: project).map(\.id))
        }
        let version = versions.randomElement(using: &random) ?? Fixture.id(0)
        let model = models.randomElement(using: &random)
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<5:
            let root = Fixture.object(UInt64.random(in: 0..<500, using: &random))
            let command = CreateVersion(
                project: project, model: model?.id ?? Fixture.id(0), rootObject: root,
                message: "message \(self.number())", sourceApplication: "app", parents: [version])
            _ = try await self.run(command)
        case 5, 6:
            let message = Bool.random(using: &random) ? "changed" : nil
            _ = try await self.run(UpdateVersion(project: project, id: version, message: message))
        case 7:
            let name = Bool.random(using: &random) ? model?.name : "moved \(Int.random(in: 0..<3, using: &random))"
            let ids = [version] + versions.prefix(1)
            _ = try await self.run(MoveVersions(project: project, ids: ids, targetModelName: name ?? "new"))
        case 8: try await self.run(DeleteVersions(project: project, ids: [version]))
        default:
            try await self.run(
                MarkVersionReceived(project: project, id: version, sourceApplication: "app", message: nil))
        }
    }
}

private final class RandomClock: Sendable {
    private let milliseconds = Mutex<Int64>(1_000_000)

    var now: Timestamp { Timestamp(millisecondsSinceEpoch: self.milliseconds.withLock { $0 }) }
    func advance(by milliseconds: Int64) { self.milliseconds.withLock { $0 += milliseconds } }
}
