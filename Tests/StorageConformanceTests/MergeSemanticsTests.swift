import ObjectModel
import StorageTestKit
import Synchronization
import Testing

@testable import Storage

/// Two regions that write at the same time, row by row of what comes of it (Spec §20.3).
@Suite struct MergeSemanticsTests {
    /// Two regions with one project of Ada, which both know.
    private struct World {
        let a: Region
        let b: Region
        let ada: User
        let grace: User
        let project: ProjectID
        let main: ModelID

        init(_ backend: Backend) async throws {
            (self.a, self.b) = (try Region(1, backend), try Region(2, backend))
            self.ada = try await self.a.service.perform(
                RegisterUser(name: "Ada", email: "ada@example.org", company: nil, passwordHash: nil), actor: nil)
            self.grace = try await self.a.service.perform(
                RegisterUser(name: "Grace", email: "grace@example.org", company: nil, passwordHash: nil), actor: nil)
            let project = try await self.a.service.perform(
                CreateProject(name: "Harbour", description: nil, visibility: .public), actor: self.ada.id)
            self.project = project.id
            let grant = RoleChange(user: self.grace.id, role: .contributor)
            try await self.a.service.perform(Recording(body: .roleChanged(grant), project: project.id), actor: nil)
            let main = try await self.a.store.read { try $0.model(named: "main", in: project.id) }
            self.main = try #require(main).id
            try await self.exchange()
        }

        /// Both hear of everything.
        func exchange() async throws {
            let scopes = [.server, LogScope.project(self.project)]
            var random = SeededRandom(seed: 1)
            for (from, to) in [(self.a, self.b), (self.b, self.a)] {
                try await CausalExchange.run(from: from.store, to: to.store, scopes, limit: .max, using: &random)
            }
        }

        /// `first` and then `second` are done, by their clocks, while the regions do not hear of each other.
        func apart<A: Command, B: Command>(_ first: A, _ second: B) async throws -> (A.Result, B.Result) {
            let one = try await self.a.service.perform(first, actor: self.ada.id)
            let other = try await self.b.service.perform(second, actor: self.ada.id)
            try await self.exchange()
            return (one, other)
        }

        /// What both show of `body`, which is the same.
        func shown<Value: Equatable & Sendable>(
            sourceLocation: SourceLocation = #_sourceLocation,
            _ body: @Sendable (any MetadataReading) throws -> Value
        ) async throws -> Value {
            let (here, there) = (try await self.a.store.read(body), try await self.b.store.read(body))
            #expect(here == there, sourceLocation: sourceLocation)
            return here
        }

        /// Kinds of the conflicts that both show.
        func conflicts(sourceLocation: SourceLocation = #_sourceLocation) async throws -> [Conflict.Kind] {
            let project = self.project
            return try await self.shown(sourceLocation: sourceLocation) { rows in
                try rows.conflicts(in: .project(project)) + rows.conflicts(in: .server)
            }.map(\.kind)
        }

        func version(_ number: UInt64, of model: ModelID) -> CreateVersion {
            CreateVersion(project: self.project, model: model, root: .object(Fixture.object(number)))
        }

        func rename(_ name: String) -> UpdateProject { UpdateProject(self.project, ProjectChange(name: name)) }
    }

    /// One region, whose clock moves on with each command of any region.
    private struct Region {
        private static let seconds = Mutex<Int64>(1_000)
        let store: any MetadataStore
        let service: MetadataService
        /// Seconds by which its clock is wrong.
        let skew = Skew()

        init(_ number: Int, _ backend: Backend) throws {
            let open = try backend.open()
            open.setComplete(Set((0..<100).map { Fixture.object($0) }))
            let skew = self.skew
            self.store = open.store
            self.service = MetadataService(store: open.store, node: Fixture.node(number)) {
                let now = Self.seconds.withLock { seconds in
                    seconds += 1
                    return seconds
                }
                return Fixture.time(now + skew.seconds.withLock { $0 })
            }
        }
    }

    private final class Skew: Sendable {
        let seconds = Mutex<Int64>(0)
    }

    @Test(
        "MERGE-2: of two names the later one is shown, and both are kept until somebody decides",
        arguments: Backend.allCases)
    func renames(_ backend: Backend) async throws {
        let world = try await World(backend)
        _ = try await world.apart(world.rename("East"), world.rename("West"))
        let project = world.project
        #expect(try await world.shown { try $0.project(project)?.name } == "West")
        #expect(try await world.conflicts() == [.edited])
        let sides = try await world.shown { rows in
            try rows.conflicts(in: .project(project)).flatMap { try $0.sides(in: .project(project), rows) }
        }
        #expect(sides.compactMap(\.value) == ["East", "West"])
        #expect(sides.map(\.node) == [Fixture.node(1), Fixture.node(2)])
        #expect(sides.map(\.actor) == [world.ada.id, world.ada.id])
        _ = try await world.b.service.perform(world.rename("East"), actor: world.ada.id)
        try await world.exchange()
        #expect(try await world.shown { try $0.project(project)?.name } == "East")
        #expect(try await world.conflicts() == [])
    }

    @Test("MERGE-1: one value written twice, or two fields, are no conflict", arguments: Backend.allCases)
    func noConflict(_ backend: Backend) async throws {
        let world = try await World(backend)
        _ = try await world.apart(world.rename("Port"), world.rename("Port"))
        #expect(try await world.conflicts() == [])
        let describe = UpdateProject(world.project, ProjectChange(description: "By the sea"))
        _ = try await world.apart(world.rename("Pier"), describe)
        let project = world.project
        let shown = try await world.shown { try $0.project(project) }
        #expect(shown?.name == "Pier")
        #expect(shown?.description == "By the sea")
        #expect(try await world.conflicts() == [])
    }

    @Test("MERGE-1: a clock that is wrong by an hour does not undo what was written later", arguments: Backend.allCases)
    func wrongClock(_ backend: Backend) async throws {
        let world = try await World(backend)
        world.a.skew.seconds.withLock { $0 = 3600 }
        _ = try await world.a.service.perform(world.rename("Early"), actor: world.ada.id)
        try await world.exchange()
        _ = try await world.b.service.perform(world.rename("Late"), actor: world.ada.id)
        try await world.exchange()
        let project = world.project
        #expect(try await world.shown { try $0.project(project)?.name } == "Late")
        #expect(try await world.conflicts() == [])
    }

    @Test("MERGE-3: two models of one name are both there; the first one keeps it", arguments: Backend.allCases)
    func names(_ backend: Backend) async throws {
        let world = try await World(backend)
        let create = CreateModel(project: world.project, name: "roof", description: nil)
        let (first, second) = try await world.apart(create, create)
        let project = world.project
        #expect(try await world.shown { try $0.model(first.id, in: project)?.name } == "roof")
        #expect(try await world.shown { try $0.model(second.id, in: project)?.name } == "roof (2)")
        #expect(try await world.conflicts() == [.sameName])
        // Another one is really called that.
        let third = try await world.a.service.perform(
            CreateModel(project: project, name: "wall", description: nil), actor: world.ada.id)
        _ = try await world.a.service.perform(
            UpdateModel(project: project, id: first.id, name: "cellar", description: nil), actor: world.ada.id)
        try await world.exchange()
        #expect(try await world.shown { try $0.model(second.id, in: project)?.name } == "roof")
        #expect(try await world.shown { try $0.model(third.id, in: project)?.name } == "wall")
        #expect(try await world.conflicts() == [])
    }

    @Test("MERGE-3: numbers pass over names that models really have", arguments: Backend.allCases)
    func numbers(_ backend: Backend) async throws {
        let world = try await World(backend)
        let project = world.project
        let real = try await world.a.service.perform(
            CreateModel(project: project, name: "roof (2)", description: nil), actor: world.ada.id)
        try await world.exchange()
        let create = CreateModel(project: project, name: "roof", description: nil)
        let (_, second) = try await world.apart(create, create)
        #expect(try await world.shown { try $0.model(second.id, in: project)?.name } == "roof (3)")
        _ = try await world.b.service.perform(
            UpdateModel(project: project, id: real.id, name: "tiles", description: nil), actor: world.ada.id)
        try await world.exchange()
        #expect(try await world.shown { try $0.model(second.id, in: project)?.name } == "roof (2)")
    }

    @Test(
        "MERGE-5: two versions of a model are both kept, until one is published that has seen both",
        arguments: Backend.allCases)
    func versions(_ backend: Backend) async throws {
        let world = try await World(backend)
        let (first, second) = try await world.apart(world.version(1, of: world.main), world.version(2, of: world.main))
        let (project, main) = (world.project, world.main)
        let listed = try await world.shown { rows in
            try rows.versions(of: main, in: project, filter: .init(), after: nil, limit: 9).map(\.id)
        }
        #expect(listed == [second.id, first.id])
        #expect(try await world.conflicts() == [.diverged])
        _ = try await world.a.service.perform(world.version(3, of: main), actor: world.ada.id)
        try await world.exchange()
        #expect(try await world.conflicts() == [])
        let (left, right) = try await world.apart(world.version(6, of: main), world.version(7, of: main))
        let picked = try await world.b.service.perform(
            PickVersion(project: project, id: left.id), actor: world.ada.id)
        #expect(picked.root == left.root)
        #expect(picked.parents == [left.id, right.id].sorted())
        try await world.exchange()
        #expect(try await world.conflicts() == [])
        await #expect(throws: DomainError.self) {
            try await world.b.service.perform(PickVersion(project: project, id: left.id), actor: world.ada.id)
        }
        let (fourth, _) = try await world.apart(world.version(4, of: main), world.version(5, of: main))
        _ = try await world.a.service.perform(
            DeleteVersions(project: project, ids: [fourth.id]), actor: world.ada.id)
        try await world.exchange()
        #expect(try await world.conflicts() == [])
    }

    @Test(
        "MERGE-4: a model that is deleted in one region and written to in another one stays, with everything",
        arguments: Backend.allCases)
    func deletedInUse(_ backend: Backend) async throws {
        let world = try await World(backend)
        let project = world.project
        let model = try await world.a.service.perform(
            CreateModel(project: project, name: "roof", description: "old"), actor: world.ada.id)
        let before = try await world.a.service.perform(world.version(1, of: model.id), actor: world.ada.id)
        try await world.exchange()
        let delete = DeleteModel(project: project, id: model.id)
        let (_, after) = try await world.apart(delete, world.version(2, of: model.id))
        let ids = try await world.shown { try $0.allVersions(in: project).map(\.id) }
        #expect(ids == [before.id, after.id])
        #expect(try await world.shown { try $0.model(model.id, in: project)?.description } == "old")
        #expect(try await world.conflicts() == [.deletedInUse])
        try await world.b.service.perform(KeepModel(project: project, id: model.id), actor: world.ada.id)
        try await world.exchange()
        #expect(try await world.conflicts() == [])
        #expect(try await world.shown { try $0.allVersions(in: project).count } == 2)
        try await world.a.service.perform(delete, actor: world.ada.id)
        try await world.exchange()
        #expect(try await world.shown { try $0.model(model.id, in: project) } == nil)
        #expect(try await world.shown { try $0.allVersions(in: project) } == [])
    }

    @Test("MERGE-6: what is gone with its model has no conflicts any more", arguments: Backend.allCases)
    func movedTwice(_ backend: Backend) async throws {
        let world = try await World(backend)
        let project = world.project
        let version = try await world.a.service.perform(world.version(1, of: world.main), actor: world.ada.id)
        try await world.exchange()
        func move(to name: String) -> MoveVersions {
            MoveVersions(project: project, ids: [version.id], targetModelName: name)
        }
        let (_, wall) = try await world.apart(move(to: "roof"), move(to: "wall"))
        #expect(try await world.shown { try $0.version(version.id, in: project)?.model } == wall.id)
        #expect(try await world.conflicts() == [.edited])
        try await world.a.service.perform(DeleteModel(project: project, id: wall.id), actor: world.ada.id)
        try await world.exchange()
        #expect(try await world.conflicts() == [])
    }

    @Test("MERGE-4: deleting wins over renaming and over a new message", arguments: Backend.allCases)
    func deletedWhileEdited(_ backend: Backend) async throws {
        let world = try await World(backend)
        let project = world.project
        let model = try await world.a.service.perform(
            CreateModel(project: project, name: "roof", description: nil), actor: world.ada.id)
        let version = try await world.a.service.perform(world.version(1, of: world.main), actor: world.ada.id)
        try await world.exchange()
        _ = try await world.apart(
            DeleteModel(project: project, id: model.id),
            UpdateModel(project: project, id: model.id, name: "tiles", description: nil))
        _ = try await world.apart(
            UpdateVersion(project: project, id: version.id, message: "new"),
            DeleteVersions(project: project, ids: [version.id]))
        #expect(try await world.shown { try $0.model(model.id, in: project) } == nil)
        #expect(try await world.shown { try $0.version(version.id, in: project) } == nil)
        #expect(try await world.conflicts() == [])
        // The name is free again.
        _ = try await world.a.service.perform(
            CreateModel(project: project, name: "tiles", description: nil), actor: world.ada.id)
    }

    @Test(
        "MERGE-4: a project that is deleted is gone, whatever was written to it; its log stays",
        arguments: Backend.allCases)
    func deletedProject(_ backend: Backend) async throws {
        let world = try await World(backend)
        _ = try await world.apart(DeleteProject(world.project), world.version(1, of: world.main))
        let project = world.project
        #expect(try await world.shown { try $0.project(project) } == nil)
        #expect(try await world.shown { try $0.allVersions(in: project) } == [])
        let created = try await world.shown { rows in
            try rows.operations(of: Fixture.node(2), in: .project(project), after: 0, limit: 9)
        }
        #expect(created.count == 1)
    }

    @Test(
        "MERGE-2: of two decisions on somebody's role the stricter one holds, and a later one counts at once",
        arguments: Backend.allCases)
    func roles(_ backend: Backend) async throws {
        let world = try await World(backend)
        let (project, grace) = (world.project, world.grace.id)
        _ = try await world.apart(
            SetProjectRole(project: project, user: grace, role: .owner),
            SetProjectRole(project: project, user: grace, role: .reviewer))
        #expect(try await world.shown { try $0.role(of: grace, in: project) } == .reviewer)
        #expect(try await world.conflicts() == [.restricted])
        _ = try await world.apart(
            SetProjectRole(project: project, user: grace, role: .contributor),
            SetProjectRole(project: project, user: grace, role: nil))
        #expect(try await world.shown { try $0.role(of: grace, in: project) } == nil)
        let grant = RoleChange(user: grace, role: .contributor)
        try await world.a.service.perform(Recording(body: .roleChanged(grant), project: project), actor: nil)
        try await world.exchange()
        #expect(try await world.shown { try $0.role(of: grace, in: project) } == .contributor)
        #expect(try await world.conflicts() == [])
    }

    @Test(
        "MERGE-2: owners who take the role from each other leave a project that nobody owns, and that is told",
        arguments: Backend.allCases)
    func lastOwners(_ backend: Backend) async throws {
        let world = try await World(backend)
        let (project, ada, grace) = (world.project, world.ada.id, world.grace.id)
        _ = try await world.a.service.perform(SetProjectRole(project: project, user: grace, role: .owner), actor: ada)
        try await world.exchange()
        _ = try await world.apart(
            SetProjectRole(project: project, user: grace, role: nil),
            SetProjectRole(project: project, user: ada, role: .reviewer))
        let owners = try await world.shown { try $0.collaborators(of: project).filter { $0.role == .owner } }
        #expect(owners == [])
        #expect(try await world.conflicts() == [.ownerless])
        _ = try await world.b.service.perform(SetProjectRole(project: project, user: grace, role: .owner), actor: nil)
        try await world.exchange()
        #expect(try await world.conflicts() == [])
    }

    @Test(
        "MERGE-7: a version of somebody whose right was taken elsewhere is set aside until somebody decides",
        arguments: Backend.allCases)
    func quarantine(_ backend: Backend) async throws {
        let world = try await World(backend)
        let (project, main, grace) = (world.project, world.main, world.grace.id)
        func set(_ role: ProjectRole?) -> SetProjectRole { SetProjectRole(project: project, user: grace, role: role) }
        func shown() async throws -> [VersionID] {
            try await world.shown { try $0.allVersions(in: project).map(\.id) }
        }
        func write(_ number: UInt64) async throws -> VersionID {
            try await world.b.service.perform(world.version(number, of: main), actor: grace).id
        }
        // The right is taken in one region while it is used in the other one.
        _ = try await world.a.service.perform(set(nil), actor: world.ada.id)
        let first = try await write(1)
        try await world.exchange()
        #expect(try await shown() == [])
        #expect(try await world.conflicts() == [.quarantined])
        let sides = try await world.shown { rows in
            try rows.conflicts(in: .project(project)).flatMap { try $0.sides(in: .project(project), rows) }
        }
        #expect(sides.map(\.value) == [nil, "version \(first)"])
        #expect(sides.map(\.actor) == [world.ada.id, grace])
        // Taking it once more is no decision about the version.
        let again = RoleChange(user: grace, role: nil)
        try await world.a.service.perform(Recording(body: .roleChanged(again), project: project), actor: nil)
        try await world.exchange()
        #expect(try await shown() == [])
        try await world.a.service.perform(
            DecideVersion(project: project, id: first, isAccepted: true), actor: world.ada.id)
        try await world.exchange()
        #expect(try await shown() == [first])
        #expect(try await world.conflicts() == [])
        // Giving the right back accepts what was made meanwhile; deleting refuses it.
        let grant = RoleChange(user: grace, role: .contributor)
        try await world.a.service.perform(Recording(body: .roleChanged(grant), project: project), actor: nil)
        try await world.exchange()
        _ = try await world.a.service.perform(set(.reviewer), actor: world.ada.id)
        let (second, third) = (try await write(2), try await write(3))
        try await world.exchange()
        #expect(try await shown() == [first])
        try await world.b.service.perform(
            DecideVersion(project: project, id: third, isAccepted: false), actor: world.ada.id)
        _ = try await world.a.service.perform(set(.contributor), actor: world.ada.id)
        try await world.exchange()
        #expect(try await shown() == [first, second])
        #expect(try await world.conflicts() == [])
        await #expect(throws: DomainError.self) {
            try await world.a.service.perform(
                DecideVersion(project: project, id: second, isAccepted: true), actor: world.ada.id)
        }
    }

    @Test("MERGE-2: of two visibilities the one that shows less holds", arguments: Backend.allCases)
    func visibility(_ backend: Backend) async throws {
        let world = try await World(backend)
        _ = try await world.apart(
            UpdateProject(world.project, ProjectChange(visibility: .private)),
            UpdateProject(world.project, ProjectChange(visibility: .workspace, allowPublicComments: true)))
        let project = world.project
        #expect(try await world.shown { try $0.project(project)?.visibility } == .private)
        #expect(try await world.shown { try $0.project(project)?.allowPublicComments } == true)
        #expect(try await world.conflicts() == [.restricted])
    }

    @Test(
        "MERGE-3: of two accounts with one e-mail the first has it; the other one waits for a decision",
        arguments: Backend.allCases)
    func emails(_ backend: Backend) async throws {
        let world = try await World(backend)
        let register = RegisterUser(name: "Alan", email: "alan@example.org", company: nil, passwordHash: nil)
        let (first, second) = try await world.apart(register, register)
        #expect(try await world.shown { try $0.user(email: "alan@example.org")?.id } == first.id)
        #expect(try await world.shown { try $0.user(second.id)?.email } == "alan@example.org (2)")
        #expect(try await world.conflicts() == [.sameName])
    }

    /// Adds an address at one region, which is known everywhere then.
    private func add(_ address: String, to user: User, in world: World) async throws -> UserEmail {
        let email = try await world.a.service.perform(AddEmail(address), actor: user.id)
        try await world.a.service.perform(SetVerification(email: address, isVerified: true), actor: nil)
        try await world.exchange()
        return email
    }

    @Test(
        "MERGE-3: whoever opens an account with an address goes before whoever only added it",
        arguments: Backend.allCases)
    func addedAddress(_ backend: Backend) async throws {
        let world = try await World(backend)
        let (added, alan) = try await world.apart(
            AddEmail("alan@example.org"),
            RegisterUser(name: "Alan", email: "alan@example.org", company: nil, passwordHash: nil))
        #expect(try await world.shown { try $0.user(email: "alan@example.org")?.id } == alan.id)
        #expect(try await world.shown { try $0.emails(of: added.user) }.last?.address == "alan@example.org (2)")
        #expect(try await world.conflicts() == [.sameName])
        try await world.b.service.perform(DeleteEmail(added.id), actor: added.user)
        try await world.exchange()
        #expect(try await world.conflicts() == [])
    }

    @Test("MERGE-3: of two people who add one address the first has it", arguments: Backend.allCases)
    func twiceAdded(_ backend: Backend) async throws {
        let world = try await World(backend)
        let (ada, grace) = (world.ada.id, world.grace.id)
        let first = try await world.a.service.perform(AddEmail("new@example.org"), actor: ada)
        let second = try await world.b.service.perform(AddEmail("new@example.org"), actor: grace)
        try await world.b.service.perform(
            SetVerification(email: "new@example.org", isVerified: true), actor: nil)
        try await world.exchange()
        // Grace has shown that it is hers.
        #expect(try await world.shown { try $0.email(address: "new@example.org") }?.id == second.id)
        #expect(try await world.shown { try $0.emails(of: ada) }.last?.address == "new@example.org (2)")
        #expect(try await world.conflicts() == [.sameName])
        try await world.a.service.perform(DeleteUser(grace, email: world.grace.email), actor: nil)
        try await world.exchange()
        #expect(try await world.shown { try $0.email(address: "new@example.org") }?.id == first.id)
        #expect(try await world.conflicts() == [])
    }

    @Test(
        "MERGE-10: of two primary addresses the latest holds, as far as it is still theirs", arguments: Backend.allCases
    )
    func primaryAddress(_ backend: Backend) async throws {
        let world = try await World(backend)
        let ada = world.ada
        let one = try await self.add("one@example.org", to: ada, in: world)
        let two = try await self.add("two@example.org", to: ada, in: world)
        _ = try await world.apart(SetPrimaryEmail(one.id), SetPrimaryEmail(two.id))
        #expect(try await world.shown { try $0.user(ada.id)?.email } == "two@example.org")
        #expect(try await world.conflicts() == [])
        _ = try await world.apart(DeleteEmail(one.id), SetPrimaryEmail(one.id))
        #expect(try await world.shown { try $0.user(ada.id)?.email } == ada.email)
    }

    @Test("MERGE-10: nobody is left without an address", arguments: Backend.allCases)
    func lastAddress(_ backend: Backend) async throws {
        let world = try await World(backend)
        let ada = world.ada
        let one = try await self.add("one@example.org", to: ada, in: world)
        try await world.a.service.perform(SetPrimaryEmail(one.id), actor: ada.id)
        try await world.a.service.perform(DeleteEmail(EmailID(of: ada.id)), actor: ada.id)
        // Somebody else took the first one, before the other went.
        let alan = try await world.a.service.perform(
            RegisterUser(name: "Alan", email: ada.email, company: nil, passwordHash: nil), actor: nil)
        try await world.b.service.perform(DeleteEmail(one.id), actor: ada.id)
        try await world.exchange()
        #expect(try await world.shown { try $0.user(email: ada.email)?.id } == alan.id)
        #expect(try await world.shown { try $0.emails(of: ada.id) }.map(\.address) == ["ada@example.org (2)"])
        #expect(try await world.shown { try $0.user(ada.id)?.email } == "ada@example.org (2)")
        #expect(try await world.conflicts() == [.sameName])
    }

    @Test(
        "MERGE-10: an address that somebody added in two regions is one, and goes as one", arguments: Backend.allCases)
    func sameAddress(_ backend: Backend) async throws {
        let world = try await World(backend)
        let ada = world.ada.id
        let (first, second) = try await world.apart(AddEmail("one@example.org"), AddEmail("one@example.org"))
        #expect(first.id != second.id)
        #expect(try await world.shown { try $0.emails(of: ada) }.count == 2)
        #expect(try await world.conflicts() == [])
        try await world.b.service.perform(DeleteEmail(first.id), actor: ada)
        try await world.exchange()
        #expect(try await world.shown { try $0.emails(of: ada) }.count == 1)
    }

    @Test(
        "MERGE-2: whoever accepts an invitation that is taken back elsewhere has no role until somebody decides",
        arguments: Backend.allCases)
    func invitations(_ backend: Backend) async throws {
        let world = try await World(backend)
        let (project, ada) = (world.project, world.ada.id)
        let eve = try await world.a.service.perform(
            RegisterUser(name: "Eve", email: "eve@example.org", company: nil, passwordHash: nil), actor: nil)
        func invite() async throws -> InviteID {
            let invitation = InviteToProject(project: project, target: .user(eve.id), role: .contributor)
            let invite = try await world.a.service.perform(invitation, actor: ada)
            try await world.exchange()
            return invite.id
        }
        let first = try await invite()
        try await world.b.service.perform(
            AnswerInvite(project: project, id: first, isAccepted: true), actor: eve.id)
        try await world.a.service.perform(CancelInvite(project: project, id: first), actor: ada)
        try await world.exchange()
        #expect(try await world.shown { try $0.role(of: eve.id, in: project) } == nil)
        #expect(try await world.shown { try $0.invites(to: project) }.isEmpty)
        #expect(try await world.conflicts() == [.restricted])
        let second = try await invite()
        try await world.b.service.perform(
            AnswerInvite(project: project, id: second, isAccepted: true), actor: eve.id)
        try await world.exchange()
        #expect(try await world.shown { try $0.role(of: eve.id, in: project) } == .contributor)
        #expect(try await world.conflicts().isEmpty)
    }

    @Test("A mark outlives another one that is taken away; of a switch the latest holds", arguments: Backend.allCases)
    func preferences(_ backend: Backend) async throws {
        let world = try await World(backend)
        let mark = { SetFavorite(project: world.project, isFavorite: $0) }
        _ = try await world.apart(mark(true), mark(true))
        let twice = try await world.shown { try $0.favorites(of: world.ada.id) }
        #expect(twice.map(\.project) == [world.project])
        // One region takes both away; the other one marks it anew without knowing.
        _ = try await world.b.service.perform(mark(false), actor: world.ada.id)
        _ = try await world.b.service.perform(mark(true), actor: world.ada.id)
        _ = try await world.a.service.perform(mark(false), actor: world.ada.id)
        try await world.exchange()
        #expect(try await world.shown { try $0.favorites(of: world.ada.id) }.count == 1)
        _ = try await world.apart(SetPreferences(["flag/x": true]), SetPreferences(["flag/x": false]))
        #expect(try await world.shown { try $0.preferences(of: world.ada.id) }.map(\.isOn) == [false])
        #expect(try await world.conflicts() == [])
    }

    @Test("A request that is answered in two regions gives what the stricter one gave", arguments: Backend.allCases)
    func accessRequests(_ backend: Backend) async throws {
        for (first, second) in [(ProjectRole.contributor, nil), (.owner, .reviewer)] as [(ProjectRole?, ProjectRole?)] {
            let world = try await World(backend)
            let eve = try await world.a.service.perform(
                RegisterUser(name: "Eve", email: "eve@example.org", company: nil, passwordHash: nil), actor: nil)
            try await world.exchange()
            // She asks in both.
            let request = try await world.a.service.perform(RequestAccess(project: world.project), actor: eve.id)
            _ = try await world.b.service.perform(RequestAccess(project: world.project), actor: eve.id)
            try await world.exchange()
            #expect(try await world.shown { try $0.accessRequests(to: world.project) } == [request])
            _ = try await world.apart(
                AnswerAccessRequest(request, role: first), AnswerAccessRequest(request, role: second))
            #expect(try await world.shown { try $0.accessRequests(to: world.project) } == [])
            #expect(try await world.shown { try $0.role(of: eve.id, in: world.project) } == second)
            #expect(try await world.conflicts() == [.restricted])
        }
    }

    @Test(
        "MERGE-2: of settings of the server the latest text is shown, and what lets fewer people in holds",
        arguments: Backend.allCases)
    func serverSettings(_ backend: Backend) async throws {
        let world = try await World(backend)
        _ = try await world.apart(
            UpdateServer(ServerChange(name: "Paris", company: "ACME", inviteOnly: true, guestMode: true)),
            UpdateServer(ServerChange(name: "Tokyo", inviteOnly: false, guestMode: false)))
        let shown = try await world.shown { try $0.serverSettings() }
        #expect(shown == ServerSettings(name: "Tokyo", company: "ACME", isInviteOnly: true, allowsGuests: false))
        let kinds = Set(try await world.conflicts())
        #expect(kinds == [.edited, .restricted])
        try await world.a.service.perform(
            UpdateServer(ServerChange(name: "Both", inviteOnly: false, guestMode: true)), actor: nil)
        try await world.exchange()
        #expect(
            try await world.shown { try $0.serverSettings() }
                == ServerSettings(name: "Both", company: "ACME", allowsGuests: true))
        #expect(try await world.conflicts() == [])
    }

    @Test(
        "MERGE-2: administrators who take the role from each other lose it both, until the operator appoints one",
        arguments: Backend.allCases)
    func administrators(_ backend: Backend) async throws {
        let world = try await World(backend)
        let grace = world.grace
        try await world.a.service.perform(ChangeServerRole(grace.id, to: .admin), actor: nil)
        try await world.exchange()
        _ = try await world.apart(
            ChangeServerRole(grace.id, to: .user), ChangeServerRole(world.ada.id, to: .user))
        #expect(try await world.shown { try $0.userCount(UserFilter(role: .admin)) } == 0)
        #expect(try await world.a.service.perform(AppointAdministrator(email: grace.email), actor: nil) == true)
        try await world.exchange()
        #expect(try await world.shown { try $0.user(grace.id)?.role } == .admin)
    }

    @Test(
        "MERGE-4: an account that is deleted in one region is gone in all, whatever was done with it meanwhile",
        arguments: Backend.allCases)
    func deletedAccount(_ backend: Backend) async throws {
        let world = try await World(backend)
        let grace = world.grace
        var token = Fixture.token(1, of: 1)
        token.owner = grace.id
        try await world.a.service.perform(DeleteUser(grace.id, email: grace.email), actor: nil)
        try await world.b.service.perform(CreateToken(token), actor: nil)
        _ = try await world.b.service.perform(UpdateUser(UserChange(id: grace.id, name: "Still here")), actor: nil)
        // Her projects are not deleted where nobody knew of them: administrators can give them to somebody.
        let project = try await world.b.service.perform(
            CreateProject(name: "Late", description: nil, visibility: nil), actor: grace.id)
        try await world.exchange()
        var random = SeededRandom(seed: 1)
        try await CausalExchange.run(
            from: world.b.store, to: world.a.store, [.project(project.id)], limit: .max, using: &random)
        try await world.exchange()
        #expect(try await world.shown { try $0.user(grace.id) } == nil)
        #expect(try await world.shown { try $0.token(Fixture.id(1)) } == nil)
        #expect(try await world.shown { try $0.project(project.id)?.name } == "Late")
        #expect(try await world.shown { try $0.actingOwners(of: project.id) } == [])
        _ = try await world.a.service.perform(
            SetProjectRole(project: project.id, user: world.ada.id, role: .owner), actor: world.ada.id)
        #expect(try await world.a.store.read { try $0.actingOwners(of: project.id) } == [world.ada.id])
        // Somebody else may have the address.
        let other = try await world.a.service.perform(
            RegisterUser(name: "Other", email: grace.email, company: nil, passwordHash: nil), actor: nil)
        try await world.exchange()
        #expect(try await world.shown { try $0.user(email: grace.email)?.id } == other.id)
        #expect(try await world.conflicts() == [])
    }

    @Test(
        "MERGE-4: whoever resets a password ends tokens too that were made meanwhile in another region",
        arguments: Backend.allCases)
    func endedSessions(_ backend: Backend) async throws {
        let world = try await World(backend)
        let grace = world.grace
        func token(_ number: Int) -> CreateToken {
            var token = Fixture.token(number, of: 1)
            token.owner = grace.id
            return CreateToken(token)
        }
        let hash = ContentHash(of: "token")
        try await world.b.service.perform(token(1), actor: nil)
        try await world.exchange()
        _ = try await world.a.service.perform(
            BeginProof(
                email: grace.email, purpose: .passwordReset, tokenHash: hash, codeHash: nil, interval: .zero),
            actor: nil)
        _ = try await world.apart(ResetPassword(token: hash, passwordHash: "new"), token(2))
        try await world.b.service.perform(token(3), actor: nil)
        try await world.exchange()
        let left = try await world.shown { rows in try (1...3).map { try rows.token(Fixture.id($0)) != nil } }
        #expect(left == [false, false, true])
        #expect(try await world.shown { try $0.user(grace.id)?.passwordHash } == "new")
    }

    @Test("MERGE-2: an address is known only where nobody doubts it", arguments: Backend.allCases)
    func verification(_ backend: Backend) async throws {
        let world = try await World(backend)
        let email = world.grace.email
        _ = try await world.apart(
            SetVerification(email: email, isVerified: false), SetVerification(email: email, isVerified: true))
        #expect(try await world.shown { try $0.user(email: email)?.isVerified } == false)
        #expect(try await world.conflicts() == [.restricted])
    }

    @Test("MERGE-4: a token that was revoked in one region is revoked in all", arguments: Backend.allCases)
    func tokens(_ backend: Backend) async throws {
        let world = try await World(backend)
        var token = Fixture.token(1, of: 1)
        token.owner = world.ada.id
        try await world.a.service.perform(CreateToken(token), actor: world.ada.id)
        try await world.exchange()
        _ = try await world.apart(
            RevokeToken(token.id, owner: nil), UpdateUser(UserChange(id: world.ada.id, bio: "Writes")))
        let (id, ada) = (token.id, world.ada.id)
        #expect(try await world.shown { try $0.token(id) } == nil)
        #expect(try await world.shown { try $0.user(ada)?.bio } == "Writes")
    }
}
