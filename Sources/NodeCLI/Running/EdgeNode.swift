import Foundation
import Logging
import Node
import ObjectModel
import Replicator
import ServiceLifecycle
import Storage
import StorageSQLite
import SyncTransport

/// The parts of an edge, put together.
struct EdgeNode {
    let identity: NodeIdentity
    let api: EdgeAPI
    private let link: RegionLink
    private let pinned: PinnedProjects
    private let store: EdgeDatabase

    /// - Parameters:
    ///   - region: the one that is asked first.
    ///   - writes: when versions are accepted in its place.
    ///   - pins: projects that are kept whole.
    /// - Throws: ``ConfigurationFailure``, ``StorageError``.
    init(
        _ directory: DataDirectory, preferring region: NodeID, roster: RosterBook?, writes: EdgeWrites,
        pins: [ProjectID],
        _ configuration: NodeConfiguration, _ logger: Logger
    ) throws {
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
            directory.replica, link: link, journals: try directory.database.projectsWithJournals(), logger: logger)
        let objects = EdgeObjects(directory.replica, writing: directory.blocks, link: link, store: store) { .present() }
        let services = EdgeServices(
            configuration: configuration,
            upstream: RegionUpstream(link: link, roster: roster, node: identity.nodeID),
            uploads: RegionUploads(push: uploads), objects: objects, writes: writes,
            gzipCache: try directory.gzipCache(), store: store
        ) { .now() }
        self.identity = identity
        self.api = try EdgeAPI(services, logger: logger)
        self.link = link
        self.pinned = PinnedProjects(pins, objects: objects, logger: logger)
        self.store = store
    }

    /// What runs beside the API.
    var services: [any Service] { [self.link, EdgeTasks(link: self.link, api: self.api, pinned: self.pinned)] }

    func close() throws { try self.store.close() }
}

/// What an edge does when something happens at its region.
private struct EdgeTasks: Service {
    let link: RegionLink
    let api: EdgeAPI
    let pinned: PinnedProjects

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await event in self.link.events {
                switch event {
                case .connected:
                    await self.api.regionConnected()
                    await self.pinned.bringAll()
                case .changed(let projects): await self.pinned.bring(projects)
                }
            }
        }
    }
}
