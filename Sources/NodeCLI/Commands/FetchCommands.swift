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

    @OptionGroup var further: FurtherSources

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
            let sources = try self.further.sources(of: address.project, besides: [target.node])
            let data = try DataDirectory(self.directory)
            let mirror = Mirror(
                project: address.project, sourceAddress: target.address, sourceNode: target.node,
                sourceToken: try self.peer.givenToken(), createdAt: .present())
            try await data.metadata.write { rows in
                try rows.put(mirror)
                for source in sources { try rows.put(source) }
            }
            try await Fetching(data: data, json: self.json).run(mirror.project, "Cloned")
            try data.close()
        }
    }
}

/// Brings a copy up to date.
struct Pull: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring a copy up to date, from the nodes that it was cloned from.")

    @Argument(help: "The copy's directory.")
    var directory: String

    @Option(help: "Another token, kept from now on.")
    var token: String?

    @Option(help: "Another node to pull the project from, from now on: tiebeam://host:port/project. Needs --node-id.")
    var from: String?

    @Option(help: "The id of the other node.")
    var nodeID: String?

    @OptionGroup var further: FurtherSources

    @Option(help: "The id of a node that was given with --also and is not to be asked any more.")
    var forgetSource: [String] = []

    @Flag(help: "Then stay, and bring what is new as soon as it is there. Stop it with Control-C or SIGTERM.")
    var watch = false

    @Flag(help: "Print the figures as JSON.")
    var json = false

    func run() async throws {
        try await Exit.explaining {
            let copies = try await Copies(self.directory)
            if let from { try await self.move(copies, to: try PeerOptions.address(from)) }
            for node in self.forgetSource { try await self.forget(NodeID(rawValue: node), copies) }
            if !self.further.isEmpty { try await self.extend(copies) }
            for var mirror in try await copies.data.metadata.read({ try $0.mirrors() }) {
                if let token = self.token, mirror.sourceToken != token {
                    mirror.sourceToken = token
                    try await copies.data.metadata.write { [mirror] in try $0.put(mirror) }
                }
                try await Fetching(data: copies.data, json: self.json).run(mirror.project, "Pulled")
            }
            if self.watch { try await Watching(data: copies.data, json: self.json).run() }
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
        guard let node = try self.nodeID.map(PeerOptions.node) else {
            throw UsageFailure(text: "Give the node's id with --node-id.")
        }
        mirror.sourceAddress = address.node
        mirror.sourceNode = node
        try await copies.data.metadata.write { [mirror] rows in
            var mirror = mirror
            // Cursors are of one node: what is held is said by roots until the first answer of a new one.
            let known = try rows.mirrorSource(mirror.sourceNode, of: mirror.project)
            (mirror.epoch, mirror.nextOrdinal) = (known?.epoch ?? 0, known?.nextOrdinal ?? 0)
            try rows.deleteMirrorSource(mirror.sourceNode, of: mirror.project)
            try rows.put(mirror)
        }
    }

    /// Adds further sources; those that are known get the new address and token.
    private func extend(_ copies: Copies) async throws {
        guard let text = self.further.also.first else {
            throw UsageFailure(text: "Give --also with --also-node-id and --also-token.")
        }
        let project = try PeerOptions.address(text).project
        guard let mirror = try await copies.data.metadata.read({ try $0.mirror(of: project) }) else {
            throw UsageFailure(text: "\(self.directory) is no copy of the project \(project).")
        }
        let added = try self.further.sources(of: project, besides: [mirror.sourceNode])
        try await copies.data.metadata.write { rows in
            for var source in added {
                let known = try rows.mirrorSource(source.node, of: project)
                (source.epoch, source.nextOrdinal) = (known?.epoch ?? 0, known?.nextOrdinal ?? 0)
                try rows.put(source)
            }
            guard try rows.mirrorSources(of: project).count < MirrorSource.sourceCountMax else {
                throw UsageFailure(text: "A project has at most \(MirrorSource.sourceCountMax) sources.")
            }
        }
    }

    private func forget(_ node: NodeID, _ copies: Copies) async throws {
        try await copies.data.metadata.write { rows in
            let holding = try rows.mirrors().map(\.project).filter { project in
                try rows.mirrorSource(node, of: project) != nil
            }
            guard !holding.isEmpty else {
                throw UsageFailure(text: "The node \(node) is no further source of \(self.directory).")
            }
            for project in holding { try rows.deleteMirrorSource(node, of: project) }
        }
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

    static func node(_ text: String) throws -> NodeID {
        guard NodeID.isValid(text) else {
            throw UsageFailure(text: "A node id is 64 lower-case hexadecimal digits.")
        }
        return NodeID(rawValue: text)
    }

    func target(_ address: SyncAddress) throws -> SyncDialler.Target {
        SyncDialler.Target(
            address.node, node: try Self.node(self.nodeID), credential: .token(try self.givenToken()))
    }

    func givenToken() throws -> String {
        guard let token = self.token ?? ProcessInfo.processInfo.environment["TIEBEAM_TOKEN"], WireText.isToken(token)
        else { throw UsageFailure(text: "Give a token with --token or in TIEBEAM_TOKEN.") }
        return token
    }
}
