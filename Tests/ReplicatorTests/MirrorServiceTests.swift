import Logging
import ObjectModel
import Replicator
import Storage
import StorageTestKit
import SyncProtocol
import SyncTransport
import Testing

/// A mirror that has two sources follows whichever can be reached, the first one when it can.
@Suite struct MirrorServiceTests {
    private static let hello = HelloMessage(role: .client, streamCredit: 32 << 20, connectionCredit: 64 << 20)

    private static func wait(
        _ what: Testing.Comment, sourceLocation: SourceLocation = #_sourceLocation, until isSo: () async throws -> Bool
    ) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while try await !isSo() {
            try #require(ContinuousClock.now < deadline, what, sourceLocation: sourceLocation)
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    @Test("SOURCES-4: while the first source is away the next one stands in, and the first one is followed again")
    func awayAndBack() async throws {
        let (first, second, copy) = (try NodeStub(), try NodeStub(), try NodeStub())
        let objects = (0..<200).map { Sample.leaf($0) }
        // The second node has fewer objects, in another order.
        try await first.ingest(objects)
        try await second.ingest(Array(objects[..<150].reversed()))
        let reserved = try await first.listen()
        let port = reserved.port
        try await Self.served(first, reserved) {}
        let service = MirrorService(
            copy.replica, dialler: try SyncDialler(hello: Self.hello), roster: nil,
            logger: Logger(label: "mirror") { _ in SwiftLogNoOpLogHandler() }, standInTime: .milliseconds(200),
            clock: { Fixture.time(1) })
        let standIn = try await second.listen()
        try await Self.served(second, standIn) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                defer { group.cancelAll() }
                group.addTask { try await service.run() }
                try await service.add(
                    Self.mirror(of: first, port), sources: [Self.source(second, standIn.port)], reader: Fixture.id(1))
                try await Self.wait("the second node does not stand in") {
                    service.status(of: NodeStub.project).servedBy == second.identity.nodeID
                }
                #expect(try await copy.objectCount() == 150)
                try await Self.served(first, try await first.listen(port: port)) {
                    try await Self.wait("the first node is not followed again") {
                        service.status(of: NodeStub.project).servedBy == first.identity.nodeID
                    }
                    #expect(try await copy.objectCount() == 200)
                    try await first.ingest([Sample.leaf(1_000)])
                    try await Self.wait("news do not come") { try await copy.objectCount() == 201 }
                }
                try await Self.wait("the second node does not stand in again") {
                    service.status(of: NodeStub.project).servedBy == second.identity.nodeID
                }
                #expect(try await copy.objectCount() == 201)
            }
        }
    }

    /// Runs `body` while `node` serves.
    private static func served(
        _ node: NodeStub, _ listener: SyncListener, _ body: @Sendable () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await node.serve(listener) }
            try await body()
        }
    }

    private static func mirror(of node: NodeStub, _ port: Int) -> Mirror {
        Mirror(
            project: NodeStub.project, sourceAddress: NodeAddress(host: "127.0.0.1", port: UInt16(port)),
            sourceNode: node.identity.nodeID,
            sourceToken: "token", createdAt: Fixture.time(1))
    }

    private static func source(_ node: NodeStub, _ port: Int) -> MirrorSource {
        MirrorSource(
            project: NodeStub.project, node: node.identity.nodeID,
            address: NodeAddress(host: "127.0.0.1", port: UInt16(port)), token: "token")
    }
}
