import ArgumentParser
import Foundation
import NIOHTTP1
import ObjectModel
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

    fileprivate static func check(_ answer: APIClient.Answer) throws {
        guard !(200..<300).contains(answer.status) else { return }
        let detail = try? JSONDecoder().decode(Failure.self, from: answer.body).error.message
        let plain = (try? JSONDecoder().decode([String: String].self, from: answer.body))?["error"]
        throw ConfigurationFailure(text: detail ?? plain ?? "The node answered with status \(answer.status).")
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Copy a project and keep the copy up to date, across restarts too.")

        @Argument(help: "The project's address: tiebeam://host:port/project.")
        var source: String

        @Option(help: "A token for the source with the scope streams:read.")
        var sourceToken: String

        @Option(help: "The id of the source's node, as it shows it at its start.")
        var nodeID: String

        @OptionGroup var node: NodeOptions

        private struct Body: Encodable {
            var project: String
            var host: String
            var port: Int
            var route: SyncRoute
            var nodeID: String
            var token: String
        }

        func run() async throws {
            try await Exit.explaining {
                let address = try PeerOptions.address(self.source)
                let body = Body(
                    project: address.project.rawValue, host: address.host, port: Int(address.port),
                    route: address.route,
                    nodeID: self.nodeID, token: self.sourceToken)
                let answer = try await self.node.client().send(.POST, "/api/mirrors", JSONEncoder().encode(body))
                try MirrorCommand.check(answer)
                print("Copying \(address). `tiebeam mirror list` shows how far it is.")
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
            var lastCompleted: String?
            var problem: String?
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
                    let state = item.problem ?? item.lastCompleted.map { "complete at \($0)" } ?? "not complete yet"
                    print("\(item.project)  \(item.name ?? "(no name yet)")  from \(item.source): \(state)")
                }
            }
        }
    }
}
