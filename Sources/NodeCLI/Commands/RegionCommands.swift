import ArgumentParser
import Foundation
import Logging
import NIOHTTP1
import ObjectModel
import Storage
import SyncProtocol
import SyncTransport

/// The nodes of an organisation that share everything: founding, inviting, joining, leaving.
struct RegionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "region", abstract: "Make nodes regions of one organisation that share everything.",
        subcommands: [Create.self, Invite.self, Join.self, List.self, Purges.self, Remove.self, TakeOver.self],
        aliases: ["peer"])

    /// The node that is made a region, while it does not run.
    struct PlaceOptions: ParsableArguments {
        @Argument(help: "The node's name: 1 to 63 of a to z, 0 to 9 and -.")
        var name: String

        @Option(
            help: "Where the other nodes reach its sync port, like tiebeam://paris.example.com:3001. May be repeated.")
        var address: [String]

        @Option(help: "Where in the world it stands, in words. The name is used when it is not given.")
        var region: String?

        @Option(help: "Where the node keeps its data.")
        var data = "./data"

        /// - Throws: ``ConfigurationFailure``, ``UsageFailure``.
        func node(_ id: NodeID, _ role: NodeRole) throws -> RosterNode {
            guard !self.address.isEmpty else {
                throw UsageFailure(text: "Say with --address where the node is reached.")
            }
            let described = RosterDescription.Node(
                id: id.rawValue, name: self.name, role: role.name, region: self.region ?? self.name,
                addresses: self.address, projects: nil)
            return try described.node()
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a node the first region of an organisation.",
            discussion: """
                The node keeps the organisation's key, organisation.pem in its data directory: whoever has the file decides
                which nodes are trusted. Keep a copy of it.
                """)

        @OptionGroup var place: PlaceOptions

        func run() async throws {
            try await Exit.explaining {
                let directory = try DataDirectory(self.place.data)
                let identity = try NodeIdentity.loadOrCreate(in: directory.url)
                let (files, key) = (RosterFiles(directory.url), OrganisationKey(directory.url))
                guard try files.book(Output.logger(.warning)) == nil else {
                    throw UsageFailure(text: "This node goes by a roster already.")
                }
                let node = try self.place.node(identity.nodeID, .region)
                // One that was made before a crash is as good as a new one.
                let signer = try key.signer() ?? key.create()
                let roster = try signer.sign(Roster(version: 1, issuedAt: .present(), nodes: [node]))
                try RegionMark(directory.url).set()
                _ = try files.book(key: signer.publicKey, roster: roster, Output.logger(.warning))
                try directory.close()
                Output.line(
                    """
                    \(self.place.name) is the first region. Start it:

                      tiebeam serve --data \(self.place.data)

                    Then invite the others, each with a command of its own:

                      tiebeam region invite --token ADMIN
                    """)
            }
        }
    }

    struct Invite: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let one further node in: prints an invitation for `tiebeam region join`.",
            discussion: "It holds for one node and one day. Whoever has it can read everything: send it by a safe way.")

        @OptionGroup var node: MirrorCommand.NodeOptions

        func run() async throws {
            try await Exit.explaining { Output.line(try await self.node.client().invite("/api/regions/invitations")) }
        }
    }

    struct Join: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a node a region of the organisation that invited it.", aliases: ["add"])

        @Argument(help: "What `tiebeam region invite` printed.")
        var invitation: String

        @OptionGroup var place: PlaceOptions

        func run() async throws {
            try await Exit.explaining {
                let invitation = try Invitation(self.invitation)
                let directory = try DataDirectory(self.place.data)
                let identity = try NodeIdentity.loadOrCreate(in: directory.url)
                let node = try self.place.node(identity.nodeID, .region)
                let users = try await directory.metadata.read { try $0.userCount() }
                guard users == 0 || RegionMark(directory.url).isSet else {
                    throw UsageFailure(
                        text: "\(self.place.data) has people of its own. A region begins with an empty data directory.")
                }
                let roster = try await RegionEntry(directory.url, identity).join(node, by: invitation)
                try RegionMark(directory.url).set()
                try directory.close()
                Output.line(
                    """
                    \(node.name) is a region beside \(Self.names(roster, but: node.id)). Start it:

                      tiebeam serve --data \(self.place.data)
                    """)
            }
        }

        private static func names(_ roster: Roster, but own: NodeID) -> String {
            roster.nodes.filter { $0.id != own }.map(\.name).sorted().joined(separator: ", ")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the other regions and how far they are here.", aliases: ["status"])

        @OptionGroup var node: MirrorCommand.NodeOptions

        @Flag(help: "Print the list as JSON.")
        var json = false

        private struct Item: Decodable {
            var name: String
            var region: String
            var lastCompleted: String?
            var problem: String?
            var lastHeard: String?
            var unacknowledged: Int?
            var evicted: Bool

            /// What holds compaction back, if anything.
            var standing: String {
                if self.evicted { return ", evicted: not heard since \(self.lastHeard ?? "it was listed")" }
                guard let unacknowledged, unacknowledged > 0 else { return "" }
                return ", \(unacknowledged) operations not acknowledged"
            }
        }

        func run() async throws {
            try await Exit.explaining {
                let answer = try await self.node.client().get("/api/regions", asJSON: self.json)
                guard let answer else { return }
                let items = try JSONDecoder().decode([Item].self, from: answer)
                if items.isEmpty { print("This node shares nothing with other regions.") }
                for item in items {
                    let state = item.problem ?? item.lastCompleted.map { "complete at \($0)" } ?? "not complete yet"
                    print("\(item.name)  \(item.region): \(state)\(item.standing)")
                }
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Trust a node no more. It keeps what it has; nobody gives it anything from now on.")

        @Argument(help: "The node's name.")
        var name: String

        @OptionGroup var node: MirrorCommand.NodeOptions

        func run() async throws {
            try await Exit.explaining {
                guard RosterNode.isName(self.name) else {
                    throw UsageFailure(text: "\(self.name) is no name of a node.")
                }
                let answer = try await self.node.client().send(.DELETE, "/api/regions/\(self.name)")
                try MirrorCommand.check(answer)
                Output.line("\(self.name) is trusted no more.")
            }
        }
    }
}

extension RegionCommand {
    struct TakeOver: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "take-over",
            abstract: "Tell webhooks what a region that is lost accepted and may not have told them.",
            discussion: "Receivers know by the header webhook-id what they have got before.")

        @Argument(help: "The lost region's name.")
        var name: String

        @Option(help: "What it accepted within so many hours, at most 720.")
        var hours = 24

        @OptionGroup var node: MirrorCommand.NodeOptions

        private struct Answer: Decodable {
            var deliveries: Int
        }

        func run() async throws {
            try await Exit.explaining {
                guard RosterNode.isName(self.name) else {
                    throw UsageFailure(text: "\(self.name) is no name of a node.")
                }
                let answer = try await self.node.client().send(
                    .POST, "/api/regions/\(self.name)/webhooks", JSONEncoder().encode(["hours": self.hours]))
                try MirrorCommand.check(answer)
                let count = try JSONDecoder().decode(Answer.self, from: answer.body).deliveries
                Output.line("\(count) events of \(self.name) are on their way.")
            }
        }
    }
}

extension APIClient {
    private struct Invited: Decodable {
        var invitation: String
    }

    /// The invitation of a further node.
    func invite(_ path: String, _ body: Data = Data()) async throws -> String {
        let answer = try await self.send(.POST, path, body)
        try MirrorCommand.check(answer)
        return try JSONDecoder().decode(Invited.self, from: answer.body).invitation
    }
}
