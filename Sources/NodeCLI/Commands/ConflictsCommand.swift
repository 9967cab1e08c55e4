import ArgumentParser
import Foundation
import NIOHTTP1

/// Where regions disagreed.
struct ConflictsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conflicts", abstract: "Show what was written in several regions at the same time.",
        discussion:
            "A conflict closes when somebody writes the thing again: renames it, sets the role, publishes a version.",
        subcommands: [List.self, Keep.self, Pick.self, Accept.self, Reject.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the open conflicts of a project.")

        @Argument(help: "The project's id; without it the conflicts of people and accounts are listed.")
        var project: String?

        @OptionGroup var node: MirrorCommand.NodeOptions

        @Flag(help: "Print the list as JSON.")
        var json = false

        private struct Item: Decodable {
            struct Side: Decodable {
                var region: String
                var userName: String?
                var at: String
                var value: String?
            }

            var id: String
            var kind: String
            var entity: String
            var field: String?
            var sides: [Side]

            var headline: String {
                switch self.kind {
                case "edited": "the \(self.field ?? "value") has several values; the latest is shown"
                case "restricted": "the strictest \(self.field ?? "right") holds"
                case "sameName": "several have one name; the first keeps it"
                case "diverged": "it has several newest versions"
                case "deletedInUse": "it was deleted and written to; it stays"
                case "ownerless": "nobody owns the project any more"
                case "quarantined": "its author's right was taken, or home moved, meanwhile; it does not show"
                default: self.kind
                }
            }
        }

        func run() async throws {
            try await Exit.explaining {
                let path = self.project.map { "/api/projects/\($0)/conflicts" } ?? "/api/conflicts"
                guard let answer = try await self.node.client().get(path, asJSON: self.json) else { return }
                let items = try JSONDecoder().decode([Item].self, from: answer)
                if items.isEmpty { print("There are no conflicts.") }
                for item in items {
                    print("\(item.id)  \(item.entity): \(item.headline)")
                    for side in item.sides {
                        print(
                            "    \(side.value ?? "(taken away)")  by \(side.userName ?? "the server"), \(side.region), \(side.at)"
                        )
                    }
                }
            }
        }
    }

    struct VersionOptions: ParsableArguments {
        @Argument(help: "The project's id.")
        var project: String

        @Argument(help: "The version's id.")
        var version: String

        @OptionGroup var node: MirrorCommand.NodeOptions

        func decide(_ decision: String) async throws {
            let path = "/api/projects/\(self.project)/versions/\(self.version)/\(decision)"
            try MirrorCommand.check(try await self.node.client().send(.POST, path))
        }
    }

    struct Pick: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Decide which of a model's several newest versions goes on.",
            discussion: "It is published once more, with all of them as its parents; the others stay as they are.")

        @OptionGroup var version: VersionOptions

        func run() async throws {
            try await Exit.explaining {
                try await self.version.decide("pick")
                print("The version is the newest one.")
            }
        }
    }

    struct Accept: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Decide that a version counts although its author's right was taken meanwhile.")

        @OptionGroup var version: VersionOptions

        func run() async throws {
            try await Exit.explaining {
                try await self.version.decide("accept")
                print("The version shows.")
            }
        }
    }

    struct Reject: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete a version that was set aside because its author's right was taken meanwhile.")

        @OptionGroup var version: VersionOptions

        func run() async throws {
            try await Exit.explaining {
                try await self.version.decide("reject")
                print("The version is deleted.")
            }
        }
    }

    struct Keep: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Decide that a model stays that was deleted while it was written to.")

        @Argument(help: "The project's id.")
        var project: String

        @Argument(help: "The model's id.")
        var model: String

        @OptionGroup var node: MirrorCommand.NodeOptions

        func run() async throws {
            try await Exit.explaining {
                let answer = try await self.node.client().send(
                    .POST, "/api/projects/\(self.project)/models/\(self.model)/keep")
                try MirrorCommand.check(answer)
                print("The model stays.")
            }
        }
    }
}

extension APIClient {
    /// The body of an answer; `nil` when it is printed as it is.
    func get(_ path: String, asJSON: Bool) async throws -> Data? {
        let answer = try await self.send(.GET, path)
        try MirrorCommand.check(answer)
        guard asJSON else { return answer.body }
        FileHandle.standardOutput.write(answer.body + Data("\n".utf8))
        return nil
    }
}
