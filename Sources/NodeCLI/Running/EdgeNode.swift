import Foundation
import Logging
import Node
import ObjectModel
import ObjectStorage
import Replicator
import ServiceLifecycle
import Storage
import StorageSQLite
import SyncTransport

/// The parts of an edge, put together.
struct EdgeNode {
    /// The least that an edge can be told to keep at most, in bytes.
    static let cacheByteCountMin: UInt64 = 16_000_000

    /// Segments are given up one by one: each is a small part of the cache.
    static func segmentByteCountMax(in cacheByteCountMax: UInt64) -> UInt64 {
        min(LocalSegments.segmentByteCountMax, max(1 << 20, cacheByteCountMax / 16))
    }

    let identity: NodeIdentity
    let api: EdgeAPI
    private let link: RegionLink
    private let pinned: PinnedProjects
    private let uploads: UploadPush
    private let cache: EdgeCache
    private let store: EdgeDatabase

    /// - Parameters:
    ///   - region: the one that is asked first.
    ///   - writes: when versions are accepted in its place.
    ///   - pins: projects that are kept whole.
    ///   - cacheByteCountMax: of all segments, in bytes; `nil` is no bound.
    /// - Throws: ``ConfigurationFailure``, ``StorageError``.
    init(
        _ directory: DataDirectory, preferring region: NodeID, roster: RosterBook?, writes: EdgeWrites,
        pins: [ProjectID], cacheByteCountMax: UInt64?, _ configuration: NodeConfiguration, _ logger: Logger
    ) async throws {
        let identity = try NodeIdentity.loadOrCreate(in: directory.url)
        guard let roster, roster.current?.node(identity.nodeID)?.role == .edge else {
            throw ConfigurationFailure(
                text: "An edge needs a roster that lists this node, \(identity.nodeID), as one.")
        }
        let store = try EdgeDatabase(file: directory.url.appendingPathComponent("edge.sqlite"))
        let link = RegionLink(
            dialler: try SyncDialler(hello: .edge, identity: identity, roster: roster, patience: .brief),
            roster: roster, preferred: region, logger: logger)
        let uploads = UploadPush(
            directory.replica, objects: directory.blocks, link: link, journals: try await directory.blocks.projects(),
            logger: logger)
        let cache = try EdgeCache(
            directory.blocks, store: store, byteCountMax: cacheByteCountMax, pins: pins,
            unpushed: { await uploads.projects }, isRegionReachable: { link.connectionNumber != nil }, logger: logger)
        let objects = EdgeObjects(
            directory.replica, writing: directory.blocks, link: link, store: store, cache: cache
        ) { .present() }
        let services = EdgeServices(
            configuration: configuration,
            upstream: RegionUpstream(link: link, roster: roster, node: identity.nodeID),
            uploads: RegionUploads(push: uploads, cache: cache), objects: objects, writes: writes,
            gzipCache: try directory.gzipCache(), store: store, cacheStatus: { await EdgeCacheStatus(cache.status) }
        ) { .now() }
        self.identity = identity
        self.api = try EdgeAPI(services, logger: logger)
        self.link = link
        self.pinned = PinnedProjects(pins, objects: objects, logger: logger)
        self.uploads = uploads
        self.cache = cache
        self.store = store
    }

    /// What runs beside the API.
    var services: [any Service] {
        let tasks = EdgeTasks(
            link: self.link, api: self.api, pinned: self.pinned, uploads: self.uploads, cache: self.cache)
        return [self.link, tasks, self.cache]
    }

    func close() throws { try self.store.close() }
}

extension EdgeCacheStatus {
    fileprivate init(_ status: EdgeCache.Status) {
        self.init(byteCount: status.byteCount, byteCountMax: status.byteCountMax, isOverBound: status.isOverBound)
    }
}

/// What an edge does when something happens at its region.
private struct EdgeTasks: Service {
    let link: RegionLink
    let api: EdgeAPI
    let pinned: PinnedProjects
    let uploads: UploadPush
    let cache: EdgeCache

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await event in self.link.events {
                switch event {
                case .connected:
                    await self.api.regionConnected()
                    await self.uploads.flushAll()
                    await self.pinned.bringAll()
                    self.cache.lookSoon()
                case .changed(let projects): await self.pinned.bring(projects)
                }
            }
        }
    }
}
