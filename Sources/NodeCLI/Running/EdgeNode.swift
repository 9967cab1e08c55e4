import Foundation
import Logging
import Node
import ObjectModel
import Replicator
import Storage
import StorageSQLite
import SyncTransport

/// The parts of an edge, put together.
struct EdgeNode {
    let identity: NodeIdentity
    let link: RegionLink
    private let directory: DataDirectory
    private let roster: RosterBook
    private let store: EdgeDatabase
    private let uploads: UploadPush

    /// - Parameter region: the one that is asked first.
    /// - Throws: ``ConfigurationFailure``, ``StorageError``.
    init(
        _ directory: DataDirectory, preferring region: NodeID, roster: RosterBook?, _ logger: Logger
    ) throws {
        let identity = try NodeIdentity.loadOrCreate(in: directory.url)
        guard let roster, roster.current?.node(identity.nodeID)?.role == .edge else {
            throw ConfigurationFailure(
                text: "An edge needs a roster that lists this node, \(identity.nodeID), as one.")
        }
        self.identity = identity
        self.directory = directory
        self.roster = roster
        self.store = try EdgeDatabase(file: directory.url.appendingPathComponent("edge.sqlite"))
        self.link = RegionLink(
            dialler: try SyncDialler(hello: .edge, identity: identity, roster: roster, patience: .brief),
            roster: roster,
            preferred: region, logger: logger
        ) { _ in }
        self.uploads = UploadPush(
            directory.replica, link: self.link, journals: try directory.database.projectsWithJournals(), logger: logger)
    }

    func services(_ configuration: NodeConfiguration) throws -> EdgeServices {
        EdgeServices(
            configuration: configuration,
            upstream: RegionUpstream(link: self.link, roster: self.roster, node: self.identity.nodeID),
            uploads: RegionUploads(push: self.uploads),
            objects: EdgeObjects(
                self.directory.replica, writing: self.directory.blocks, link: self.link, store: self.store
            ) { .present() },
            gzipCache: try self.directory.gzipCache(), store: self.store
        ) { .now() }
    }

    func close() throws { try self.store.close() }
}
