import ObjectModel
import StorageTestKit
import Testing

@testable import Storage

/// What compaction leaves says the same as the whole logs.
@Suite struct CompactionTests {
    private static let never = Timestamp(millisecondsSinceEpoch: .max)

    private static func compact(
        _ store: any MetadataStore, _ scope: LogScope, heldBy regions: [NodeID] = []
    ) async throws -> Int {
        try await LogCompaction(store, of: scope).run(heldBy: regions, before: Self.never, countMin: 0)
    }

    private static func conflicts(_ store: any MetadataStore, _ scopes: [LogScope]) async throws -> [Conflict] {
        try await store.read { rows in try scopes.flatMap { try rows.conflicts(in: $0) } }
    }

    @Test(
        "COMPACT-2: what was written over goes; what is needed, the last operation and the latest change stay",
        arguments: Backend.allCases)
    func whatGoes(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, main) = try await office.project()
        for name in ["a", "b", "c"] {
            try await office.perform(UpdateProject(project.id, ProjectChange(name: name)))
        }
        let scope = LogScope.project(project.id)
        let before = try await MetadataSnapshot(of: office.backend.store, projects: [project.id])
        // Created, a role, the model, and three names, of which two were written over.
        let log = try await office.log(scope)
        #expect(try await Self.compact(office.backend.store, scope) == 2)
        let after = try await MetadataSnapshot(of: office.backend.store, projects: [project.id])
        #expect(after.projects == before.projects)
        let kept = try await office.log(scope)
        let traces = try log.suffix(3).prefix(2).compactMap { try DecodedOperation($0).trace }
        #expect(kept == Array(log.prefix(log.count - 3)) + traces + [log[log.count - 1]])
        #expect(try await Self.compact(office.backend.store, scope) == 0)
        // Writing goes on.
        try await office.perform(UpdateModel(project: project.id, id: main.id, name: "other", description: nil))
        #expect(try await office.log(scope).last?.sequence == log.last.map { $0.sequence + 1 })
    }

    @Test("COMPACT-3: nothing goes that a region that counts may ask for", arguments: Backend.allCases)
    func whatRegionsHold(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, _) = try await office.project()
        for name in ["a", "b", "c"] {
            try await office.perform(UpdateProject(project.id, ProjectChange(name: name)))
        }
        let (scope, region, store) = (LogScope.project(project.id), Fixture.node(2), office.backend.store)
        let count = try await office.log(scope).count
        #expect(try await Self.compact(store, scope, heldBy: [region]) == 0)
        #expect(try await store.read { try $0.compactedMarks(in: scope) } == [:])
        // The first two names, of which the second one is the last that it has.
        let held = UInt64(count - 1)
        try await store.write { try $0.putAcknowledgedMarks([Office.node: held], of: region, in: scope) }
        #expect(try await Self.compact(store, scope, heldBy: [region]) == 1)
        #expect(try await store.read { try $0.compactedMarks(in: scope) } == [Office.node: held])
        #expect(try await store.read { try !$0.needsSnapshot([Office.node: held], in: scope) })
        // It is evicted.
        #expect(try await Self.compact(store, scope) == 1)
        #expect(try await store.read { try $0.needsSnapshot([Office.node: held], in: scope) })
    }

    @Test("COMPACT-4: young operations stay, and few are not worth a run", arguments: Backend.allCases)
    func thresholds(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, _) = try await office.project()
        let scope = LogScope.project(project.id)
        for name in ["a", "b", "c"] {
            try await office.perform(UpdateProject(project.id, ProjectChange(name: name)))
        }
        let log = try await office.log(scope)
        let compaction = LogCompaction(office.backend.store, of: scope)
        #expect(try await compaction.run(heldBy: [], before: Self.never, countMin: log.count + 1) == 0)
        #expect(try await compaction.run(heldBy: [], before: log[0].timestamp, countMin: 0) == 0)
        #expect(try await office.read { try $0.compactedMarks(in: scope) } == [:])
        // The last name is too young.
        #expect(try await compaction.run(heldBy: [], before: office.now, countMin: log.count - 1) == 1)
        #expect(
            try await office.read { try $0.compactedMarks(in: scope) } == [Office.node: UInt64(log.count - 1)])
    }

    @Test(
        "COMPACT-1: rows, times and conflicts are as without compaction, also where a snapshot was taken",
        arguments: Backend.allCases)
    func sameRows(_ backend: Backend) async throws {
        var (goneCount, conflictCount) = (0, 0)
        for seed in 1...(backend == .memory ? 30 : 5) as ClosedRange<UInt64> {
            var random = SeededRandom(seed: seed)
            var regions = try (1...3).map {
                try Workplace(backend, node: Fixture.node($0), seed: 10 * seed + UInt64($0))
            }
            for _ in 0..<8 {
                for place in regions.indices { try await regions[place].perform(10, using: &random) }
                for from in regions.indices {
                    for to in regions.indices where from != to && Bool.random(using: &random) {
                        let store = regions[from].backend.store
                        try await CausalExchange.run(
                            from: store, to: regions[to].backend.store, try await store.read { try $0.scopes() },
                            limit: .max, using: &random)
                    }
                }
            }
            var scopes = Set<LogScope>()
            for region in regions { scopes.formUnion(try await region.backend.store.read { try $0.scopes() }) }
            for from in [0, 1, 2, 0, 1] {
                for to in regions.indices where from != to {
                    try await CausalExchange.run(
                        from: regions[from].backend.store, to: regions[to].backend.store, Array(scopes), limit: .max,
                        using: &random)
                }
            }
            // The first one compacts, alone. The second one never does. A new one, and one that is behind, take what is left.
            let projects = scopes.filter { $0 != .server }.map(\.name).sorted()
            let whole = try await MetadataSnapshot(of: regions[1].backend.store, projects: projects)
            let conflicts = try await Self.conflicts(regions[1].backend.store, Array(scopes))
            conflictCount += conflicts.count
            let store = regions[0].backend.store
            for scope in scopes { goneCount += try await Self.compact(store, scope) }
            let new = try backend.open()
            new.setComplete(RandomWork.completeRoots)
            try await new.store.write { [whole] rows in
                for operation in whole.logs.values.flatMap(\.values).joined() {
                    let files = OperationContent(decoding: operation.body).body?.files ?? []
                    for file in files { try rows.noteContent(file, in: operation.scope.name) }
                }
            }
            for scope in scopes { try await SnapshotExchange.run(from: store, Fixture.node(1), to: new.store, scope) }
            for found in [store, new.store] {
                let other = try await MetadataSnapshot(of: found, projects: projects)
                #expect(other.users == whole.users, "seed \(seed)")
                #expect(other.tokens == whole.tokens, "seed \(seed)")
                #expect(other.projects == whole.projects, "seed \(seed)")
                let theirs = try await Self.conflicts(found, Array(scopes))
                #expect(Set(theirs.map(\.id)) == Set(conflicts.map(\.id)), "seed \(seed)")
                for scope in scopes {
                    let ends = try await regions[1].backend.store.read { try $0.lastSequences(in: scope) }
                    #expect(try await found.read { try $0.lastSequences(in: scope) } == ends, "seed \(seed)")
                }
            }
        }
        #expect(goneCount > 80)
        #expect(conflictCount > 20)
    }

    @Test(
        "SNAP-6: a region that was away comes back with its work: nothing is lost, and both see the same conflict",
        arguments: Backend.allCases)
    func comesBack(_ backend: Backend) async throws {
        var random = SeededRandom(seed: 1)
        let here = try await Office(backend)
        let (project, main) = try await here.project()
        let scope = LogScope.project(project.id)
        let away = try backend.open()
        let clock = HandClock()
        clock.set(to: Fixture.time(5_000))
        let service = MetadataService(store: away.store, node: Fixture.node(2)) { clock.now }
        try await CausalExchange.run(
            from: here.backend.store, to: away.store, [.server, scope], limit: .max, using: &random)
        // Both give the project, and the model, names; here they are written over, and what was before is compacted.
        for name in ["a", "b", "c"] {
            try await here.perform(UpdateProject(project.id, ProjectChange(name: name)))
        }
        #expect(try await Self.compact(here.backend.store, scope) > 0)
        _ = try await service.perform(
            UpdateProject(project.id, ProjectChange(name: "theirs")), actor: here.owner.id)
        _ = try await service.perform(
            UpdateModel(project: project.id, id: main.id, name: "pier", description: nil), actor: here.owner.id)
        let own = try await away.store.read {
            try $0.operations(of: Fixture.node(2), in: scope, after: 0, limit: .max)
        }
        // It takes what is left of the log, and goes on to give what it has.
        let held = try await away.store.read { try $0.lastSequences(in: scope) }
        #expect(try await here.read { try $0.needsSnapshot(held, in: scope) })
        try await SnapshotExchange.run(from: here.backend.store, Office.node, to: away.store, scope)
        #expect(
            try await away.store.read { try $0.operations(of: Fixture.node(2), in: scope, after: 0, limit: .max) }
                == own)
        try await CausalExchange.run(from: away.store, to: here.backend.store, [scope], limit: .max, using: &random)
        let snapshots = [
            try await MetadataSnapshot(of: here.backend.store, projects: [project.id]),
            try await MetadataSnapshot(of: away.store, projects: [project.id]),
        ]
        #expect(snapshots[0].projects == snapshots[1].projects)
        #expect(snapshots[0].projects[project.id]?.project?.name == "theirs")
        #expect(snapshots[0].projects[project.id]?.models.map(\.name) == ["pier"])
        for store in [here.backend.store, away.store] {
            let conflicts = try await Self.conflicts(store, [scope])
            #expect(conflicts.map(\.kind) == [.edited])
            #expect(conflicts.first?.dots.map(\.origin) == [Fixture.node(1), Fixture.node(2)])
        }
        #expect(try await away.store.read { try $0.compactedMarks(in: scope)[Office.node] } != nil)
    }

    @Test("SNAP-5: a snapshot is taken as a whole or not at all", arguments: Backend.allCases)
    func notAsAWhole(_ backend: Backend) async throws {
        let here = try await Office(backend)
        let (project, _) = try await here.project()
        try await here.perform(UpdateProject(project.id, ProjectChange(name: "a")))
        try await here.perform(UpdateProject(project.id, ProjectChange(name: "b")))
        let scope = LogScope.project(project.id)
        let store = try backend.open().store
        let log = try await here.log(scope)
        let mark = UInt64(log.count)
        func take(_ operations: [Operation], compacted: UInt64) async throws {
            let intake = SnapshotIntake(
                scope, from: Office.node, compacted: [Office.node: compacted], intake: OperationIntake(scope, now: nil))
            try await store.write { rows in
                try intake.begin(in: rows)
                try intake.putAside(operations, in: rows)
            }
            try await store.write { try intake.take(operations.count, in: $0) }
        }
        await #expect(throws: StorageError.self) { try await take(Array(log.dropLast()), compacted: mark) }
        #expect(try await store.read { try $0.origins(in: scope) } == [])
        #expect(try await store.read { try $0.project(project.id) } == nil)
        var forked = log
        forked[2].actor = Fixture.id(9)
        await #expect(throws: OperationRefusal.self) { try await take(forked, compacted: mark) }
        try await take(Array(log.prefix(2)) + [log[log.count - 1]], compacted: mark)
        #expect(try await store.read { try $0.project(project.id)?.name } == "b")
        #expect(try await store.read { try $0.compactedMarks(in: scope) } == [Office.node: mark])
    }

    @Test(
        "SNAP-5: a file that was added while its project was deleted elsewhere does not hold a snapshot up",
        arguments: Backend.allCases)
    func fileOfDeletedProject(_ backend: Backend) async throws {
        let (project, blob) = (Fixture.project(1), Fixture.blob(1, in: 1))
        let scope = LogScope.project(project.id)
        func operation(
            _ sequence: UInt64, by node: Int, _ body: OperationBody, seen: [NodeID: UInt64] = [:]
        ) throws -> Operation {
            Fixture.operation(
                sequence, by: node, in: scope, body: try OperationContent(body, OperationContext(seen: seen)).encoded())
        }
        let operations = [
            try operation(1, by: 1, .projectCreated(project)), try operation(2, by: 1, .projectDeleted(project.id)),
            try operation(1, by: 2, .blobCreated(blob), seen: [Fixture.node(1): 1]),
        ]
        let store = try backend.open().store
        let intake = SnapshotIntake(
            scope, from: Fixture.node(1), compacted: [Fixture.node(1): 2], intake: OperationIntake(scope, now: nil))
        try await store.write { rows in
            try intake.begin(in: rows)
            try rows.noteContent(blob.content, in: project.id)
            try intake.putAside(operations, in: rows)
        }
        try await store.write { try intake.take(3, in: $0) }
        #expect(try await store.read { try $0.lastSequence(of: Fixture.node(2), in: scope) } == 1)
        #expect(try await store.read { try $0.project(project.id) } == nil)
    }
}
