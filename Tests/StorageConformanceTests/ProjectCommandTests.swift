import ObjectModel
import StorageTestKit
import Testing

@testable import Storage

@Suite struct ProjectCommandTests {
    @Test("COMMAND-10: a new project has its owner and an empty model main", arguments: Backend.allCases)
    func create(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let project = try await office.perform(
            CreateProject(name: "Harbour", description: "north", visibility: .public))
        let main = try #require(try await office.read { try $0.model(named: "main", in: project.id) })
        #expect(project.name == "Harbour")
        #expect(project.description == "north")
        #expect(project.visibility == .public)
        #expect(project.createdAt == office.now)
        #expect(project.updatedAt == office.now)
        #expect(try await office.read { try $0.role(of: office.owner.id, in: project.id) } == .owner)
        let recorded: [OperationBody] = [
            .projectCreated(project), .roleChanged(RoleChange(user: office.owner.id, role: .owner)),
            .modelCreated(main),
        ]
        #expect(try await office.bodies(.project(project.id)) == recorded)
        let defaults = try await office.perform(CreateProject(name: "", description: nil, visibility: nil))
        #expect(!defaults.name.isEmpty)
        #expect(defaults.description == "")
        #expect(defaults.visibility == .private)
        try await office.refuses(
            CreateProject(name: String(repeating: "x", count: 513), description: nil, visibility: nil), .badRequest)
        try await office.refuses(CreateProject(name: "x", description: nil, visibility: nil), .unauthorized, by: nil)
    }

    @Test(
        "COMMAND-11: a project changes field by field and goes with everything but its log", arguments: Backend.allCases
    )
    func updateAndDelete(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, main) = try await office.project()
        let scope = LogScope.project(project.id)
        let change = ProjectChange(name: "Bridge", allowPublicComments: true)
        let changed = try await office.perform(UpdateProject(project.id, change), appends: scope) { _ in
            [.projectChanged(change)]
        }
        var expected = project
        (expected.name, expected.allowPublicComments, expected.updatedAt) = ("Bridge", true, office.now)
        #expect(changed == expected)
        for name in ["", String(repeating: "x", count: 513)] {
            let command = UpdateProject(project.id, ProjectChange(name: name))
            try await office.refuses(command, .projectUpdate, in: [project.id])
        }
        _ = try await office.version(1, of: main)
        try await office.perform(DeleteProject(project.id), appends: scope) { _ in [.projectDeleted(project.id)] }
        let rows = try await MetadataSnapshot(of: office.service.store, projects: [project.id]).projects[project.id]
        #expect(rows == MetadataSnapshot.ProjectRows())
        #expect(try await office.log(scope).count == 6)
        try await office.refuses(DeleteProject(project.id), .projectNotFound, in: [project.id])
        try await office.refuses(UpdateProject(project.id, change), .projectNotFound, in: [project.id])
    }

    @Test(
        "COMMAND-12: roles change for collaborators; the last owner stays; guests own nothing",
        arguments: Backend.allCases)
    func roles(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, _) = try await office.project()
        func set(_ user: User, _ role: ProjectRole?) -> SetProjectRole {
            SetProjectRole(project: project.id, user: user.id, role: role)
        }
        try await office.refuses(set(office.guest, .contributor), .projectAccessUpdate, in: [project.id])
        try await office.refuses(set(office.owner, nil), .projectAccessUpdate, in: [project.id])
        try await office.refuses(set(office.owner, .reviewer), .projectAccessUpdate, in: [project.id])
        try await office.perform(set(office.owner, .owner))
        // People get in by invitation, which writes the role directly.
        try await office.service.store.write {
            try $0.put(Collaborator(project: project.id, user: office.guest.id, role: .reviewer))
        }
        for role in [ProjectRole.contributor, .owner] {
            try await office.perform(set(office.guest, role), appends: .project(project.id)) { _ in
                [.roleChanged(RoleChange(user: office.guest.id, role: role))]
            }
            #expect(try await office.read { try $0.role(of: office.guest.id, in: project.id) } == role)
        }
        try await office.perform(set(office.owner, nil))
        #expect(try await office.read { try $0.role(of: office.owner.id, in: project.id) } == nil)
        try await office.refuses(set(office.guest, .contributor), .projectAccessUpdate, in: [project.id])

        let (second, _) = try await office.project()
        try await office.service.store.write {
            try $0.put(Collaborator(project: second.id, user: office.guest.id, role: .reviewer))
        }
        try await office.perform(UpdateUser(UserChange(id: office.guest.id, role: .guest)))
        let promote = SetProjectRole(project: second.id, user: office.guest.id, role: .owner)
        try await office.refuses(promote, .projectAccessUpdate, in: [second.id])
        try await office.refuses(
            SetProjectRole(project: Fixture.id(77), user: office.guest.id, role: nil), .projectNotFound)
    }

    @Test("COMMAND-13: a copy of another node's project takes no write", arguments: Backend.allCases)
    func mirrored(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, main) = try await office.project()
        let version = try await office.version(1, of: main)
        let side = try await office.perform(CreateModel(project: project.id, name: "side", description: nil))
        try await office.mirror(project.id)
        let id = project.id
        let refused: [any Command] = [
            UpdateProject(id, ProjectChange(name: "x")), DeleteProject(id),
            SetProjectRole(project: id, user: office.owner.id, role: .owner),
            CreateModel(project: id, name: "x", description: nil),
            UpdateModel(project: id, id: side.id, name: "x", description: nil), DeleteModel(project: id, id: side.id),
            CreateVersion(project: id, model: main.id, root: version.root),
            UpdateVersion(project: id, id: version.id, message: "x"),
            MoveVersions(project: id, ids: [version.id], targetModelName: "side"),
            MoveVersions(project: id, ids: [version.id], targetModelName: "new"),
            DeleteVersions(project: id, ids: [version.id]),
            Publish(project: id, publications: [.version(.sample(Fixture.id(5), root: Fixture.object(1)))]),
        ]
        for command in refused { try await office.refuses(command, .forbidden, in: [id]) }
        // Receiving is allowed, and noted nowhere.
        try await office.perform(
            MarkVersionReceived(project: id, id: version.id, sourceApplication: "rhino", message: nil),
            appends: .project(id)
        ) { _ in [] }
        try await office.service.store.write { try $0.deleteMirror(of: id) }
        try await office.perform(UpdateProject(id, ProjectChange(name: "x")))
    }
}
