import Logging
import ObjectModel
import Storage
import StorageTestKit
import SyncProtocol
import SyncTransport
import Testing

@testable import Replicator

/// A log that was compacted, from one node to another.
@Suite struct SnapshotFetchTests {
    private static let never = Timestamp(millisecondsSinceEpoch: .max)

    /// A node with a project that was given many names.
    private struct Source {
        let node: NodeStub
        let service: MetadataService
        let project: ProjectID
        private let clock: HandClock
        var scope: LogScope { .project(self.project) }

        init(names count: Int) async throws {
            let (node, clock) = (try NodeStub(), HandClock())
            clock.set(to: Fixture.time(1_000))
            (self.node, self.clock) = (node, clock)
            self.service = MetadataService(store: node.replica.metadata, node: node.identity.nodeID) { clock.now }
            let ada = try await self.service.perform(
                RegisterUser(name: "Ada", email: "ada@example.org", company: nil, passwordHash: nil), actor: nil)
            let project = try await self.service.perform(
                CreateProject(name: "0", description: nil, visibility: nil), actor: ada.id)
            self.project = project.id
            try await self.rename(1...count)
        }

        func rename(_ numbers: ClosedRange<Int>) async throws {
            for number in numbers {
                self.clock.advance(by: 1)
                _ = try await self.service.perform(
                    UpdateProject(self.project, ProjectChange(name: "\(number)")), actor: nil)
            }
        }

        func compact() async throws -> Int {
            try await LogCompaction(self.node.replica.metadata, of: self.scope)
                .run(heldBy: [], before: SnapshotFetchTests.never, countMin: 1)
        }

        /// Brings what `copy` lacks.
        func fetch(to copy: NodeStub) async throws -> ProjectFetch.Report {
            let listener = try await self.node.listen()
            return try await withThrowingTaskGroup(of: Void.self) { group in
                defer { group.cancelAll() }
                group.addTask { try await self.node.serve(listener) }
                let target = SyncDialler.Target(
                    NodeAddress(host: "127.0.0.1", port: UInt16(listener.port)), node: self.node.identity.nodeID,
                    credential: .token("token"))
                return try await SyncDialler(hello: .init(role: .client)).withConnection(to: target) { connection in
                    try await ProjectFetch(
                        copy.replica, project: self.project, from: self.node.identity.nodeID
                    ).run(on: connection)
                }
            }
        }

        func entryCount(at copy: NodeStub) async throws -> Int {
            try await copy.replica.metadata.read { try $0.activityCount(in: self.project, ActivityFilter()) }
        }

        func name(at copy: NodeStub) async throws -> String? {
            try await copy.replica.metadata.read { try $0.project(self.project)?.name }
        }
    }

    @Test("SNAP-1: who is behind what was compacted takes a snapshot, who is not goes on by the log")
    func snapshot() async throws {
        let source = try await Source(names: 400)
        let (old, current, new) = (try NodeStub(), try NodeStub(), try NodeStub())
        let count = try await source.fetch(to: old).operationCount
        try await source.rename(401...900)
        #expect(try await source.fetch(to: current).operationCount == count + 500)
        #expect(try await source.compact() == 899)
        #expect(try await source.fetch(to: current).operationCount == 0)
        // The last name, besides what made the project, and traces of the others.
        #expect(try await source.fetch(to: old).operationCount == 500)
        #expect(try await source.fetch(to: new).operationCount == count + 500)
        try await source.rename(901...902)
        for copy in [old, current, new] {
            #expect(try await source.fetch(to: copy).operationCount == 2)
            #expect(try await source.name(at: copy) == "902")
            let (ends, theirs, arrived) = try await copy.replica.metadata.read { rows in
                let node = source.node.identity.nodeID
                return (
                    try rows.lastSequences(in: source.scope),
                    try rows.compactedMarks(in: source.scope),
                    try rows.arrivedOperations(in: source.scope, from: node, skipping: 0, limit: 1)
                )
            }
            #expect(ends == [source.node.identity.nodeID: UInt64(count + 502)])
            #expect(theirs.isEmpty == (copy.identity.nodeID == current.identity.nodeID))
            #expect(arrived == [])
            #expect(try await source.entryCount(at: copy) == count + 502)
        }
    }

    @Test("COMPACT-5: while a log is read with its gaps, nothing more goes")
    func readers() async throws {
        let access = LogAccess()
        await access.beginReading(.server)
        await access.beginReading(.server)
        #expect(await access.compacting(.server) { true } == nil)
        #expect(await access.compacting(.project(NodeStub.project)) { true } == true)
        access.endReading(.server)
        #expect(await access.compacting(.server) { true } == nil)
        access.endReading(.server)
        let waited = await access.compacting(.server) {
            #expect(await access.compacting(.server) { true } == nil)
            return Task { await access.beginReading(.server) }
        }
        await waited?.value
        #expect(await access.compacting(.server) { true } == nil)
        access.endReading(.server)
        #expect(await access.compacting(.server) { true } == true)
    }

    @Test("COMPACT-3: a region holds compaction back until it has said that it holds all, or was silent for too long")
    func regions() async throws {
        let source = try await Source(names: 20)
        let (clock, signer) = (HandClock(), RosterSigner())
        clock.set(to: Fixture.time(100_000))
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let (own, other) = (source.node.identity.nodeID, Fixture.node(7))
        let nodes = [(own, "paris"), (other, "tokyo")].sorted { $0.0 < $1.0 }
            .map { RosterNode(id: $0.0, name: $0.1, role: .region, region: "somewhere") }
        let roster = Roster(version: 1, issuedAt: Fixture.time(1), nodes: nodes)
        let book = try RosterBook(key: signer.publicKey, held: try signer.sign(roster), logger: logger) { _ in }
        let replica = source.node.replica
        func service() -> CompactionService {
            CompactionService(
                replica, roster: book, node: own,
                policy: CompactionPolicy(age: .zero, silence: .seconds(1_000), operationCountMin: 1), logger: logger,
                clock: { clock.now })
        }
        let compaction = service()
        func mark() async throws -> UInt64? {
            try await replica.metadata.read { try $0.compactedMarks(in: source.scope)[own] }
        }
        let last = try await replica.metadata.read { try $0.lastSequence(of: own, in: source.scope) }
        try await compaction.pass()
        #expect(try await mark() == nil)
        #expect(compaction.standing(of: other)?.isEvicted == false)
        #expect(compaction.standing(of: other).map { $0.unacknowledgedCount >= Int(last) } == true)
        // It asks behind the first ten names.
        replica.acknowledgements.note([own: last - 10], of: other, in: source.scope)
        try await compaction.pass()
        #expect(try await mark() == last - 10)
        #expect(compaction.standing(of: other)?.lastHeard == clock.now)
        // It is silent; another process knows that, too.
        clock.set(to: Fixture.time(100_900))
        try await service().pass()
        #expect(try await mark() == last - 10)
        clock.set(to: Fixture.time(101_100))
        let later = service()
        try await later.pass()
        #expect(later.standing(of: other)?.isEvicted == true)
        #expect(try await mark() == last)
        // It waits for news, and counts again.
        try await source.rename(21...30)
        await replica.acknowledgements.hearing(other) {
            _ = try? await later.pass()
        }
        #expect(later.standing(of: other)?.isEvicted == false)
        #expect(try await mark() == last)
    }
}
