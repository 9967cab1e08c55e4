import ObjectModel
import StorageTestKit
import Testing

@testable import Storage

@Suite struct InviteCommandTests {
    @Test(
        "COMMAND-60: an e-mail of somebody stands for them, and a new invitation takes the old one's place",
        arguments: Backend.allCases)
    func invite(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, _) = try await office.project()
        let first = try await office.perform(
            InviteToProject(project: project.id, target: .email("Grace@Example.org"), role: .reviewer),
            appends: .project(project.id)
        ) { [.inviteCreated($0)] }
        #expect(first.target == .user(office.guest.id))
        #expect((first.inviter, first.createdAt) == (office.owner.id, office.now))
        let second = try await office.perform(
            InviteToProject(project: project.id, target: .user(office.guest.id), role: .contributor),
            appends: .project(project.id)
        ) { [.inviteDeleted(first.id), .inviteCreated($0)] }
        #expect(try await office.read { try $0.invites(to: project.id) } == [second])
        let unknown = try await office.perform(
            InviteToProject(project: project.id, target: .email("Eve@Example.org"), role: .owner))
        #expect(unknown.target == .email("eve@example.org"))
        let refused: [InviteToProject] = [
            InviteToProject(project: project.id, target: .email("nobody"), role: .reviewer),
            InviteToProject(project: project.id, target: .user(Fixture.id(99)), role: .reviewer),
            InviteToProject(project: project.id, target: .user(office.owner.id), role: .reviewer),
            InviteToProject(
                project: project.id, target: .user(office.guest.id), role: .reviewer,
                message: String(repeating: "x", count: 1025)),
        ]
        for command in refused { try await office.refuses(command, .inviteCreate, in: [project.id]) }
        // All or none.
        try await office.refuses(
            Invitations(all: [InviteToProject(project: project.id, target: .email("z@z.org"), role: .owner)] + refused),
            .inviteCreate, in: [project.id])
    }

    @Test("COMMAND-61: whoever is asked answers, once, and nobody else", arguments: Backend.allCases)
    func answer(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, _) = try await office.project()
        let invitation = InviteToProject(project: project.id, target: .user(office.guest.id), role: .contributor)
        let declined = try await office.perform(invitation)
        let no = AnswerInvite(project: project.id, id: declined.id, isAccepted: false)
        try await office.refuses(no, .inviteNotFound, by: office.owner, in: [project.id])
        try await office.refuses(no, .inviteNotFound, by: nil, in: [project.id])
        try await office.perform(no, by: office.guest)
        #expect(try await office.read { try $0.role(of: office.guest.id, in: project.id) } == nil)
        try await office.refuses(no, .inviteNotFound, by: office.guest, in: [project.id])
        let accepted = try await office.perform(invitation)
        let (other, _) = try await office.project()
        let yes = AnswerInvite(project: project.id, id: accepted.id, isAccepted: true)
        try await office.refuses(
            AnswerInvite(project: other.id, id: accepted.id, isAccepted: true), .inviteNotFound, by: office.guest)
        try await office.perform(yes, by: office.guest)
        #expect(try await office.read { try $0.role(of: office.guest.id, in: project.id) } == .contributor)
        #expect(try await office.read { try $0.invites(to: project.id) }.isEmpty)
        try await office.refuses(yes, .inviteNotFound, by: office.guest, in: [project.id])
    }

    @Test(
        "COMMAND-62: an invitation by e-mail is whoever's that registers with it; a role is not made less",
        arguments: Backend.allCases)
    func email(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, _) = try await office.project()
        let invite = try await office.perform(
            InviteToProject(project: project.id, target: .email("eve@example.org"), role: .reviewer))
        let eve = try await office.perform(
            RegisterUser(name: "Eve", email: "Eve@example.org", company: nil, passwordHash: nil))
        #expect(try await office.read { try $0.invites(for: eve) } == [invite])
        // Somebody gave her more meanwhile.
        let grant = RoleChange(user: eve.id, role: .contributor)
        try await office.perform(Recording(body: .roleChanged(grant), project: project.id))
        try await office.perform(AnswerInvite(project: project.id, id: invite.id, isAccepted: true), by: eve)
        #expect(try await office.read { try $0.role(of: eve.id, in: project.id) } == .contributor)
        #expect(try await office.read { try $0.invites(for: eve) }.isEmpty)
    }

    @Test("COMMAND-63: guests of the server own nothing, by whatever way", arguments: Backend.allCases)
    func guests(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, _) = try await office.project()
        let invitation = InviteToProject(project: project.id, target: .user(office.guest.id), role: .owner)
        let invite = try await office.perform(invitation)
        try await office.perform(UpdateUser(UserChange(id: office.guest.id, role: .guest)))
        try await office.refuses(invitation, .inviteCreate, in: [project.id])
        try await office.refuses(
            AnswerInvite(project: project.id, id: invite.id, isAccepted: true), .inviteFinalizing, by: office.guest,
            in: [project.id])
    }

    @Test("COMMAND-64: an invitation is taken back", arguments: Backend.allCases)
    func cancel(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, _) = try await office.project()
        let invite = try await office.perform(
            InviteToProject(project: project.id, target: .user(office.guest.id), role: .contributor))
        let command = CancelInvite(project: project.id, id: invite.id)
        try await office.perform(command, appends: .project(project.id)) { _ in
            [.inviteDeleted(invite.id), .roleChanged(RoleChange(user: office.guest.id, role: nil))]
        }
        #expect(try await office.read { try $0.invites(for: office.guest) }.isEmpty)
        try await office.refuses(command, .inviteNotFound, in: [project.id])
    }
}
