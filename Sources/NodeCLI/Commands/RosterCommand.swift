import ArgumentParser
import Foundation
import ObjectModel
import Storage
import SyncProtocol
import SyncTransport

/// The nodes of one organisation, and who says so.
struct RosterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "roster",
        abstract: "Say which nodes belong together, so that they trust each other without tokens.",
        subcommands: [Key.self, Sign.self, Show.self])

    struct Key: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make the key that signs rosters, and print its public half for `tiebeam serve --roster-key`.",
            discussion: "Whoever has the file decides which nodes are trusted. Keep it offline, and a copy of it.")

        @Argument(help: "The file to make.")
        var file: String

        @Flag(name: .customLong("public"), help: "Make nothing: print the public half of a key that is there.")
        var isPublicOnly = false

        func run() async throws {
            try await Exit.explaining {
                let signer = self.isPublicOnly ? try RosterSigner(file: self.file) : RosterSigner()
                if !self.isPublicOnly { try signer.write(to: self.file) }
                Output.line("\(signer.publicKey)")
            }
        }
    }

    struct Sign: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sign a roster.",
            discussion: """
                The description is JSON: {"version": 1, "nodes": [{"id": "…", "name": "paris", "role": "region",
                "region": "Europe", "addresses": ["tiebeam://paris.example.com:3001"]}]}. A node may have a list of
                projects that it may read; without one, regions read all projects and edges none.
                """)

        @Argument(help: "The description.")
        var description: String

        @Option(help: "The file of the key.")
        var key: String

        @Option(help: "The file to write. A roster in it must have a lower version.")
        var output: String

        func run() async throws {
            try await Exit.explaining {
                let signer = try RosterSigner(file: self.key)
                let roster = try RosterDescription.read(self.description).roster(issuedAt: .present())
                if FileManager.default.fileExists(atPath: self.output) {
                    let before = try Roster(file: self.output)
                    guard roster.version > before.version else {
                        throw ConfigurationFailure(
                            text: "\(self.output) has version \(before.version) already. Nodes take higher ones only.")
                    }
                }
                let message = try signer.sign(roster)
                do {
                    try Data(message.encoded()).write(to: URL(fileURLWithPath: self.output), options: .atomic)
                } catch {
                    throw StorageError.io("\(self.output): \(error.localizedDescription)")
                }
                Output.line("Signed version \(roster.version) with \(roster.nodes.count) nodes.")
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a roster.")

        @Argument(help: "A file that `tiebeam roster sign` wrote. Its signature is not checked.")
        var file: String?

        @Option(help: "Instead, the data directory of a node: the roster that it goes by.")
        var data: String?

        @Flag(help: "Print the description as JSON.")
        var json = false

        func validate() throws {
            guard (self.file == nil) != (self.data == nil) else {
                throw ValidationError("Give either a file or --data.")
            }
        }

        func run() async throws {
            try await Exit.explaining {
                let roster = try self.roster()
                if self.json { return try Output.json(RosterDescription(roster)) }
                let issued = Date(timeIntervalSince1970: Double(roster.issuedAt.millisecondsSinceEpoch) / 1000)
                Output.line("Version \(roster.version) of \(issued.formatted(.iso8601)), \(roster.nodes.count) nodes\n")
                Output.table(
                    [["NAME", "ROLE", "REGION", "READS", "NODE ID", "ADDRESSES"]] + roster.nodes.map(Self.row))
            }
        }

        private func roster() throws -> Roster {
            if let file { return try Roster(file: file) }
            let directory = URL(fileURLWithPath: self.data ?? "", isDirectory: true)
            guard let roster = try RosterFiles(directory).book(Output.logger())?.current else {
                throw ConfigurationFailure(text: "\(directory.path) has no roster.")
            }
            return roster
        }

        private static func row(_ node: RosterNode) -> [String] {
            let reads =
                node.projects.map { $0.count == 1 ? "1 project" : "\($0.count) projects" }
                ?? (node.role == .region ? "all" : "nothing")
            return [
                node.name, node.role.name, node.region, reads, node.id.rawValue,
                node.addresses.map(\.description).joined(separator: " "),
            ]
        }
    }
}

extension Roster {
    /// - Throws: ``ConfigurationFailure`` when the file is no roster.
    fileprivate init(file: String) throws {
        let message = try RosterFiles.read(file)
        do {
            try self.init(decoding: message.document.span.bytes)
        } catch {
            throw ConfigurationFailure(text: "\(file) holds no roster that this release can read.")
        }
    }
}
