import ObjectModel
import StorageTestKit
import Testing

@testable import Storage

/// Two regions in which people change a webhook at the same time (Spec §20.3).
@Suite struct WebhookMergeTests {
    private struct World {
        let here: Office
        let there: Office
        let project: ProjectID
        let webhook: WebhookID

        init(_ backend: Backend) async throws {
            (self.here, self.there) = (try await Office(backend), try await Office(backend, at: Fixture.node(2)))
            let project = try await self.here.project().project.id
            self.webhook = try await self.here.perform(
                CreateWebhook(
                    project: project, url: "https://tool.example", description: "odd", triggers: ["commit_create"],
                    secret: "first")
            ).id
            self.project = project
            try await self.exchange()
        }

        /// Both hear of everything, and show the same then.
        func exchange(sourceLocation: SourceLocation = #_sourceLocation) async throws {
            var random = SeededRandom(seed: 1)
            for (from, to) in [(self.here, self.there), (self.there, self.here)] {
                try await CausalExchange.run(
                    from: from.backend.store, to: to.backend.store, [.project(self.project)], limit: .max,
                    using: &random)
            }
            #expect(try await self.shown(here) == self.shown(there), sourceLocation: sourceLocation)
        }

        func shown(_ office: Office) async throws -> Webhook? {
            try await office.read { try $0.webhook(self.webhook, in: self.project) }
        }

        func change(
            url: String? = nil, description: String? = nil, triggers: [String]? = nil, secret: String? = nil,
            isEnabled: Bool? = nil
        ) -> UpdateWebhook {
            UpdateWebhook(
                project: self.project, id: self.webhook, url: url, description: description, triggers: triggers,
                secret: secret, isEnabled: isEnabled)
        }

        func conflicts() async throws -> [Conflict] {
            try await self.here.read { try $0.conflicts(in: .project(self.project)) }
        }

        /// What both sides of the one conflict say, sorted.
        func sides(_ kind: Conflict.Kind, _ field: MergeField) async throws -> [String?] {
            let conflicts = try await self.conflicts()
            #expect(conflicts.map(\.kind) == [kind])
            #expect(conflicts.map(\.field) == [field])
            #expect(conflicts.map(\.entity) == [.webhook(self.webhook)])
            return try await self.here.read { rows in
                try conflicts.flatMap { try $0.sides(in: .project(self.project), rows) }.map(\.value)
            }.sorted { $0 ?? "" < $1 ?? "" }
        }
    }

    @Test("MERGE-2: of two addresses the later is shown, and both are kept", arguments: Backend.allCases)
    func urls(_ backend: Backend) async throws {
        let world = try await World(backend)
        try await world.here.perform(world.change(url: "https://here.example"))
        // The clock there is behind.
        for url in (1...4).map({ "https://\($0).example" }) + ["https://there.example"] {
            try await world.there.perform(world.change(url: url))
        }
        try await world.exchange()
        #expect(try await world.shown(world.here)?.url == "https://there.example")
        #expect(try await world.sides(.edited, .url) == ["https://here.example", "https://there.example"])
        try await world.here.perform(world.change(url: "https://both.example"))
        try await world.exchange()
        #expect(try await world.shown(world.there)?.url == "https://both.example")
        #expect(try await world.conflicts().isEmpty)
    }

    @Test("MERGE-2: of two descriptions, and of two lists of triggers, the later", arguments: Backend.allCases)
    func texts(_ backend: Backend) async throws {
        let world = try await World(backend)
        try await world.there.perform(world.change(description: "there"))
        for text in ["one", ""] { try await world.here.perform(world.change(description: text)) }
        try await world.exchange()
        #expect(try await world.shown(world.here) != nil)
        #expect(try await world.shown(world.here)?.description == nil)
        #expect(try await world.sides(.edited, .description) == ["", "there"])
        try await world.here.perform(world.change(description: "settled"))
        try await world.exchange()
        try await world.there.perform(world.change(triggers: ["stream_update", "branch_create", "branch_create"]))
        try await world.here.perform(world.change(triggers: ["commit_delete"]))
        try await world.exchange()
        #expect(try await world.shown(world.here)?.triggers == ["commit_delete"])
        #expect(try await world.sides(.edited, .triggers) == ["branch_create,stream_update", "commit_delete"])
        // The same twice is no conflict.
        for office in [world.here, world.there] { try await office.perform(world.change(triggers: ["stream_update"])) }
        try await world.exchange()
        #expect(try await world.conflicts().isEmpty)
    }

    @Test("MERGE-2: a webhook that anybody switched off is off", arguments: Backend.allCases)
    func switches(_ backend: Backend) async throws {
        let world = try await World(backend)
        try await world.here.perform(world.change(isEnabled: false))
        for _ in 0..<5 { try await world.there.perform(world.change(isEnabled: true)) }
        try await world.exchange()
        #expect(try await world.shown(world.here)?.isEnabled == false)
        #expect(try await world.sides(.restricted, .enabled) == ["false", "true"])
        try await world.there.perform(world.change(isEnabled: true))
        try await world.exchange()
        #expect(try await world.shown(world.here)?.isEnabled == true)
        #expect(try await world.conflicts().isEmpty)
    }

    @Test("MERGE-2: of two secrets the later counts, and nobody is asked", arguments: Backend.allCases)
    func secrets(_ backend: Backend) async throws {
        let world = try await World(backend)
        try await world.here.perform(world.change(secret: "here"))
        for secret in ["a", "b", "c", "d", "there"] { try await world.there.perform(world.change(secret: secret)) }
        let time = world.there.now
        try await world.exchange()
        let secret = WebhookSecret("there", former: "d", formerUntil: time + UpdateWebhook.formerSecretLifespan)
        #expect(try await world.shown(world.here)?.secret == secret)
        #expect(try await world.conflicts().isEmpty)
    }

    @Test("MERGE-4: a webhook that was deleted is gone, whatever else is written of it", arguments: Backend.allCases)
    func deleted(_ backend: Backend) async throws {
        let world = try await World(backend)
        let endpoint = WebhookDelivery.Endpoint(world.webhook, in: world.project)
        for office in [world.here, world.there] {
            try await office.perform(TestWebhook(project: world.project, id: world.webhook))
        }
        try await world.here.perform(world.change(url: "https://here.example"))
        try await world.there.perform(world.change(url: "https://there.example"))
        try await world.exchange()
        try await world.here.perform(DeleteWebhook(project: world.project, id: world.webhook))
        try await world.there.perform(world.change(url: "https://late.example"))
        try await world.exchange()
        #expect(try await world.shown(world.here) == nil)
        #expect(try await world.conflicts().isEmpty)
        // What waited for it is gone in both regions.
        for office in [world.here, world.there] {
            #expect(try await office.read { try $0.deliveryCount(to: endpoint) } == 0)
        }
    }
}
