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
        "COMMAND-62: an invitation by e-mail is whoever's that is known to have it; a role is not made less",
        arguments: Backend.allCases)
    func email(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, _) = try await office.project()
        let invite = try await office.perform(
            InviteToProject(project: project.id, target: .email("eve@example.org"), role: .reviewer))
        let eve = try await office.perform(
            RegisterUser(name: "Eve", email: "Eve@example.org", company: nil, passwordHash: nil))
        let answer = AnswerInvite(project: project.id, id: invite.id, isAccepted: true)
        #expect(try await office.read { try $0.invites(for: eve.id) } == [])
        try await office.refuses(answer, .inviteNotFound, by: eve, in: [project.id])
        try await office.perform(SetVerification(email: eve.email, isVerified: true))
        #expect(try await office.read { try $0.invites(for: eve.id) } == [invite])
        // Somebody gave her more meanwhile.
        let grant = RoleChange(user: eve.id, role: .contributor)
        try await office.perform(Recording(body: .roleChanged(grant), project: project.id))
        try await office.perform(answer, by: eve)
        #expect(try await office.read { try $0.role(of: eve.id, in: project.id) } == .contributor)
        #expect(try await office.read { try $0.invites(for: eve.id) }.isEmpty)
    }

    @Test("COMMAND-65: whoever has the secret of an invitation's mail answers it", arguments: Backend.allCases)
    func secret(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, other) = (try await office.project().project, try await office.project().project)
        let secret = ContentHash(of: "secret")
        func invitation(_ target: Invite.Target) -> InviteToProject {
            InviteToProject(project: project.id, target: target, role: .reviewer, tokenHash: secret)
        }
        // People who have an account need no secret.
        #expect(try await office.perform(invitation(.user(office.guest.id))).tokenHash == nil)
        let invite = try await office.perform(invitation(.email("eve@example.org")))
        #expect(invite.tokenHash == secret)
        #expect(invite.isOpened(by: secret, at: invite.createdAt + .seconds(30 * 86_400 - 1)))
        #expect(!invite.isOpened(by: secret, at: invite.createdAt + ServerInvite.lifespan))
        func answer(_ project: ProjectID, _ secret: String) -> AnswerInvite {
            AnswerInvite(
                project: project, id: Fixture.id(99), tokenHash: ContentHash(of: secret), isAccepted: true)
        }
        let eve = try await office.perform(
            RegisterUser(name: "Eve", email: "eve@example.org", company: nil, passwordHash: nil))
        try await office.refuses(answer(project.id, "wrong"), .inviteNotFound, by: eve, in: [project.id])
        try await office.refuses(answer(other.id, "secret"), .inviteNotFound, by: eve, in: [project.id])
        try await office.perform(answer(project.id, "secret"), by: eve)
        #expect(try await office.read { try $0.role(of: eve.id, in: project.id) } == .reviewer)
        #expect(try await office.read { try $0.user(eve.id)?.isVerified } == true)
        try await office.refuses(answer(project.id, "secret"), .inviteNotFound, by: eve, in: [project.id])
    }

    // MARK: The server

    private static let secret = ContentHash(of: "secret")

    private func invitation(_ email: String = "Eve@example.org", as role: ServerRole = .user) -> InviteToServer {
        InviteToServer(email: email, role: role, message: nil, tokenHash: Self.secret)
    }

    private func registration(_ email: String = "eve@example.org", _ token: ContentHash? = secret) -> RegisterUser {
        RegisterUser(name: "Eve", email: email, company: nil, passwordHash: nil, inviteToken: token)
    }

    @Test(
        "COMMAND-66: an invitation to the server is for one address, once, and says what its person becomes",
        arguments: Backend.allCases)
    func server(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let first = try await office.perform(self.invitation(), appends: .server) { [.serverInviteCreated($0)] }
        #expect(first.email == "eve@example.org")
        let invite = try await office.perform(self.invitation(as: .admin), appends: .server) {
            [.serverInviteDeleted(first.id), .serverInviteCreated($0)]
        }
        try await office.refuses(self.invitation("ada@example.org"), .inviteCreate)
        try await office.refuses(self.invitation("nobody"), .inviteCreate)
        try await office.refuses(self.invitation(as: .guest), .inviteCreate)
        try await office.refuses(self.invitation(as: .archived), .inviteCreate)
        try await office.refuses(self.registration("mallory@example.org"), .userCreate)
        try await office.refuses(self.registration("eve@example.org", ContentHash(of: "wrong")), .userCreate)
        let eve = try await office.perform(self.registration())
        #expect((eve.role, eve.isVerified) == (.admin, true))
        #expect(try await office.read { try $0.serverInvite(invite.id) } == nil)
        try await office.refuses(CancelServerInvite(invite.id), .inviteNotFound)
    }

    @Test("COMMAND-67: a server for the invited lets nobody else in", arguments: Backend.allCases)
    func inviteOnly(_ backend: Backend) async throws {
        let office = try await Office(backend)
        try await office.perform(UpdateServer(ServerChange(inviteOnly: true)))
        try await office.refuses(self.registration("eve@example.org", nil), .userCreate)
        // By an invitation to a project as well.
        let (project, _) = try await office.project()
        try await office.perform(
            InviteToProject(
                project: project.id, target: .email("eve@example.org"), role: .owner, tokenHash: Self.secret))
        let eve = try await office.perform(self.registration())
        #expect((eve.role, eve.isVerified) == (.user, true))
        #expect(try await office.read { try $0.invites(for: eve.id) }.count == 1)
    }

    @Test(
        "COMMAND-68: an invitation ends with its time, its secret and its inviter's account",
        arguments: Backend.allCases)
    func ends(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let invite = try await office.perform(self.invitation(as: .admin), by: office.guest)
        let renewed = ContentHash(of: "renewed")
        try await office.perform(RenewServerInvite(invite.id, tokenHash: renewed))
        try await office.refuses(self.registration(), .userCreate)
        // Whoever is no administrator has made none.
        let eve = try await office.perform(self.registration("eve@example.org", renewed))
        #expect(eve.role == .user)
        let other = try await office.perform(self.invitation("bob@example.org"), by: office.guest)
        try await office.perform(DeleteUser(office.guest.id, email: office.guest.email))
        #expect(try await office.read { try $0.serverInvite(other.id) } == nil)
        try await office.refuses(self.registration("bob@example.org"), .userCreate)
        #expect(other.isValid(at: other.createdAt + .seconds(30 * 86_400 - 1)))
        #expect(!other.isValid(at: other.createdAt + ServerInvite.lifespan))
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
        #expect(try await office.read { try $0.invites(for: office.guest.id) }.isEmpty)
        try await office.refuses(command, .inviteNotFound, in: [project.id])
    }
}
