import ObjectModel
import StorageTestKit
import Testing

@testable import Storage

/// Who did what in a project: by its operations, and after they are gone.
@Suite struct ActivityTests {
    private static func actions(
        _ store: any MetadataStore, _ project: ProjectID, _ filter: ActivityFilter = .init()
    ) async throws -> [String] {
        try await store.read { try $0.activity(in: project, filter, limit: 99) }.map(\.facts.action)
    }

    @Test("ACTIVITY-1: each operation that people see is one entry, in its order", arguments: Backend.allCases)
    func entries(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, main) = try await office.project()
        let store = office.backend.store
        #expect(
            try await Self.actions(store, project.id)
                == ["branch_create", "stream_permissions_add", "stream_create"])
        let version = try await office.version(1, of: main, message: "first")
        let created = try await office.read { try $0.activity(in: project.id, .init(), limit: 1) }
        let entry = try #require(created.first)
        #expect((entry.time, entry.actor) == (office.now, office.owner.id))
        #expect(
            entry.facts
                == ActivityFacts(
                    action: "commit_create", resourceType: "commit", resourceID: version.id.rawValue,
                    info: ["branchId": main.id.rawValue, "message": "first", "objectId": version.reference]))
        try await office.perform(UpdateVersion(project: project.id, id: version.id, message: "second"))
        try await office.perform(
            MarkVersionReceived(project: project.id, id: version.id, sourceApplication: "app", message: nil))
        try await office.perform(MoveVersions(project: project.id, ids: [version.id], targetModelName: "pier"))
        try await office.perform(DeleteVersions(project: project.id, ids: [version.id]))
        #expect(
            try await Self.actions(
                store, project.id, ActivityFilter(resourceType: "commit", resourceID: version.id.rawValue))
                == ["commit_delete", "commit_move", "commit_receive", "commit_update", "commit_create"])
        try await office.perform(UpdateModel(project: project.id, id: main.id, name: "quay", description: nil))
        try await office.perform(RequestAccess(project: project.id), by: office.guest)
        try await office.perform(
            InviteToProject(project: project.id, target: .user(office.guest.id), role: .reviewer))
        // Whom an invitation asks, and who asks for access, is nothing for everybody.
        let entries = try await office.read { try $0.activity(in: project.id, .init(), limit: 99) }
        #expect(entries.prefix(2).map(\.facts.action) == ["stream_invite_sent", "branch_update"])
        #expect(!entries.contains { "\($0.facts)".contains(office.guest.id.rawValue) })
        try await office.perform(DeleteProject(project.id))
        #expect(try await Self.actions(store, project.id) == [])
        #expect(try await office.read { try $0.projectsWithActivity(by: office.owner.id) } == [])
    }

    @Test("ACTIVITY-1: long texts are cut, at any character", arguments: Backend.allCases)
    func texts(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, _) = try await office.project()
        let name = String(repeating: "👩‍🚀", count: 25) + String(repeating: "x", count: 200)
        try await office.perform(UpdateProject(project.id, ProjectChange(name: name)))
        let entry = try await office.read { try $0.activity(in: project.id, .init(), limit: 1) }.first
        #expect(entry?.facts.info["name"]?.unicodeScalars.count == 200)
    }

    @Test("ACTIVITY-2: that a conflict opened and closed is told alike in both regions", arguments: Backend.allCases)
    func conflicts(_ backend: Backend) async throws {
        let here = try await Office(backend)
        let (project, _) = try await here.project()
        let (scope, away) = (LogScope.project(project.id), try backend.open().store)
        let clock = HandClock()
        clock.set(to: Fixture.time(5_000))
        let service = MetadataService(store: away, node: Fixture.node(2)) { clock.now }
        var random = SeededRandom(seed: 1)
        func exchange() async throws {
            for (from, to) in [(here.backend.store, away), (away, here.backend.store)] {
                try await CausalExchange.run(from: from, to: to, [.server, scope], limit: .max, using: &random)
            }
        }
        func shown() async throws -> [Activity] {
            let entries = try await here.read { try $0.activity(in: project.id, .init(), limit: 99) }
            let theirs = try await away.read { try $0.activity(in: project.id, .init(), limit: 99) }
            #expect(entries == theirs)
            return entries.filter { $0.facts.action.hasPrefix("conflict") }
        }
        func rename(_ name: String) -> UpdateProject { UpdateProject(project.id, ProjectChange(name: name)) }
        try await exchange()
        try await here.perform(rename("ours"))
        _ = try await service.perform(rename("theirs"), actor: nil)
        try await exchange()
        let opened = try await shown()
        let conflict = try #require(try await here.read { try $0.conflicts(in: scope) }.first)
        #expect(opened.map(\.facts.action) == ["conflict_open"])
        #expect((opened.first?.time, opened.first?.facts.info["conflict"]) == (conflict.openedAt, conflict.id))
        // Both decide, without knowing of each other: the same conflict ended twice, and there is another one.
        try await here.perform(rename("both"))
        _ = try await service.perform(rename("neither"), actor: nil)
        try await exchange()
        let decided = try await shown()
        let expected = ["conflict_close", "conflict_close", "conflict_open", "conflict_open"]
        #expect(decided.map(\.facts.action).sorted() == expected)
        #expect(decided.contains { $0.id == opened.first?.id })
        #expect(decided.count { $0.actor == here.owner.id } == 1)
        // Whoever changes what nobody disagrees about closes nothing.
        try await here.perform(UpdateProject(project.id, ProjectChange(description: "about")))
        try await exchange()
        #expect(try await shown() == decided)
    }

    @Test("COMPACT-6: entries outlive operations; what is deleted leaves none", arguments: Backend.allCases)
    func traces(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, _) = try await office.project()
        let (scope, store) = (LogScope.project(project.id), office.backend.store)
        for name in ["a", "b", "c"] {
            try await office.perform(UpdateProject(project.id, ProjectChange(name: name)))
        }
        let before = try await office.read { try $0.activity(in: project.id, .init(), limit: 99) }
        func compact() async throws -> Int {
            try await LogCompaction(store, of: scope)
                .run(heldBy: [], before: Timestamp(millisecondsSinceEpoch: .max), countMin: 0)
        }
        #expect(try await compact() == 2)
        let log = try await office.log(scope).map { DecodedOperation($0) }
        #expect(log.count(where: \.isTrace) == 2)
        #expect(log.last?.isTrace == false)
        #expect(try await office.read { try $0.activity(in: project.id, .init(), limit: 99) } == before)
        // Whoever takes a snapshot has them too.
        let new = try backend.open()
        try await SnapshotExchange.run(from: store, Office.node, to: new.store, scope)
        #expect(try await new.store.read { try $0.activity(in: project.id, .init(), limit: 99) } == before)
        #expect(try await new.store.read { try $0.operationCount(in: scope) } == log.count)
        // Nobody takes one in the place of an operation that must be whole.
        var forged = log[log.count - 1].operation
        forged.sequence += 1
        forged.body = try OperationContent(
            .trace(ActivityFacts(action: "a", resourceType: "b", resourceID: "c")), OperationContext()
        ).encoded()
        await #expect(throws: StorageError.self) {
            try await new.store.write { [forged] in try MetadataService.apply([DecodedOperation(forged)], in: $0) }
        }
        let intake = SnapshotIntake(
            scope, from: Office.node, compacted: [Office.node: forged.sequence],
            intake: OperationIntake(scope, now: nil))
        await #expect(throws: StorageError.self) {
            try await new.store.write { [forged] rows in
                try intake.begin(in: rows)
                try intake.putAside([forged], in: rows)
                try intake.take(1, in: rows)
            }
        }
        #expect(try await new.store.read { try $0.operationCount(in: scope) } == log.count)
        try await office.perform(DeleteProject(project.id))
        #expect(try await compact() > 0)
        #expect(try await office.log(scope).allSatisfy { !DecodedOperation($0).isTrace })
    }
}
