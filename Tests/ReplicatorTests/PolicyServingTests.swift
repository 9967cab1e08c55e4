import Logging
import ObjectModel
import Replicator
import Storage
import StorageTestKit
import SyncProtocol
import SyncTransport
import Testing

/// What nodes of a roster are told of a project that is not for all of them (Spec §22.2).
@Suite struct PolicyServingTests {
    private static let absent: ProjectID = Fixture.id(99)

    private static func operation(
        _ sequence: UInt64, _ body: OperationBody, in project: ProjectID = NodeStub.project
    ) throws -> DecodedOperation {
        DecodedOperation(
            Operation(
                scope: .project(project), origin: Fixture.node(1), sequence: sequence,
                timestamp: Fixture.time(Int64(sequence)), actor: nil,
                body: try OperationContent(body, OperationContext()).encoded()))
    }

    private static func change(_ node: NodeStub, _ operations: [DecodedOperation]) async throws {
        try await node.replica.metadata.write { try MetadataService.apply(operations, in: $0) }
        for project in Set(operations.map(\.operation.scope.name)) { node.replica.changes.announce(project) }
    }

    /// A region that holds a project, and other nodes of its roster that it serves.
    private struct World {
        let holder: NodeStub
        let peers: [NodeStub]
        let book: RosterBook

        init(_ roles: [NodeRole]) async throws {
            self.holder = try NodeStub()
            self.peers = try roles.map { _ in try NodeStub() }
            let roster = Roster(
                version: 1, issuedAt: Fixture.time(1),
                nodes: zip([self.holder] + self.peers, [.region] + roles).enumerated().map { place, node in
                    RosterNode(id: node.0.identity.nodeID, name: "node-\(place)", role: node.1, region: "here")
                }.sorted { $0.id < $1.id })
            let signer = RosterSigner()
            self.book = try RosterBook(
                key: signer.publicKey, held: try signer.sign(roster), logger: Logger(label: "test")
            ) { _ in }
            try await PolicyServingTests.change(
                self.holder, [try PolicyServingTests.operation(1, .projectCreated(Fixture.project(1)))])
            try await self.holder.ingest((0..<20).map { Sample.leaf($0) })
        }

        func connected<Result: Sendable>(
            _ peer: NodeStub, _ body: @escaping @Sendable (SyncConnection) async throws -> Result
        ) async throws -> Result {
            let hello = HelloMessage(role: .region, streamCredit: 32 << 20, connectionCredit: 64 << 20)
            let dialler = try SyncDialler(hello: hello, identity: peer.identity, roster: self.book)
            let listener = try await self.holder.listen(roster: self.book)
            let address = NodeAddress(host: "127.0.0.1", port: UInt16(listener.port))
            let target = SyncDialler.Target(address, node: self.holder.identity.nodeID, credential: .certificate)
            return try await withThrowingTaskGroup(of: Void.self) { group in
                defer { group.cancelAll() }
                let (holder, book) = (self.holder, self.book)
                group.addTask { try await holder.serve(listener, roster: book) }
                return try await dialler.withConnection(to: target, body)
            }
        }

        /// What each kind of request brings first: a kind of frame, or an error in its words.
        func answers(to peer: NodeStub, about project: ProjectID) async throws -> [String] {
            try await self.connected(peer) { connection in
                [
                    try await Self.answer(FetchMessage(project: project), on: connection),
                    try await Self.answer(FetchMessage(project: project, wanted: [Fixture.object(1)]), on: connection),
                    try await Self.answer(FetchMessage(project: project, options: .waiting), on: connection),
                    try await Self.answer(WatchMessage(project: project), on: connection),
                    try await Self.answer(Self.reconcile(project), on: connection),
                    try await Self.answer(
                        BlobMessage(project: project, digest: Fixture.content(1).digest), on: connection),
                ]
            }
        }

        private static func reconcile(_ project: ProjectID) -> ReconcileMessage {
            let key = SketchKey(Array(repeating: 1, count: SketchKey.byteCount))
            return ReconcileMessage(project: project, key: key, digest: SetDigest(count: 0, sum: 0))
        }

        private static func answer(_ request: some WireMessage, on connection: SyncConnection) async throws -> String {
            do {
                let stream = try await connection.open(request, flags: request is ReconcileMessage ? [] : .end)
                return try await stream.closing {
                    for try await frame in stream.frames { return "\(frame.header.type.rawValue)" }
                    return "nothing"
                }
            } catch SyncTransportError.peer(let error) {
                return "\(error.code) \(error.text)"
            }
        }
    }

    @Test("POLICY-5: to a region that may not have a project everything is as if there were none, deleted or not")
    func excludedRegion() async throws {
        let world = try await World([.region, .region])
        let (member, stranger) = (world.peers[0], world.peers[1])
        let before = try await world.answers(to: stranger, about: NodeStub.project)
        #expect(before == (try await world.answers(to: member, about: NodeStub.project)))
        let regions = AllowedRegions.only([world.holder.identity.nodeID, member.identity.nodeID])
        try await Self.change(world.holder, [try Self.operation(2, .policyChanged(PolicyChange(regions: regions)))])
        for _ in 0..<2 {
            let nothing = try await world.answers(to: stranger, about: Self.absent)
            #expect(Set(nothing).count == 1)
            #expect(try await world.answers(to: stranger, about: NodeStub.project) == nothing)
            #expect(try await world.answers(to: member, about: NodeStub.project) != nothing)
            try await Self.change(world.holder, [try Self.operation(3, .projectDeleted(NodeStub.project))])
        }
        try await Self.change(world.holder, [try Self.operation(4, .policyChanged(PolicyChange(regions: .all)))])
        #expect(try await world.answers(to: stranger, about: NodeStub.project)[0] == before[0])
    }

    @Test("POLICY-5: edges are told of a project only when its policy lets them")
    func edges() async throws {
        let world = try await World([.edge])
        let nothing = try await world.answers(to: world.peers[0], about: Self.absent)
        try await Self.change(world.holder, [try Self.operation(2, .policyChanged(PolicyChange(allowsEdges: false)))])
        #expect(try await world.answers(to: world.peers[0], about: NodeStub.project) == nothing)
    }

    @Test("POLICY-5: news name no project to a region that may not have it")
    func news() async throws {
        let world = try await World([.region])
        let regions = AllowedRegions.only([world.holder.identity.nodeID])
        try await Self.change(world.holder, [try Self.operation(2, .policyChanged(PolicyChange(regions: regions)))])
        let open: ProjectID = Fixture.id(2)
        try await Self.change(world.holder, [try Self.operation(1, .projectCreated(Fixture.project(2)), in: open)])
        let told = try await world.connected(world.peers[0]) { connection in
            var machine = NewsClient(NewsMessage())
            let stream = try await connection.open(NewsMessage(), flags: .end)
            return try await stream.closing { () -> [ProjectID] in
                for try await frame in stream.frames {
                    if case .changed(let news) = machine.received(frame.header, payload: frame.payload.span.bytes) {
                        return news.projects
                    }
                }
                return []
            }
        }
        #expect(told == [open])
    }
}
