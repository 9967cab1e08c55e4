import ArgumentParser
import Foundation
import Hummingbird
import Logging
import NIOCore
import Node
import ObjectModel
import Replicator
import ServiceLifecycle
import Storage
import SyncProtocol
import SyncTransport
import UnixSignals

/// Runs a node until it is told to stop.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a node.",
        discussion: "The first person to register becomes the administrator. Stop it with Control-C or SIGTERM.")

    @Option(help: "Where the node keeps its data.")
    var data = "./data"

    @Option(help: "Address to listen on.")
    var host = "0.0.0.0"

    @Option(help: "Port of the API; 0 takes a free one.")
    var apiPort = 3000

    @Option(help: "Port of the sync protocol; 0 takes a free one.")
    var syncPort = 3001

    @Option(
        help: ArgumentHelp(
            "How fast each peer may be sent to at the sync port, like \"20Mbit\" or \"mon-fri 08:00-18:00 5Mbit\".",
            discussion: "May be given several times; times are local, and of the limits that hold the lowest counts."))
    var syncLimit: [String] = []

    @Option(help: "How many connections the sync protocol takes at a time.")
    var syncConnections = 1_000

    @Option(help: "How many hours edges may go on by what this region said last, when they cannot reach it.")
    var edgeLease = 8

    @Option(
        help: ArgumentHelp(
            "When an edge accepts versions in its region's place: through, while that is away, or queue, always.",
            discussion: "What it has accepted is pending until the region has got it."),
        transform: { text in
            guard let writes = EdgeWrites(rawValue: text) else {
                throw ValidationError("Writes go through, or are queued: --writes through, --writes queue.")
            }
            return writes
        })
    var writes = EdgeWrites.through

    @Option(
        help: ArgumentHelp(
            "A project that an edge keeps whole, bringing what is new as it comes.",
            discussion: "May be given several times. How fast it may come is said at the region, by --sync-limit."))
    var pin: [String] = []

    @Option(
        help: ArgumentHelp(
            "How much an edge may keep of objects, like 50GB or 512MiB, 16MB at least; without it there is no bound.",
            discussion: "Projects that nobody used for the longest time are given up first, pinned ones never.",
            valueName: "size"))
    var cacheSize: ByteSize?

    @Option(help: "The longest file that may be uploaded, in MiB.")
    var fileSizeLimit = 100

    @Option(help: "The longest file of a bundle that may be uploaded, in MiB.")
    var bundleFileSizeLimit = 2048

    @Option(help: "A roster of the nodes that this one is to know, as `tiebeam roster sign` wrote it.")
    var roster: String?

    @Option(help: "The public key that rosters are trusted by. It is kept, as the newest roster is, for later starts.")
    var rosterKey: String?

    @Flag(
        help: ArgumentHelp(
            "Share people and projects with the other regions of the roster. Everything can be written in each.",
            discussion: "A node that was made a region by `tiebeam region create` or `join` does so anyhow."))
    var joinRegions = false

    @Flag(
        help: ArgumentHelp(
            "The data directory was put back to a backup: write nothing before all other regions were heard.",
            discussion: "Else it would contradict what the others know of it, and they would take nothing more."))
    var restored = false

    @OptionGroup var compaction: CompactionOptions
    @OptionGroup var signIn: SignInOptions
    @OptionGroup var smtp: SMTPOptions
    @OptionGroup var webhooks: WebhookOptions

    @Option(help: "The address that clients reach the API by, like https://bim.example.com.")
    var publicURL: String?

    @Flag(
        inversion: .prefixedNo,
        help: ArgumentHelp(
            "Refuse what one person or address asks for too often; without saying so, unless only this machine can ask.",
            discussion: "Who is refused is told when to come again."))
    var rateLimits: Bool?

    @Flag(help: "Requests come by a proxy that says in X-Forwarded-For where from.")
    var behindProxy = false

    @Option(help: "The node's name, as clients show it.")
    var name = "Tiebeam"

    @Option(
        help: ArgumentHelp(
            "The e-mail of somebody who becomes the administrator, when the server has none.",
            discussion: "Two administrators may have taken the role from each other in two regions."))
    var administrator: String?

    @Option(
        help: ArgumentHelp("Write the addresses as JSON into this file once the node is ready.", visibility: .hidden))
    var readyFile: String?

    @Flag(help: "Log more.")
    var verbose = false

    func validate() throws {
        for port in [self.apiPort, self.syncPort] where !(0...65_535).contains(port) {
            throw ValidationError("A port is a number from 0 to 65535.")
        }
        for limit in [self.fileSizeLimit, self.bundleFileSizeLimit]
        where !(1...Int(BlobParts.byteCountMax >> 20)).contains(limit) {
            throw ValidationError("A file may be limited to 1 to \(BlobParts.byteCountMax >> 20) MiB.")
        }
        guard (0...Int(Limits.leaseSecondsMax / 3600)).contains(self.edgeLease) else {
            throw ValidationError("Edges may go on for up to \(Limits.leaseSecondsMax / 3600) hours.")
        }
        if let size = self.cacheSize, size.byteCount < EdgeNode.cacheByteCountMin {
            throw ValidationError("An edge keeps 16MB or more.")
        }
        guard self.syncConnections >= 1 else { throw ValidationError("At least one connection must be allowed.") }
        if let key = self.rosterKey, RosterKey(key) == nil {
            throw ValidationError("A roster's key is 64 lower-case hexadecimal digits, as `tiebeam roster key` prints.")
        }
        for project in self.pin where !WireText.isIdentifier(project) {
            throw ValidationError("\(project) is no id of a project.")
        }
        for limit in self.syncLimit where BandwidthSchedule.Rule(limit) == nil {
            throw ValidationError("\(limit) is no limit. It looks like 20Mbit, or mon-fri 08:00-18:00 5Mbit.")
        }
    }

    func run() async throws {
        try await Exit.explaining {
            let directory = try DataDirectory(
                self.data, isRestored: self.restored,
                segmentByteCountMax: self.cacheSize.map { EdgeNode.segmentByteCountMax(in: $0.byteCount) })
            if let region = try EdgeMark(directory.url).region() {
                try await self.serveEdge(directory, of: region)
            } else {
                guard self.cacheSize == nil else {
                    throw ConfigurationFailure(text: "--cache-size is for edges: this node keeps everything.")
                }
                try await self.serve(directory)
            }
            try directory.close()
        }
    }

    private func serve(_ directory: DataDirectory) async throws {
        let logger = Output.logger(self.verbose ? .debug : .notice)
        let identity = try NodeIdentity.loadOrCreate(in: directory.url)
        let clock: @Sendable () -> Timestamp = { Timestamp.present() }
        let roster = try self.book(directory, logger)
        let metadata = MetadataService(
            store: directory.metadata, node: identity.nodeID, changes: directory.changes,
            nameOf: { roster?.current?.node($0)?.name ?? $0.rawValue }, clock: clock)
        try await self.appoint(metadata, logger)
        let listener = try await self.listen(identity, roster, logger)
        let dialler = try SyncDialler(hello: .region, identity: identity, roster: roster)
        let mirrors = MirrorService(
            directory.replica, dialler: dialler, roster: roster, logger: logger, clock: clock)
        let recovery = try Recovery(directory.url, gate: metadata.gate, isRestored: self.restored, logger)
        let regions = try self.regions(directory, identity, roster, dialler, recovery, logger, clock)
        let compaction = CompactionService(
            directory.replica, roster: regions == nil ? nil : roster, node: identity.nodeID,
            policy: self.compaction.policy, logger: logger, clock: clock)
        let organisation = try Organisation(directory.url, book: roster, node: identity.nodeID, clock: clock)
        // Only nodes of a roster ask for news.
        if roster != nil { try await directory.announceAll() }
        let uses = TokenUses(metadata: metadata, logger: logger)
        let provider = try self.signIn.provider()
        let outbox = MailOutbox(directory.url, isSending: self.smtp.isGiven, logger: logger, clock: clock)
        let mails = try self.smtp.service(sending: outbox, publicURL: self.publicURL, logger, clock)
        let services = NodeServices(
            configuration: self.configuration,
            metadata: metadata, uses: uses, objects: directory.blocks, blobs: directory.blobs,
            links: LinkSigner(secret: try identity.secret(for: "links")), changes: directory.changes,
            events: directory.events, rateLimiter: self.rateLimiter, gzipCache: try directory.gzipCache(),
            mirrors: NodeMirrorControl(service: mirrors),
            roster: { roster?.current },
            regions: NodeRegionControl(service: regions, compaction: compaction, organisation: organisation),
            elsewhere: try provider.map { SignInElsewhere($0.provider, secret: try identity.secret(for: "sign-in")) },
            mail: outbox,
            clock: clock)
        let banner = Banner(identity: identity, syncPort: listener.port, readyFile: self.readyFile, data: self.data)
        let api = try NodeAPI(services, logger: logger)
        let handler = ProjectSyncHandler(
            directory.replica,
            authority: NodeSyncAuthority(
                access: NodeAccess(metadata: metadata, uses: uses, clock: clock), metadata: metadata),
            roster: roster, admission: organisation,
            edges: EdgeServing(
                signer: try LeaseSigner(directory.url), calls: NodeCallHandler(api: api, clock: clock),
                leaseSeconds: UInt64(self.edgeLease) * 3600, clock: clock),
            place: metadata.place, isRegion: regions != nil,
            onNode: { regions?.heard(of: $0) })
        let upgrade = ProtocolUpgrade(name: SyncListener.upgrade.protocol, path: SyncListener.upgrade.path) {
            try listener.adopt($0, handler)
        }
        let application = NodeApplication(api, services.configuration, upgrade: upgrade, logger: logger) {
            [metadata] port in
            let isNew = (try? await metadata.store.read { try $0.userCount() }) == 0
            banner.show(apiPort: port, isNew: isNew)
        }
        let sync = SyncService(listener: listener, handler: handler)
        let timeouts = IngestionTimeouts(metadata: metadata, blobs: directory.blobs, logger: logger, clock: clock)
        let webhooks = WebhookService(
            metadata, services.configuration, policy: try self.webhooks.policy, logger: logger, clock: clock)
        var running: [any Service] = [mirrors, sync, application.service, compaction, timeouts, uses, webhooks]
        if let regions { running.append(regions) }
        if let provider { running.append(provider.fetcher) }
        if let mails { running.append(mails) }
        try await Self.run(running, logger)
    }

    private func appoint(_ metadata: MetadataService, _ logger: Logger) async throws {
        guard let email = self.administrator else { return }
        do {
            let isNew = try await metadata.perform(AppointAdministrator(email: email), actor: nil)
            logger.notice("\(isNew ? "the server has an administrator" : "the server had an administrator already")")
        } catch let error as DomainError {
            throw ConfigurationFailure(text: error.message)
        }
    }

    private var configuration: NodeConfiguration {
        NodeConfiguration(
            host: self.host, port: self.apiPort, publicURL: self.publicURL, serverName: self.name,
            fileByteCountMax: UInt64(self.fileSizeLimit) << 20,
            bundleFileByteCountMax: UInt64(self.bundleFileSizeLimit) << 20, isBehindProxy: self.behindProxy,
            sendsMails: self.smtp.isGiven, version: Tiebeam.version)
    }

    private var rateLimiter: any RateLimiter {
        let isLoopback = ["localhost", "::1"].contains(self.host) || self.host.hasPrefix("127.")
        return self.rateLimits ?? !isLoopback ? MemoryRateLimiter() : NoRateLimits()
    }

    private func serveEdge(_ directory: DataDirectory, of region: NodeID) async throws {
        let logger = Output.logger(self.verbose ? .debug : .notice)
        let edge = try await EdgeNode(
            directory, preferring: region, roster: try self.book(directory, logger), writes: self.writes,
            pins: self.pin.map(ProjectID.init(rawValue:)), cacheByteCountMax: self.cacheSize?.byteCount,
            self.configuration, logger)
        let banner = Banner(
            identity: edge.identity, syncPort: nil, readyFile: self.readyFile, data: self.data)
        let application = NodeApplication(edge.api, self.configuration, logger: logger) { port in
            banner.show(apiPort: port, isNew: false)
        }
        try await Self.run(edge.services + [application.service], logger)
        try edge.close()
    }

    private func book(_ directory: DataDirectory, _ logger: Logger) throws -> RosterBook? {
        try RosterFiles(directory.url).book(
            key: self.rosterKey.flatMap { RosterKey($0) }, roster: try self.roster.map(RosterFiles.read), logger)
    }

    /// Follows the other regions; `nil` when this node stands alone.
    private func regions(
        _ directory: DataDirectory, _ identity: NodeIdentity, _ roster: RosterBook?, _ dialler: SyncDialler,
        _ recovery: Recovery, _ logger: Logger, _ clock: @escaping @Sendable () -> Timestamp
    ) throws -> RegionService? {
        guard self.joinRegions || RegionMark(directory.url).isSet else {
            guard !recovery.isUnderWay else {
                throw ConfigurationFailure(text: "--restored is for regions: this node hears no other ones.")
            }
            return nil
        }
        guard let roster, roster.current?.node(identity.nodeID)?.role == .region else {
            throw ConfigurationFailure(
                text: "A region needs a roster that lists this node, \(identity.nodeID), as one.")
        }
        return RegionService(
            directory.replica, dialler: dialler, roster: roster, node: identity.nodeID, logger: logger, clock: clock
        ) { recovery.end() }
    }

    private func listen(
        _ identity: NodeIdentity, _ roster: RosterBook?, _ logger: Logger
    ) async throws -> SyncListener {
        do {
            return try await SyncListener(
                host: self.host, port: self.syncPort, identity: identity, hello: .region, roster: roster,
                limit: BandwidthSchedule(rules: self.syncLimit.compactMap { .init($0) }).limitNow,
                connectionCountMax: self.syncConnections, logger: logger)
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw ConfigurationFailure(
                text: "The sync port \(self.syncPort) is in use. Choose another with --sync-port.")
        }
    }

    private static func run(_ services: [any Service], _ logger: Logger) async throws {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        var configuration = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
        configuration.maximumGracefulShutdownDuration = .seconds(3)
        try await ServiceGroup(configuration: configuration).run()
    }
}

extension HelloMessage {
    /// What a node announces at its sync port.
    static let region = HelloMessage(role: .region, streamCredit: 32 << 20, connectionCredit: 64 << 20)
    /// What an edge announces.
    static let edge = HelloMessage(role: .edge, streamCredit: 32 << 20, connectionCredit: 64 << 20)
    /// What a node announces that copies a project.
    static let replica = HelloMessage(role: .client, streamCredit: 32 << 20, connectionCredit: 64 << 20)
}
