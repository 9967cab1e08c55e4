import ArgumentParser
import Foundation
import ObjectModel
import Replicator
import Storage
import SyncProtocol
import SyncTransport

/// Makes a copy of a project.
struct Clone: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy a project from a node into a new directory.",
        discussion: "When it is interrupted, `tiebeam pull` goes on where it stopped.")

    @Argument(help: "The project's address: tiebeam://host:port/project.")
    var source: String

    @Argument(help: "The directory to make.")
    var directory: String

    @OptionGroup var peer: PeerOptions

    @Flag(help: "Print the figures as JSON.")
    var json = false

    func run() async throws {
        try await Exit.explaining {
            let address = try PeerOptions.address(self.source)
            guard !DataDirectory.exists(at: self.directory) else {
                throw UsageFailure(
                    text: "\(self.directory) holds data already. `tiebeam pull` brings a copy up to date.")
            }
            let target = try self.peer.target(address)
            let data = try DataDirectory(self.directory)
            let mirror = Mirror(
                project: address.project, sourceAddress: target.address, sourceNode: target.node,
                sourceToken: try self.peer.givenToken(), createdAt: .present())
            try await data.metadata.write { try $0.put(mirror) }
            try await Fetching(data: data, json: self.json).run(mirror, "Cloned")
            try data.close()
        }
    }
}

/// Brings a copy up to date.
struct Pull: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring a copy up to date, from the node that it was cloned from.")

    @Argument(help: "The copy's directory.")
    var directory: String

    @Option(help: "Another token, kept from now on.")
    var token: String?

    @Option(help: "Another node to pull the project from, from now on: tiebeam://host:port/project. Needs --node-id.")
    var from: String?

    @Option(help: "The id of the other node.")
    var nodeID: String?

    @Flag(help: "Print the figures as JSON.")
    var json = false

    func run() async throws {
        try await Exit.explaining {
            let copies = try await Copies(self.directory)
            if let from { try await self.move(copies, to: try PeerOptions.address(from)) }
            for var mirror in try await copies.data.metadata.read({ try $0.mirrors() }) {
                if let token = self.token, mirror.sourceToken != token {
                    mirror.sourceToken = token
                    try await copies.data.metadata.write { [mirror] in try $0.put(mirror) }
                }
                try await Fetching(data: copies.data, json: self.json).run(mirror, "Pulled")
            }
            try copies.data.close()
        }
    }
}

extension Pull {
    /// Makes another node the source of its project. What is here already does not come again.
    private func move(_ copies: Copies, to address: SyncAddress) async throws {
        guard var mirror = copies.mirrors.first(where: { $0.project == address.project }) else {
            throw UsageFailure(text: "\(self.directory) is no copy of the project \(address.project).")
        }
        guard let node = self.nodeID, WireText.isNodeID(NodeID(rawValue: node)) else {
            throw UsageFailure(text: "Give the node's id with --node-id: 64 lower-case hexadecimal digits.")
        }
        mirror.sourceAddress = address.node
        mirror.sourceNode = NodeID(rawValue: node)
        // Cursors are of one node: what is held is said by roots until the first answer of the new one.
        (mirror.epoch, mirror.nextOrdinal) = (0, 0)
        try await copies.data.metadata.write { [mirror] in try $0.put(mirror) }
    }
}

/// Which node, and in whose name.
struct PeerOptions: ParsableArguments {
    @Option(help: "A token of the API with the scope streams:read. TIEBEAM_TOKEN is used when it is not given.")
    var token: String?

    @Option(help: "The id of the node, as it shows it at its start: no other node is trusted.")
    var nodeID: String

    static func address(_ text: String) throws -> SyncAddress {
        guard let address = SyncAddress(text) else {
            throw UsageFailure(text: "\(text) is no address of a project. It looks like tiebeam://host:port/project.")
        }
        return address
    }

    func target(_ address: SyncAddress) throws -> SyncDialler.Target {
        guard WireText.isNodeID(NodeID(rawValue: self.nodeID)) else {
            throw UsageFailure(text: "A node id is 64 lower-case hexadecimal digits.")
        }
        return SyncDialler.Target(
            address.node, node: NodeID(rawValue: self.nodeID), credential: .token(try self.givenToken()))
    }

    func givenToken() throws -> String {
        guard let token = self.token ?? ProcessInfo.processInfo.environment["TIEBEAM_TOKEN"], WireText.isToken(token)
        else { throw UsageFailure(text: "Give a token with --token or in TIEBEAM_TOKEN.") }
        return token
    }
}

/// Fetches one project for `clone` and `pull`, over as many connections as it takes.
private struct Fetching {
    private static let attemptCountMax = 5

    let data: DataDirectory
    let json: Bool

    func run(_ mirror: Mirror, _ verb: String) async throws {
        let start = ContinuousClock.now
        let line = ProgressLine()
        defer { line.end() }
        var report = TransferReport(
            objects: 0, wireBytesReceived: 0, wireBytesSent: 0, frameBytesReceived: 0, frameBytesSent: 0,
            roundTrips: 0, seconds: 0, upToDate: false)
        try await self.fetch(mirror, into: &report, line)
        line.end()
        report.seconds = Figures.seconds(start.duration(to: .now))
        let what = try await self.data.name(of: mirror.project)
        try report.show(
            asJSON: self.json,
            report.upToDate
                ? "\(what) is up to date (\(report.wireSummary))."
                : "\(verb) \(what): \(Figures.count(report.objects)) objects, \(Figures.bytes(report.rawBytes))"
                    + "\(report.fileSummary); "
                    + "\(report.wireSummary).")
    }

    private func fetch(_ mirror: Mirror, into report: inout TransferReport, _ line: ProgressLine) async throws {
        let source = try self.data.source(of: mirror)
        var generator = SystemRandomNumberGenerator()
        for attempt in 1...Self.attemptCountMax {
            do {
                let (fetched, traffic) = try await source.withConnection { connection in
                    let fetch = ProjectFetch(self.data.replica, project: mirror.project)
                    return (try await fetch.run(on: connection) { line.update($0) }, connection.counter.traffic)
                }
                report.add(fetched, traffic)
                return
            } catch let error as SyncTransportError where error.isRetryable && attempt < Self.attemptCountMax {
                let delay = Duration.milliseconds(200 << attempt) * Double.random(in: 0.5...1, using: &generator)
                try await Task.sleep(for: delay)
            }
        }
    }
}

extension TransferReport {
    fileprivate mutating func add(_ fetched: ProjectFetch.Report, _ traffic: WireCounter.Traffic) {
        self.objects += fetched.objectCount
        self.operations += fetched.operationCount
        self.rawBytes += fetched.rawByteCount
        self.files += fetched.fileCount
        self.fileBytes += fetched.fileByteCount
        self.add(traffic)
        self.roundTrips += 1
        self.upToDate = self.objects + self.operations == 0
    }

    mutating func add(_ traffic: WireCounter.Traffic) {
        self.wireBytesReceived += traffic.receivedByteCount
        self.wireBytesSent += traffic.sentByteCount
        self.frameBytesReceived += traffic.receivedFrameByteCount
        self.frameBytesSent += traffic.sentFrameByteCount
    }
}
