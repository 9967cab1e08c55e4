import ArgumentParser
import Foundation
import ObjectModel
import Storage
import SyncTransport

/// Nodes near an office that serve a region's projects from their own disk.
struct EdgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "edge", abstract: "Make nodes edges: caches near an office.",
        subcommands: [Invite.self, Join.self])

    struct Invite: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let one edge in: prints an invitation for `tiebeam edge join`.",
            discussion: "It holds for one node and one day.")

        @Option(
            help: ArgumentHelp(
                "A project that the edge may hold before anybody has asked it there, so that it can be pinned.",
                discussion: "May be given several times."))
        var project: [String] = []

        @OptionGroup var node: MirrorCommand.NodeOptions

        func run() async throws {
            try await Exit.explaining {
                let body = self.project.isEmpty ? Data() : try JSONEncoder().encode(["projects": self.project])
                Output.line(try await self.node.client().invite("/api/edges/invitations", body))
            }
        }
    }

    struct Join: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a node an edge of the organisation that invited it.",
            discussion: """
                It keeps no people and no tokens: people sign in to it as they do at the region, and it asks the region what \
                they may do.
                """)

        @Argument(help: "What `tiebeam edge invite` printed.")
        var invitation: String

        @Argument(help: "The node's name: 1 to 63 of a to z, 0 to 9 and -.")
        var name: String

        @Option(help: "Where in the world it stands, in words. The name is used when it is not given.")
        var place: String?

        @Option(help: "The region that it asks first, by its name. The one that invited it when it is not given.")
        var region: String?

        @Option(help: "Where the node keeps its data.")
        var data = "./data"

        func run() async throws {
            try await Exit.explaining {
                guard RosterNode.isName(self.name) else {
                    throw UsageFailure(text: "\(self.name) is no name of a node.")
                }
                let invitation = try Invitation(self.invitation)
                let directory = try DataDirectory(self.data)
                let users = try await directory.metadata.read { try $0.userCount() }
                guard users == 0, !RegionMark(directory.url).isSet else {
                    throw UsageFailure(
                        text: "\(self.data) belongs to another node. An edge begins with an empty data directory.")
                }
                let identity = try NodeIdentity.loadOrCreate(in: directory.url)
                let node = RosterNode(
                    id: identity.nodeID, name: self.name, role: .edge, region: self.place ?? self.name)
                let roster = try await RegionEntry(directory.url, identity).join(node, by: invitation)
                let region = try self.region.map { name in
                    guard let region = roster.node(named: name), region.role == .region else {
                        throw UsageFailure(text: "The roster lists no region \(name).")
                    }
                    return region.id
                }
                try EdgeMark(directory.url).set(region ?? invitation.node)
                try directory.close()
                Output.line(
                    """
                    \(self.name) is an edge. Start it:

                      tiebeam serve --data \(self.data)
                    """)
            }
        }
    }
}
