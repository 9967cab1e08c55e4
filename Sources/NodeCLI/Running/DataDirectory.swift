import Foundation
import Node
import ObjectModel
import ObjectStorage
import Replicator
import Storage
import StorageSQLite

/// Everything that a node or a copy keeps, in one directory that one process has open at a time.
///
///     tiebeam.sqlite   metadata, logs and the manifest of blocks
///     segments/        blocks
///     blobs/           files: attachments and sources
///     index/           derived from the segments
///     unfinished/      beginnings of blocks that cuts left; may be deleted while no process runs
///     cache/           derived; may be deleted while no process runs
///     node-*.pem       the key that the node is known by, and its certificate
///     roster, -key     the nodes that this one knows, and the key that it trusts rosters by
///     edge             names the region that an edge asks first; there where the node is one
///     edge.sqlite      an edge's leases, answers, and what it was asked for and when
///     region           there where the node shares everything with the other regions
///     organisation.pem the key that rosters are signed with, where it is kept
///     mail/            mails that nothing has brought to people
///     invitations      hashes of what nodes may join by
struct DataDirectory: Sendable {
    let url: URL
    let database: TiebeamDatabase
    let blocks: BlockStore
    let blobs: LocalBlobs
    let metadata: any MetadataStore
    let changes = ProjectChanges()
    let events = EventBus()
    let replica: Replica
    private let lock: DirectoryLock

    /// Opens the directory, making what is missing. Blocks the calling thread.
    ///
    /// - Parameters:
    ///   - isRestored: it was put back to a backup: journals are numbered anew, since others know more of them.
    ///   - segmentByteCountMax: where new segments end, in bytes; `nil` is where they do by themselves.
    /// - Throws: ``StorageError``.
    init(_ path: String, isRestored: Bool = false, segmentByteCountMax: UInt64? = nil) throws {
        let url = URL(fileURLWithPath: path, isDirectory: true)
        do {
            try FileManager.default.createDirectory(
                at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw StorageError.io("\(url.path): \(error.localizedDescription)")
        }
        self.lock = try DirectoryLock(url.appendingPathComponent("lock"))
        self.url = url
        let database = try TiebeamDatabase(file: url.appendingPathComponent("tiebeam.sqlite"))
        if isRestored { try database.renumberJournals() }
        let blocks = try BlockStore(
            segments: LocalSegments(
                directory: url.appendingPathComponent("segments"),
                byteCountMax: segmentByteCountMax ?? LocalSegments.segmentByteCountMax),
            manifest: database.blockManifest(), indexDirectory: url.appendingPathComponent("index"))
        self.database = database
        self.blocks = blocks
        self.blobs = try LocalBlobs(directory: url.appendingPathComponent("blobs"))
        self.metadata = database.metadataStore(events: self.events) { try blocks.isCompleteNow($0, in: $1) }
        self.replica = Replica(
            metadata: self.metadata, blocks: blocks, objects: blocks, blobs: self.blobs,
            unfinished: LocalUnfinishedBlocks(directory: url.appendingPathComponent("unfinished")),
            changes: self.changes)
    }

    /// Whether there is a data directory at `path` already.
    static func exists(at path: String) -> Bool {
        FileManager.default.fileExists(atPath: URL(fileURLWithPath: path).appendingPathComponent("tiebeam.sqlite").path)
    }

    /// Whoever asks for news from the start hears of everything that has a log.
    func announceAll() async throws {
        self.changes.announce(.server)
        for scope in try await self.metadata.read({ try $0.scopes() }) { self.changes.announce(scope.name) }
    }

    func gzipCache() throws -> GzipCache {
        try GzipCache(directory: self.url.appendingPathComponent("cache").appendingPathComponent("gzip"))
    }

    func close() throws { try self.database.close() }
}

/// Keeps other processes out of a directory for as long as this process lives.
private final class DirectoryLock: Sendable {
    private let descriptor: Int32

    init(_ file: URL) throws {
        self.descriptor = open(file.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard self.descriptor >= 0 else {
            throw StorageError.io("\(file.path): \(String(cString: strerror(errno)))")
        }
        guard flock(self.descriptor, LOCK_EX | LOCK_NB) == 0 else {
            Foundation.close(self.descriptor)
            throw StorageError.locked
        }
    }

    deinit { Foundation.close(self.descriptor) }
}
