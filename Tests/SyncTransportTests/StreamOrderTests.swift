import Foundation
import Logging
import ObjectModel
import SyncProtocol
import SyncTransport
import Testing

/// Streams that several tasks open at the same time.
@Suite struct StreamOrderTests {
    private static let openerCount = 8
    private static let streamCount = 200

    /// Answers every request with one frame.
    private struct Answering: SyncHandler {
        func authenticate(_ proof: PeerProof) async throws -> String { "anybody" }
        func key(of peer: String) -> String { peer }

        func serve(_ stream: SyncStream, _ type: FrameType, for peer: String) async throws {
            try await stream.send(ResultMessage(outcome: .applied), flags: .end)
        }
    }

    /// A request that came behind one with a higher number would never be answered.
    @Test("STREAM-1: streams are opened in the order of their numbers", .timeLimit(.minutes(5)))
    func ascending() async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let identity = try NodeIdentity.loadOrCreate(in: directory)
        let listener = try await SyncListener(
            host: "127.0.0.1", port: 0, identity: identity, hello: HelloMessage(role: .region), roster: nil,
            limit: { nil }, connectionCountMax: 1, logger: Logger(label: "node") { _ in SwiftLogNoOpLogHandler() })
        let target = SyncDialler.Target(
            NodeAddress(host: "127.0.0.1", port: UInt16(listener.port)), node: identity.nodeID,
            credential: .token("any"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await listener.run(Answering()) }
            let answerCount = try await SyncDialler(hello: HelloMessage()).withConnection(to: target) { connection in
                try await Self.openAll(on: connection)
            }
            #expect(answerCount == Self.openerCount * Self.streamCount)
        }
    }

    private static func openAll(on connection: SyncConnection) async throws -> Int {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<self.openerCount {
                group.addTask {
                    var answerCount = 0
                    for _ in 0..<self.streamCount {
                        let request = BlobMessage(
                            project: ProjectID(rawValue: "0000000001"), digest: ContentHash.digest(of: []))
                        let stream = try await connection.open(request, flags: .end)
                        for try await frame in stream.frames where frame.header.type == .result { answerCount += 1 }
                        await stream.close()
                    }
                    return answerCount
                }
            }
            return try await group.reduce(0, +)
        }
    }
}
