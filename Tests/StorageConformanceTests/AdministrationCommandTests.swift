import ObjectModel
import StorageTestKit
import Testing

@testable import Storage

@Suite struct AdministrationCommandTests {
    @Test("COMMAND-80: settings change one by one, and an empty text takes one away", arguments: Backend.allCases)
    func settings(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let change = ServerChange(name: "Harbour", company: "ACME", inviteOnly: true)
        try await office.perform(UpdateServer(change), appends: .server) { [.serverChanged(change)] }
        try await office.perform(UpdateServer(ServerChange(company: "", guestMode: true)))
        #expect(
            try await office.read { try $0.serverSettings() }
                == ServerSettings(name: "Harbour", isInviteOnly: true, allowsGuests: true))
        try await office.refuses(UpdateServer(ServerChange(name: "")), .userInput)
        try await office.refuses(UpdateServer(ServerChange(name: String(repeating: "x", count: 513))), .userInput)
        let long = String(repeating: "x", count: (16 << 10) + 1)
        try await office.refuses(UpdateServer(ServerChange(termsOfService: long)), .userInput)
    }

    @Test("COMMAND-81: a server role is given to anybody, and guests need guest mode", arguments: Backend.allCases)
    func roles(_ backend: Backend) async throws {
        let office = try await Office(backend)
        try await office.refuses(ChangeServerRole(office.guest.id, to: .guest), .userInput)
        try await office.refuses(ChangeServerRole(Fixture.id(77), to: .user), .userNotFound)
        try await office.perform(UpdateServer(ServerChange(guestMode: true)))
        for role in [ServerRole.guest, .archived, .admin] {
            let change = UserChange(id: office.guest.id, role: role)
            try await office.perform(ChangeServerRole(office.guest.id, to: role), appends: .server) {
                [.userChanged(change)]
            }
            let given = try await office.read { try $0.user(office.guest.id)?.role }
            #expect(given == role)
        }
    }

    @Test("COMMAND-82: the last administrator stays one", arguments: Backend.allCases)
    func lastAdministrator(_ backend: Backend) async throws {
        let office = try await Office(backend)
        try await office.refuses(ChangeServerRole(office.owner.id, to: .user), .userInput)
        try await office.refuses(DeleteUser(office.owner.id, email: office.owner.email), .userInput)
        try await office.perform(ChangeServerRole(office.owner.id, to: .admin))
        try await office.perform(ChangeServerRole(office.guest.id, to: .admin))
        try await office.perform(ChangeServerRole(office.owner.id, to: .user))
        try await office.refuses(ChangeServerRole(office.guest.id, to: .archived), .userInput)
        let isAppointed = try await office.perform(AppointAdministrator(email: office.owner.email))
        #expect(!isAppointed)
        try await office.perform(UpdateUser(UserChange(id: office.guest.id, role: .user)))
        try await office.refuses(AppointAdministrator(email: "nobody@example.org"), .userNotFound)
        #expect(try await office.perform(AppointAdministrator(email: office.owner.email)) == true)
        #expect(try await office.read { try $0.userCount(UserFilter(role: .admin)) } == 1)
    }

    @Test(
        "COMMAND-83: an account goes with the projects that nobody else owns, and what was made in others stays",
        arguments: Backend.allCases)
    func deletion(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (grace, service) = (office.guest, office.service)
        let own = try await service.perform(
            CreateProject(name: "Own", description: nil, visibility: nil), actor: grace.id)
        let (shared, main) = try await office.project("Shared")
        try await service.perform(
            Recording(body: .roleChanged(RoleChange(user: grace.id, role: .owner)), project: shared.id), actor: nil)
        office.backend.setComplete([Fixture.object(1)])
        let version = try await service.perform(
            CreateVersion(project: shared.id, model: main.id, root: .object(Fixture.object(1))), actor: grace.id)
        var token = Fixture.token(1, of: 1)
        token.owner = grace.id
        try await office.perform(CreateToken(token))
        try await office.refuses(
            DeleteUser(grace.id, email: office.owner.email), .userInput, in: [own.id, shared.id])
        try await office.refuses(DeleteUser(Fixture.id(77), email: grace.email), .userNotFound)
        try await office.perform(DeleteUser(grace.id, email: "Grace@Example.org"), appends: .server) {
            [.userDeleted(grace.id)]
        }
        #expect(try await office.read { try $0.user(grace.id) } == nil)
        #expect(try await office.read { try $0.token(Fixture.id(1)) } == nil)
        #expect(try await office.read { try $0.project(own.id) } == nil)
        #expect(try await office.read { try $0.version(version.id, in: shared.id) } == version)
        #expect(try await office.read { try $0.actingOwners(of: shared.id) } == [office.owner.id])
        // The address is free again, and the last owner cannot leave although one who is gone had the role.
        try await office.refuses(
            SetProjectRole(project: shared.id, user: office.owner.id, role: nil), .projectAccessUpdate)
        let again = try await service.perform(
            RegisterUser(name: "Grace", email: grace.email, company: nil, passwordHash: nil), actor: nil)
        #expect(again.id != grace.id)
        #expect(again.email == grace.email)
    }

    @Test("COMMAND-84: an invitation ends with the account of who made it", arguments: Backend.allCases)
    func invitations(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let eve = try await office.service.perform(
            RegisterUser(name: "Eve", email: "eve@example.org", company: nil, passwordHash: nil), actor: nil)
        let (project, _) = try await office.project()
        try await office.service.perform(
            Recording(body: .roleChanged(RoleChange(user: office.guest.id, role: .owner)), project: project.id),
            actor: nil)
        let invite = try await office.service.perform(
            InviteToProject(project: project.id, target: .user(eve.id), role: .contributor), actor: office.guest.id)
        try await office.perform(DeleteUser(office.guest.id, email: office.guest.email))
        try await office.refuses(
            AnswerInvite(project: project.id, id: invite.id, isAccepted: true), .inviteNotFound, by: eve,
            in: [project.id])
    }

    @Test("COMMAND-85: several projects are deleted, or none", arguments: Backend.allCases)
    func projects(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (one, other) = (try await office.project().project.id, try await office.project().project.id)
        try await office.refuses(
            DeleteProjects([one, Fixture.id(77)]), .projectNotFound, in: [one, other])
        try await office.perform(DeleteProjects([one, other]))
        #expect(try await office.read { try $0.allProjects() } == [])
    }

    @Test("COMMAND-86: who is archived gets no token", arguments: Backend.allCases)
    func archived(_ backend: Backend) async throws {
        let office = try await Office(backend)
        try await office.perform(ChangeServerRole(office.guest.id, to: .archived))
        var token = Fixture.token(1, of: 1)
        token.owner = office.guest.id
        try await office.refuses(CreateToken(token), .userNotFound)
    }
}
