import ObjectModel
import StorageTestKit
import Testing

@testable import Storage

@Suite struct AccessRequestCommandTests {
    @Test("COMMAND-82: whoever has no role asks once, and is given one or none", arguments: Backend.allCases)
    func answers(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, _) = try await office.project()
        let ask = RequestAccess(project: project.id)
        try await office.refuses(ask, .accessRequestCreate, in: [project.id])
        try await office.refuses(ask, .unauthorized, by: nil, in: [project.id])
        try await office.refuses(RequestAccess(project: Fixture.id(99)), .projectNotFound, by: office.guest)
        let first = try await office.perform(ask, by: office.guest)
        #expect(
            first == AccessRequest(project: project.id, requester: office.guest.id, createdAt: office.now))
        try await office.refuses(ask, .accessRequestCreate, by: office.guest, in: [project.id])
        try await office.perform(AnswerAccessRequest(first, role: nil), appends: .project(project.id)) { _ in
            [.accessAnswered(office.guest.id), .roleChanged(RoleChange(user: office.guest.id, role: nil))]
        }
        #expect(try await office.read { try $0.accessRequests(to: project.id) }.isEmpty)
        try await office.refuses(
            AnswerAccessRequest(first, role: .reviewer), .accessRequestProcessing, in: [project.id])
        let second = try await office.perform(ask, by: office.guest)
        #expect(second.id == first.id)
        try await office.perform(AnswerAccessRequest(second, role: .contributor), appends: .project(project.id)) { _ in
            [.accessAnswered(office.guest.id), .roleChanged(RoleChange(user: office.guest.id, role: .contributor))]
        }
        #expect(try await office.read { try $0.role(of: office.guest.id, in: project.id) } == .contributor)
        try await office.refuses(ask, .accessRequestCreate, by: office.guest, in: [project.id])
    }

    @Test("COMMAND-83: an answer makes no role less, and no guest of the server an owner", arguments: Backend.allCases)
    func limits(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, _) = try await office.project()
        let request = try await office.perform(RequestAccess(project: project.id), by: office.guest)
        try await office.perform(UpdateUser(UserChange(id: office.guest.id, role: .guest)))
        try await office.refuses(
            AnswerAccessRequest(request, role: .owner), .accessRequestProcessing, in: [project.id])
        // Somebody gave them more meanwhile.
        let grant = RoleChange(user: office.guest.id, role: .contributor)
        try await office.perform(Recording(body: .roleChanged(grant), project: project.id))
        try await office.perform(AnswerAccessRequest(request, role: nil), appends: .project(project.id)) { _ in
            [.accessAnswered(office.guest.id)]
        }
        #expect(try await office.read { try $0.role(of: office.guest.id, in: project.id) } == .contributor)
    }
}
