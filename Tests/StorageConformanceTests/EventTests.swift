import ObjectModel
import StorageTestKit
import Testing

@testable import Storage

/// What those who watch are told.
@Suite struct EventTests {
    /// Hears one topic from its making on.
    private struct Listener {
        private let bus: EventBus
        private let scope: LogScope
        private let events: EventBus.Events

        init(_ bus: EventBus, _ scope: LogScope) {
            self.bus = bus
            self.scope = scope
            self.events = bus.events(of: .scope(scope))
        }

        /// All that was told since the last time.
        func heard() async throws -> [String] {
            let mark = DomainEvent(scope: self.scope, subject: .conflict("mark"), change: .updated)
            self.bus.publish(mark)
            var heard: [String] = []
            for try await event in self.events {
                if event == mark { return heard }
                #expect(event.scope == self.scope)
                heard.append(EventTests.said(event.change, event.subject))
            }
            Issue.record("the bus ended")
            return heard
        }
    }

    fileprivate static func said(_ change: DomainEvent.Change, _ subject: DomainEvent.Subject) -> String {
        "\(change) \(subject)"
    }

    @Test("EVENT-1: each change that people see is told once, and nothing else", arguments: Backend.allCases)
    func commands(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, main) = try await office.project()
        let listener = Listener(office.backend.events, .project(project.id))
        try await office.perform(UpdateProject(project.id, ProjectChange(name: "Quay")))
        #expect(try await listener.heard() == [Self.said(.updated, .project)])
        let model = try await office.perform(CreateModel(project: project.id, name: "steel", description: nil))
        #expect(try await listener.heard() == [Self.said(.created, .model(model.id))])
        // The model and the project have another time after it, and that is all.
        let version = try await office.version(1, of: model)
        #expect(try await listener.heard() == [Self.said(.created, .version(version.id, model.id))])
        try await office.perform(UpdateVersion(project: project.id, id: version.id, message: "better"))
        #expect(try await listener.heard() == [Self.said(.updated, .version(version.id, model.id))])
        try await office.perform(MoveVersions(project: project.id, ids: [version.id], targetModelName: "main"))
        #expect(try await listener.heard() == [Self.said(.updated, .version(version.id, main.id))])
        try await office.perform(DeleteModel(project: project.id, id: model.id))
        #expect(try await listener.heard() == [Self.said(.deleted, .model(model.id))])
        try await office.perform(DeleteVersions(project: project.id, ids: [version.id]))
        #expect(try await listener.heard() == [Self.said(.deleted, .version(version.id, main.id))])
        try await office.refuses(DeleteModel(project: project.id, id: model.id), .modelNotFound)
        #expect(try await listener.heard().isEmpty)
        try await office.perform(DeleteProject(project.id))
        let roleLost = Self.said(.deleted, .role(office.owner.id))
        #expect(try await listener.heard() == [Self.said(.deleted, .project), roleLost])
    }

    @Test("EVENT-2: what is not committed is not told", arguments: Backend.allCases)
    func rollback(_ backend: Backend) async throws {
        struct Undone: Error {}
        let office = try await Office(backend)
        let (project, _) = try await office.project()
        let listener = Listener(office.backend.events, .project(project.id))
        await #expect(throws: Undone.self) {
            try await office.service.store.write { rows in
                rows.tell(DomainEvent(scope: .project(project.id), subject: .project, change: .updated))
                throw Undone()
            }
        }
        #expect(try await listener.heard().isEmpty)
    }

    @Test("EVENT-3: other regions tell the same, once, also of conflicts", arguments: Backend.allCases)
    func replication(_ backend: Backend) async throws {
        let (here, there) = (try await Office(backend), try await Office(backend, at: Fixture.node(2)))
        let (project, main) = try await here.project()
        let scope = LogScope.project(project.id)
        var random = SeededRandom(seed: 1)
        func bring(_ from: Office, _ to: Office) async throws {
            try await CausalExchange.run(
                from: from.backend.store, to: to.backend.store, [scope], limit: .max, using: &random)
        }
        try await bring(here, there)
        let (listener, other) = (Listener(here.backend.events, scope), Listener(there.backend.events, scope))
        try await here.perform(UpdateModel(project: project.id, id: main.id, name: "quay", description: nil))
        try await there.perform(UpdateModel(project: project.id, id: main.id, name: "dock", description: nil))
        let renamed = Self.said(.updated, .model(main.id))
        #expect(try await [listener.heard(), other.heard()] == [[renamed], [renamed]])
        try await bring(here, there)
        try await bring(there, here)
        try await bring(there, here)
        let conflict = try #require(try await here.read { try $0.conflicts(in: scope) }.first)
        let opened = Self.said(.created, .conflict(conflict.id))
        // The later name is shown, which is this one: only the other region shows another than before.
        #expect(try await listener.heard() == [opened])
        #expect(try await other.heard() == [renamed, opened])
        try await here.perform(UpdateModel(project: project.id, id: main.id, name: "pier", description: nil))
        try await bring(here, there)
        let closed = Self.said(.deleted, .conflict(conflict.id))
        #expect(try await Set(listener.heard()) == [renamed, closed])
        #expect(try await Set(other.heard()) == [renamed, closed])
    }

    @Test("EVENT-4: people hear of their roles in all projects, and a listener that falls behind is ended")
    func topics() async throws {
        let bus = EventBus(waitingCountMax: 2)
        var events = bus.events(of: .user(Fixture.id(7))).makeAsyncIterator()
        let roles = (1...3).map {
            DomainEvent(scope: .project(Fixture.id($0)), subject: .role(Fixture.id(7)), change: .created)
        }
        bus.publish(DomainEvent(scope: .project(Fixture.id(1)), subject: .role(Fixture.id(8)), change: .created))
        for role in roles { bus.publish(role) }
        #expect(try await events.next() == roles[0])
        #expect(try await events.next() == roles[1])
        await #expect(throws: EventBus.Lagging.self) { try await events.next() }
    }
}
