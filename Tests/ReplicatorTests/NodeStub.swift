import Foundation
import Logging
import ObjectModel
import ObjectStorage
import Replicator
import Storage
import StorageSQLite
import StorageTestKit
import SyncProtocol
import SyncTransport

/// A node within the process: stores of its own, and a sync port that serves everybody.
struct NodeStub: Sendable {
    static let project = ProjectID(rawValue: "0000000001")

    private struct Everybody: SyncAuthority {
        func person(token: String) async throws -> String? { token }
        func current(_ person: String) async throws -> String? { person }
        func person(of holder: Lease.Holder) async throws -> String? { holder.person.rawValue }
        func key(of person: String) -> String { person }
        func access(of person: String?, to project: ProjectID) async throws -> ProjectAccess { .read }

        func holder(of person: String, showing token: String) -> Lease.Holder {
            Lease.Holder(
                person: UserID(rawValue: person), name: nil,
                tokenDigest: ContentHash(of: UnsafeRawBufferPointer(start: nil, count: 0)),
                tokenID: TokenID(rawValue: token))
        }

        func publish(
            _ publications: [Publication], in project: ProjectID, by person: String
        ) async throws -> Publish.Outcome {
            throw DomainError(.forbidden, "Nobody writes here.")
        }
    }

    private let directory: TemporaryDirectory
    let identity: NodeIdentity
    let blocks: BlockStore
    let replica: Replica

    init() throws {
        self.directory = try TemporaryDirectory()
        self.identity = try NodeIdentity.loadOrCreate(in: self.directory.url)
        let database = try TiebeamDatabase(file: self.directory.url.appendingPathComponent("tiebeam.sqlite"))
        let blocks = try BlockStore(
            segments: LocalSegments(directory: self.directory.url.appendingPathComponent("segments")),
            manifest: database.blockManifest(), indexDirectory: nil,
            settings: BlockSettings(rawByteCountTarget: 64 << 10, level: 1))
        self.blocks = blocks
        self.replica = Replica(
            metadata: database.metadataStore { try blocks.isCompleteNow($0, in: $1) }, blocks: blocks, objects: blocks,
            blobs: MemoryBlobs(), unfinished: MemoryUnfinishedBlocks(), changes: ProjectChanges())
    }

    func ingest(_ objects: [Sample]) async throws {
        var session = self.blocks.ingest(into: Self.project)
        for object in objects {
            let facts = ObjectFacts(id: object.id, references: object.references, closure: [])
            try object.text.withUnsafeBytes { try session.add($0, facts) }
        }
        _ = try await session.commit()
        self.replica.changes.announce(Self.project)
    }

    func objectCount() async throws -> Int { try await self.blocks.statistics(of: Self.project).objectCount }

    func listen(port: Int = 0, roster: RosterBook? = nil) async throws -> SyncListener {
        try await SyncListener(
            host: "127.0.0.1", port: port, identity: self.identity, hello: .init(role: .region), roster: roster,
            limit: { nil },
            connectionCountMax: 20, logger: Logger(label: "node") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Serves until the task is cancelled.
    func serve(_ listener: SyncListener, roster: RosterBook? = nil) async throws {
        try await listener.run(ProjectSyncHandler(self.replica, authority: Everybody(), roster: roster))
    }
}
