import ArgumentParser
import Foundation
import NIOHTTP1
import ObjectModel
import Storage
import SyncProtocol

/// Copies that a running node keeps of other nodes' projects.
struct MirrorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mirror", abstract: "Let a running node keep copies of other nodes' projects.",
        subcommands: [Add.self, List.self])

    /// The node to administer.
    struct NodeOptions: ParsableArguments {
        @Option(help: "The node's API.")
        var api = "http://localhost:3000"

        @Option(help: "A token of an administrator of it. TIEBEAM_TOKEN is used when it is not given.")
        var token: String?

        func client() throws -> APIClient {
            guard let token = self.token ?? ProcessInfo.processInfo.environment["TIEBEAM_TOKEN"],
                WireText.isToken(token)
            else { throw UsageFailure(text: "Give a token with --token or in TIEBEAM_TOKEN.") }
            return APIClient(origin: self.api, token: token)
        }
    }

    private struct Failure: Decodable {
        struct Detail: Decodable { var message: String }
        var error: Detail
    }

    static func check(_ answer: APIClient.Answer) throws {
        guard !(200..<300).contains(answer.status) else { return }
        let detail = try? JSONDecoder().decode(Failure.self, from: answer.body).error.message
        let plain = (try? JSONDecoder().decode([String: String].self, from: answer.body))?["error"]
        throw ConfigurationFailure(text: detail ?? plain ?? "The node answered with status \(answer.status).")
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Copy a project and keep the copy up to date, across restarts too.")

        @Argument(
            help:
                "The project's address, tiebeam://host:port/project, or with --node only its id: the roster says where."
        )
        var source: String

        @Option(
            help: ArgumentHelp(
                "A token for the source with the scope streams:read.",
                discussion: "Without it the node proves itself by its certificate: both know each other by a roster."))
        var sourceToken: String?

        @Option(help: "The id of the source's node, as it shows it at its start.")
        var nodeID: String?

        @Option(name: .customLong("node"), help: "Instead, the name of the source's node in the roster.")
        var nodeName: String?

        @OptionGroup var further: FurtherSources

        @OptionGroup var node: NodeOptions

        private struct Source: Encodable {
            var host: String?
            var port: UInt16?
            var route: SyncRoute?
            var nodeID: String
            var token: String?

            init(_ source: MirrorSource) {
                self.host = source.address?.host
                self.port = source.address?.port
                self.route = source.address?.route
                self.nodeID = source.node.rawValue
                self.token = source.token
            }
        }

        private struct Body: Encodable {
            var project: String
            var host: String?
            var port: UInt16?
            var route: SyncRoute?
            var nodeID: String?
            var node: String?
            var token: String?
            var also: [Source]
        }

        func validate() throws {
            guard (self.nodeID == nil) != (self.nodeName == nil) else {
                throw ValidationError("Say which node the source is, with --node-id or with --node.")
            }
        }

        func run() async throws {
            try await Exit.explaining {
                let isAlone = self.nodeName != nil && WireText.isIdentifier(self.source)
                let address = isAlone ? nil : try PeerOptions.address(self.source)
                let also = try self.further.sources(
                    of: ProjectID(rawValue: address?.project.rawValue ?? self.source),
                    besides: [self.nodeID].compactMap { $0.map(NodeID.init(rawValue:)) })
                let body = Body(
                    project: address?.project.rawValue ?? self.source, host: address?.node.host,
                    port: address?.node.port, route: address?.node.route, nodeID: self.nodeID, node: self.nodeName,
                    token: self.sourceToken, also: also.map(Source.init))
                let answer = try await self.node.client().send(.POST, "/api/mirrors", JSONEncoder().encode(body))
                try MirrorCommand.check(answer)
                print("Copying \(self.source). `tiebeam mirror list` shows how far it is.")
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the copies that a node keeps.")

        @OptionGroup var node: NodeOptions

        @Flag(help: "Print the list as JSON.")
        var json = false

        private struct Item: Decodable {
            var project: String
            var name: String?
            var source: String
            var also: [String]
            var lastCompleted: String?
            var servedBy: String?
            var problem: String?

            var state: String {
                if let problem { return problem }
                guard let lastCompleted else { return "not complete yet" }
                let server = self.also.isEmpty ? nil : self.servedBy.map { ", by \($0)" }
                return "complete at \(lastCompleted)\(server ?? "")"
            }
        }

        func run() async throws {
            try await Exit.explaining {
                let answer = try await self.node.client().send(.GET, "/api/mirrors")
                try MirrorCommand.check(answer)
                if self.json {
                    FileHandle.standardOutput.write(answer.body + Data("\n".utf8))
                    return
                }
                let items = try JSONDecoder().decode([Item].self, from: answer.body)
                if items.isEmpty { print("This node copies no project.") }
                for item in items {
                    let sources = ([item.source] + item.also).joined(separator: ", ")
                    print("\(item.project)  \(item.name ?? "(no name yet)")  from \(sources): \(item.state)")
                }
            }
        }
    }
}
