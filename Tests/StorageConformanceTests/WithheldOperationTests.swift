import ObjectModel
import StorageTestKit
import Testing

@testable import Storage

/// What readers that are no regions get of what is for owners (Spec OPS-10).
@Suite struct WithheldOperationTests {
    private static let secret = "hush-hush"
    private static let address = "eve@example.org"

    private struct World {
        let office: Office
        let project: ProjectID
        let scope: LogScope

        init(_ backend: Backend) async throws {
            self.office = try await Office(backend)
            let (project, _) = try await self.office.project()
            (self.project, self.scope) = (project.id, .project(project.id))
            let webhook = try await self.office.perform(
                CreateWebhook(
                    project: project.id, url: "https://tool.example/\(secret)", triggers: ["stream_update"],
                    secret: secret))
            try await self.office.perform(
                UpdateWebhook(project: project.id, id: webhook.id, url: "https://other.example/\(secret)"))
            try await self.office.perform(
                InviteToProject(project: project.id, target: .email(address), role: .reviewer))
            try await self.office.perform(RequestAccess(project: project.id), by: self.office.guest)
            try await self.office.perform(UpdateProject(project.id, ProjectChange(name: "Behind all that")))
        }

        /// As somebody gets them who is no region.
        func told() async throws -> [DecodedOperation] {
            try await self.office.log(self.scope).map { DecodedOperation(try DecodedOperation($0).withholding()) }
        }
    }

    /// Why the operations are not taken.
    private static func refusal(
        of operations: [DecodedOperation], _ intake: OperationIntake, _ office: Office
    ) async throws -> OperationRefusal? {
        do {
            try await office.service.store.write { try intake.take(operations, in: $0) }
            return nil
        } catch let refusal as OperationRefusal {
            return refusal
        }
    }

    @Test("OPS-10: nothing that is for owners is told", arguments: Backend.allCases)
    func told(_ backend: Backend) async throws {
        let world = try await World(backend)
        let log = try await world.office.log(world.scope)
        let told = try await world.told()
        #expect(told.filter(\.isWithheld).count == 4)
        for (operation, read) in zip(log, told) {
            let text = String(decoding: read.operation.body, as: UTF8.self)
            for hidden in [Self.secret, Self.address] { #expect(!text.contains(hidden)) }
            #expect(Dot(read.operation) == Dot(operation))
            #expect(read.operation.timestamp == operation.timestamp)
            #expect(read.content.context == DecodedOperation(operation).content.context)
            #expect(read.isWithheld || read.operation == operation)
            // Whoever passes it on changes nothing.
            let passedOn = try read.withholding()
            #expect(passedOn == read.operation)
        }
        let guest = world.office.guest.id
        #expect(!told.contains { $0.operation.actor == guest }, "who asks is for owners")
    }

    @Test("OPS-10: a copy takes the rest, in its order, with the same activity", arguments: Backend.allCases)
    func copies(_ backend: Backend) async throws {
        let world = try await World(backend)
        let project = world.project
        let told = try await world.told()
        let copy = try await Office(backend, at: Fixture.node(2))
        let intake = OperationIntake(world.scope, now: nil)
        try await copy.service.store.write { try intake.take(told, in: $0) }
        let shown = try await copy.read { rows in
            (
                try rows.project(project)?.name, try rows.webhooks(of: project), try rows.invites(to: project),
                try rows.accessRequests(to: project)
            )
        }
        #expect(shown.0 == "Behind all that")
        #expect(shown.1.isEmpty && shown.2.isEmpty && shown.3.isEmpty)
        let copied = try await copy.read { try $0.activity(in: project, ActivityFilter(), limit: .max) }
        let expected = try await world.office.read { try $0.activity(in: project, ActivityFilter(), limit: .max) }
        #expect(copied == expected)
        // Another operation in a withheld one's place is none that the next one follows.
        var forged = told
        let place = try #require(forged.firstIndex { $0.isWithheld })
        let rest = WithheldOperation(fingerprint: "0123456789abcdef", facts: nil)
        var operation = forged[place].operation
        operation.body = try OperationContent(.withheld(rest), forged[place].content.context).encoded()
        forged[place] = DecodedOperation(operation)
        let other = try await Office(backend, at: Fixture.node(3))
        #expect(try await Self.refusal(of: forged, intake, other) != nil)
    }

    @Test("OPS-10: a region takes nothing that is withheld", arguments: Backend.allCases)
    func regions(_ backend: Backend) async throws {
        let world = try await World(backend)
        let told = try await world.told()
        let region = try await Office(backend, at: Fixture.node(2))
        let intake = OperationIntake(world.scope, now: nil, region: region.service.node)
        let first = try #require(told.first { $0.isWithheld })
        #expect(try await Self.refusal(of: told, intake, region) == .withheld(Dot(first.operation)))
        let project = world.project
        #expect(try await region.read { try $0.project(project) } == nil)
    }
}
