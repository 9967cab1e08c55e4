import ObjectModel
import StorageTestKit
import Testing

@testable import Storage

@Suite struct ReplicationTests {
    private static let scope = LogScope.project(Fixture.id(1))
    private static let node = Fixture.node(1)

    private func apply(_ operations: [Operation], to store: any MetadataStore) async throws {
        try await store.write { try MetadataService.apply(operations, in: $0) }
    }

    private func operation(
        _ sequence: UInt64, _ body: OperationBody, in scope: LogScope = Self.scope, second: Int64 = 1
    ) throws -> Operation {
        Operation(
            scope: scope, origin: Fixture.node(2), sequence: sequence, timestamp: Fixture.time(second), actor: nil,
            body: try OperationContent(body, OperationContext()).encoded())
    }

    @Test(
        "REPLICA-1: applying the operations of any commands makes an equal store", arguments: Backend.allCases,
        Backend.allCases)
    func convergence(_ source: Backend, _ target: Backend) async throws {
        for seed in 1...6 as ClosedRange<UInt64> {
            var random = SeededRandom(seed: seed)
            var work = try Workplace(source, node: Self.node, seed: seed)
            let replica = try target.open()
            for _ in 0..<12 {
                try await work.perform(20, using: &random)
                let projects = try await RandomWork.projects(of: work.backend.store)
                try await self.ship(from: work.backend.store, to: replica.store, projects, using: &random)
            }
            let projects = try await RandomWork.projects(of: work.backend.store)
            try await self.shipAll(from: work.backend.store, to: replica.store, projects)
            let expected = try await MetadataSnapshot(of: work.backend.store, projects: projects)
            let found = try await MetadataSnapshot(of: replica.store, projects: projects)
            #expect(found.users == expected.users, "seed \(seed)")
            #expect(found.tokens == expected.tokens, "seed \(seed)")
            #expect(found.logs == expected.logs, "seed \(seed)")
            for project in projects {
                #expect(found.projects[project] == expected.projects[project], "seed \(seed), project \(project)")
            }
            #expect(work.performed > 60, "seed \(seed): \(work.performed) commands, \(work.refused) refused")
            #expect(work.refused > 10, "seed \(seed): \(work.performed) commands, \(work.refused) refused")
        }
    }

    /// Sends some of what is missing, some of it again.
    private func ship(
        from source: any MetadataStore, to target: any MetadataStore, _ projects: [ProjectID],
        using random: inout SeededRandom
    ) async throws {
        for scope in [.server] + projects.map({ LogScope.project($0) }) {
            let limit = Int.random(in: 0...30, using: &random)
            let repeated = UInt64.random(in: 0...3, using: &random)
            let last = try await target.read { try $0.lastSequence(of: Self.node, in: scope) }
            let operations = try await source.read { rows in
                try rows.operations(
                    of: Self.node, in: scope, after: last - min(last, repeated), limit: limit)
            }
            try await self.apply(operations, to: target)
        }
    }

    private func shipAll(
        from source: any MetadataStore, to target: any MetadataStore, _ projects: [ProjectID]
    ) async throws {
        for scope in [.server] + projects.map({ LogScope.project($0) }) {
            let operations = try await source.read { rows in
                try rows.operations(of: Self.node, in: scope, after: 0, limit: .max)
            }
            try await self.apply(operations, to: target)
        }
    }

    @Test("REPLICA-2: a gap is refused and changes nothing", arguments: Backend.allCases)
    func gap(_ backend: Backend) async throws {
        let open = try backend.open()
        let created = try self.operation(1, .projectCreated(Fixture.project(1)))
        let changed = try self.operation(3, .projectChanged(ProjectChange(name: "changed")))
        await #expect { try await self.apply([created, changed], to: open.store) } throws: {
            if case StorageError.corrupt = $0 { true } else { false }
        }
        #expect(try await open.store.read { try $0.project(Fixture.id(1)) } == nil)
        #expect(try await open.store.read { try $0.origins(in: Self.scope) } == [])
        try await self.apply([created], to: open.store)
        #expect(try await open.store.read { try $0.project(Fixture.id(1)) } == Fixture.project(1))
    }

    @Test("REPLICA-3: what this release does not know is kept byte for byte and skipped", arguments: Backend.allCases)
    func unknown(_ backend: Backend) async throws {
        let open = try backend.open()
        var operations = [try self.operation(1, .projectCreated(Fixture.project(1)))]
        for body in [#"{"kind":"project.painted","value":{"colour":"red"}}"#, "no json", "", #"{"kind":7}"#] {
            operations.append(
                Operation(
                    scope: Self.scope, origin: Fixture.node(2), sequence: UInt64(operations.count) + 1,
                    timestamp: Fixture.time(9), actor: nil, body: Array(body.utf8)))
        }
        operations.append(try self.operation(6, .projectChanged(ProjectChange(name: "changed"))))
        try await self.apply(operations, to: open.store)
        let log = try await open.store.read { rows in
            try rows.operations(of: Fixture.node(2), in: Self.scope, after: 0, limit: 99)
        }
        #expect(log == operations)
        #expect(try await open.store.read { try $0.project(Fixture.id(1))?.name } == "changed")
    }

    @Test(
        "REPLICA-4: an operation about something that is gone or never was changes nothing", arguments: Backend.allCases
    )
    func gone(_ backend: Backend) async throws {
        let open = try backend.open()
        var bodies: [OperationBody] = [
            .projectCreated(Fixture.project(1)), .modelCreated(Fixture.model(1, in: 1)),
            .versionCreated(Fixture.version(1, of: 1, in: 1)),
        ]
        let aboutNothing: [OperationBody] = [
            .modelChanged(ModelChange(id: Fixture.id(9), name: "x", description: nil)), .modelDeleted(Fixture.id(9)),
            .versionCreated(Fixture.version(9, of: 9, in: 1)), .versionDeleted(Fixture.id(9)),
            .versionChanged(VersionChange(id: Fixture.id(9), message: "x", model: nil)),
            .versionChanged(VersionChange(id: Fixture.id(1), message: nil, model: Fixture.id(9))),
            .roleChanged(RoleChange(user: Fixture.id(9), role: nil)),
            .commentChanged(CommentChange(id: Fixture.id(9), content: Fixture.words("x"), isArchived: true)),
        ]
        bodies += aboutNothing
        let afterwards: [OperationBody] = [
            .projectDeleted(Fixture.id(1)), .roleChanged(RoleChange(user: Fixture.id(1), role: .owner)),
            .modelCreated(Fixture.model(2, in: 1)), .versionCreated(Fixture.version(2, of: 1, in: 1)),
            .commentCreated(CommentCreation(Fixture.comment(1, in: 1))),
            .commentViewed(CommentViewing(comment: Fixture.id(1), user: Fixture.id(1))),
            .projectChanged(ProjectChange(name: "x")), .projectDeleted(Fixture.id(1)),
        ]
        func operations(_ bodies: [OperationBody], from first: Int) throws -> [Operation] {
            try bodies.enumerated().map { try self.operation(UInt64($0.offset + first), $0.element) }
        }
        try await self.apply(try operations(bodies, from: 1), to: open.store)
        let rows = try await MetadataSnapshot(of: open.store, projects: [Fixture.id(1)]).projects
        #expect(rows[Fixture.id(1)]?.models == [Fixture.model(1, in: 1)])
        #expect(rows[Fixture.id(1)]?.versions == [Fixture.version(1, of: 1, in: 1)])
        try await self.apply(try operations(afterwards, from: bodies.count + 1), to: open.store)
        let left = try await MetadataSnapshot(of: open.store, projects: [Fixture.id(1)])
        #expect(left.projects[Fixture.id(1)] == MetadataSnapshot.ProjectRows())
        #expect(left.logs[Self.scope]?[Fixture.node(2)]?.count == bodies.count + afterwards.count)
        try await self.apply(
            [try self.operation(1, .tokenCreated(Fixture.token(1, of: 9)), in: .server)], to: open.store)
        #expect(try await open.store.read { try $0.token(Fixture.id(1)) } == nil)
    }

    @Test(
        "REPLICA-5: a project's log reaches neither into another project nor into accounts", arguments: Backend.allCases
    )
    func reach(_ backend: Backend) async throws {
        let open = try backend.open()
        try await open.store.write { rows in
            try rows.put(Fixture.user(1))
            try rows.put(Fixture.token(1, of: 1))
            try rows.put(Fixture.project(2))
            try rows.put(Fixture.model(1, in: 2))
            try rows.put(Fixture.version(1, of: 1, in: 2))
        }
        let before = try await MetadataSnapshot(of: open.store, projects: [Fixture.id(2)])
        var administrator = Fixture.user(1)
        administrator.role = .admin
        let bodies: [OperationBody] = [
            .projectCreated(Fixture.project(2, name: "stolen")), .projectCreated(Fixture.project(1)),
            .projectDeleted(Fixture.id(2)), .projectCreated(Fixture.project(1)),
            .modelCreated(Fixture.model(1, in: 2, name: "stolen")),
            .versionCreated(Fixture.version(1, of: 1, in: 2, app: "stolen")), .versionDeleted(Fixture.id(1)),
            .modelDeleted(Fixture.id(1)), .userRegistered(administrator), .tokenRevoked(Fixture.id(1)),
            .userChanged(UserChange(id: Fixture.id(1), role: .admin)), .tokenCreated(Fixture.token(2, of: 1)),
            .favoriteChanged(FavoriteChange(user: Fixture.id(1), project: Fixture.id(2), isFavorite: true)),
            .preferenceChanged(PreferenceChange(user: Fixture.id(1), key: "flag/x", isOn: true)),
            .appRegistered(Fixture.app(1, by: 1)), .grantRevoked(Grant(app: Fixture.id(1), user: Fixture.id(1))),
            .userDeleted(Fixture.id(1)), .sessionsEnded(Fixture.id(1)), .serverChanged(ServerChange(name: "stolen")),
        ]
        try await self.apply(
            try bodies.enumerated().map { try self.operation(UInt64($0.offset + 1), $0.element) }, to: open.store)
        let after = try await MetadataSnapshot(of: open.store, projects: [Fixture.id(2)])
        #expect(after == before)
        let server: [OperationBody] = [
            .projectDeleted(Fixture.id(2)), .projectCreated(Fixture.project(2, name: "stolen")),
            .modelDeleted(Fixture.id(1)), .roleChanged(RoleChange(user: Fixture.id(1), role: .owner)),
        ]
        try await self.apply(
            try server.enumerated().map { try self.operation(UInt64($0.offset + 1), $0.element, in: .server) },
            to: open.store)
        let last = try await MetadataSnapshot(of: open.store, projects: [Fixture.id(2)])
        #expect(last.projects == before.projects)
    }

    @Test(
        "OPS-7: a log that goes on from another operation than the one that is here is refused",
        arguments: Backend.allCases)
    func fork(_ backend: Backend) async throws {
        let (open, other) = (try backend.open(), try backend.open())
        let office = MetadataService(store: open.store, node: Fixture.node(2)) { Fixture.time(1) }
        let create = CreateProject(name: "Pier", description: nil, visibility: nil)
        let project = try await office.perform(create, actor: Fixture.id(1))
        let scope = LogScope.project(project.id)
        let log = { (store: any MetadataStore) in
            try await store.read { try $0.operations(of: Fixture.node(2), in: scope, after: 0, limit: 99) }
        }
        let backup = try await log(open.store)
        try await self.apply(backup, to: other.store)
        _ = try await office.perform(UpdateProject(project.id, ProjectChange(name: "East")), actor: nil)
        let written = try await log(open.store)
        // The node is put back to its backup and writes on.
        let restored = try backend.open()
        try await self.apply(backup, to: restored.store)
        let again = MetadataService(store: restored.store, node: Fixture.node(2)) { Fixture.time(2) }
        for name in ["West", "North"] {
            _ = try await again.perform(UpdateProject(project.id, ProjectChange(name: name)), actor: nil)
        }
        try await self.apply(written, to: other.store)
        let rewritten = try await log(restored.store)
        let fork = Dot(rewritten[written.count])
        await #expect(throws: OperationRefusal.forked(fork)) { try await self.apply(rewritten, to: other.store) }
        #expect(try await log(other.store) == written)
    }

    @Test("OPS-8: operations from far ahead of the clock wait where they are", arguments: Backend.allCases)
    func future(_ backend: Backend) async throws {
        let open = try backend.open()
        let created = try self.operation(1, .projectCreated(Fixture.project(1)), second: 100)
        let intake = OperationIntake(Self.scope, now: Fixture.time(39))
        await #expect(throws: OperationRefusal.future(Dot(created), milliseconds: 61_000)) {
            try await open.store.write { try intake.take([DecodedOperation(created)], in: $0) }
        }
        #expect(try await open.store.read { try $0.origins(in: Self.scope) } == [])
        let later = OperationIntake(Self.scope, now: Fixture.time(40))
        try await open.store.write { try later.take([DecodedOperation(created)], in: $0) }
        #expect(try await open.store.read { try $0.project(Fixture.id(1)) } != nil)
    }

    @Test("REPLICA-6: every kind of operation reads back what it wrote, with sorted keys")
    func bodies() throws {
        let bodies: [OperationBody] = [
            .serverChanged(ServerChange(company: "", inviteOnly: true)),
            .userRegistered(Fixture.user(1)), .userChanged(UserChange(id: Fixture.id(1), avatar: "a/b")),
            .userChanged(UserChange(id: Fixture.id(1), isVerified: false, passwordHash: "$argon2id$/")),
            .userDeleted(Fixture.id(1)), .sessionsEnded(Fixture.id(1)),
            .serverInviteCreated(Fixture.serverInvite(1, by: 1)), .serverInviteDeleted(Fixture.id(1)),
            .tokenCreated(Fixture.token(1, of: 1)), .tokenRevoked(Fixture.id(1)),
            .favoriteChanged(FavoriteChange(user: Fixture.id(1), project: Fixture.id(2), isFavorite: true)),
            .preferenceChanged(PreferenceChange(user: Fixture.id(1), key: "flag/x", isOn: false)),
            .tokenCreated(Fixture.embedToken(1, of: 1, showing: 1)), .appRegistered(Fixture.app(1, by: 1)),
            .appChanged(AppChange(id: Fixture.id(1), registration: Fixture.registration("é"))),
            .appDeleted(Fixture.id(1)), .grantRevoked(Grant(app: Fixture.id(1), user: Fixture.id(2))),
            .grantRevoked(Grant(app: Fixture.id(1), user: Fixture.id(2), family: Fixture.id(3))),
            .projectCreated(Fixture.project(1)), .projectChanged(ProjectChange(visibility: .public)),
            .projectDeleted(Fixture.id(1)), .roleChanged(RoleChange(user: Fixture.id(1), role: nil)),
            .policyChanged(PolicyChange(regions: .all, home: .everywhere)),
            .policyChanged(
                PolicyChange(
                    regions: .only([Fixture.node(2), Fixture.node(1)]),
                    home: ProjectHome(node: Fixture.node(1), epoch: .max), allowsEdges: false, minimumCopies: 2)),
            .inviteCreated(Fixture.invite(1, to: 1, for: .user(Fixture.id(2)))),
            .inviteCreated(Fixture.invite(1, to: 1, for: .email("eve@example.org"), message: "é")),
            .inviteDeleted(Fixture.id(1)),
            .accessRequested(
                AccessRequest(project: Fixture.id(1), requester: Fixture.id(2), createdAt: Fixture.time(3))),
            .accessAnswered(Fixture.id(2)),
            .modelCreated(Fixture.model(1, in: 1)),
            .modelChanged(ModelChange(id: Fixture.id(1), name: nil, description: "é\u{1}")),
            .modelDeleted(Fixture.id(1)), .modelKept(Fixture.id(1)), .versionCreated(Fixture.version(1, of: 1, in: 1)),
            .versionChanged(VersionChange(id: Fixture.id(1), message: "x", model: nil)),
            .versionDeleted(Fixture.id(1)), .versionAccepted(Fixture.id(1)),
            .versionReceived(VersionReceipt(version: Fixture.id(1), sourceApplication: "x", message: nil)),
            .conflictClosed(
                ClosedConflict(
                    Conflict(kind: .edited, entity: .project, field: .name, dots: [], openedAt: Fixture.time(3)))),
            .blobCreated(Fixture.blob(1, in: 1)), .blobDeleted(Fixture.id(1)),
            .commentCreated(
                CommentCreation(
                    Fixture.comment(2, in: 1, thread: 1, on: [.version(Fixture.id(1)), .object(Fixture.object(1))]),
                    CommentScene(viewerState: "{\"é\":1}", legacyData: "{}", screenshot: Fixture.id(1)))),
            .commentCreated(CommentCreation(Fixture.comment(1, in: 1))),
            .commentChanged(CommentChange(id: Fixture.id(1), content: Fixture.words("é"), isArchived: true)),
            .commentChanged(CommentChange(id: Fixture.id(1))),
            .commentViewed(CommentViewing(comment: Fixture.id(1), user: Fixture.id(2))),
            .trace(
                ActivityFacts(action: "a", resourceType: "b", resourceID: "c", info: ["message": "é"])),
        ]
        for body in bodies {
            let content = OperationContent(body, OperationContext(seen: [Fixture.node(2): 7], tick: 3, previous: "0f"))
            #expect(OperationContent(decoding: try content.encoded()) == content)
        }
        let content = OperationContent(.projectChanged(ProjectChange(name: "n")), OperationContext())
        #expect(
            String(decoding: try content.encoded(), as: UTF8.self)
                == #"{"kind":"project.changed","value":{"name":"n"}}"#)
    }
}
