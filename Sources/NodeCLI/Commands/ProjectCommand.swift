import ArgumentParser
import Foundation
import NIOHTTP1

/// Projects of a running node.
struct ProjectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "project", abstract: "See and change what holds for a project.", subcommands: [Policy.self])

    struct Policy: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say in which regions a project may be, and where it is written to.",
            subcommands: [Show.self, Set.self])
    }
}

extension ProjectCommand.Policy {
    /// A policy as the API tells it.
    private struct Item: Decodable {
        var regions: [String]?
        var home: String?
        var homeEpoch: UInt64
        var edges: Bool
        var minCopies: Int

        func show() {
            print("regions  \(self.regions?.joined(separator: ", ") ?? "all")")
            print("home     \(self.home ?? "every region that may have it") (epoch \(self.homeEpoch))")
            print("edges    \(self.edges ? "yes" : "no")")
            print("copies   \(self.minCopies) at least")
        }
    }

    struct ProjectOptions: ParsableArguments {
        @Argument(help: "The project's id.")
        var project: String

        @OptionGroup var node: MirrorCommand.NodeOptions

        @Flag(help: "Print the policy as JSON.")
        var json = false

        var path: String { "/api/projects/\(self.project)/policy" }

        fileprivate func show(_ answer: APIClient.Answer) throws {
            try MirrorCommand.check(answer)
            guard self.json else { return try JSONDecoder().decode(Item.self, from: answer.body).show() }
            FileHandle.standardOutput.write(answer.body + Data("\n".utf8))
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show the policy of a project.")

        @OptionGroup var project: ProjectOptions

        func run() async throws {
            try await Exit.explaining {
                try self.project.show(try await self.project.node.client().send(.GET, self.project.path))
            }
        }
    }

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change the policy of a project; what is not given stays as it is.",
            discussion: """
                Regions that may not have the project any more give what only they have to the others, and remove it:
                `tiebeam region purges` lists those that have not yet. Only owners and administrators may.
                """)

        @OptionGroup var project: ProjectOptions

        @Option(help: "The regions that may have it, with commas between their names, or all.")
        var regions: String?

        @Option(help: "The only region where it is written to, or all.")
        var home: String?

        @Option(help: "How many regions must hold everything before another one removes it.")
        var minCopies: Int?

        @Option(help: "Whether edges may have it: yes or no.")
        var edges: Answer?

        @Flag(help: "Take home from a region that is lost. What it wrote meanwhile is set aside.")
        var takeHome = false

        enum Answer: String, ExpressibleByArgument {
            case yes, no
        }

        private struct Body: Encodable {
            var regions: [String]?
            var home: String?
            var edges: Bool?
            var minCopies: Int?
            var takeHome: Bool?
        }

        func run() async throws {
            try await Exit.explaining {
                let regions = self.regions?.split(separator: ",", omittingEmptySubsequences: false).map {
                    $0.trimmingCharacters(in: .whitespaces)
                }
                let body = Body(
                    regions: regions, home: self.home, edges: self.edges.map { $0 == .yes }, minCopies: self.minCopies,
                    takeHome: self.takeHome ? true : nil)
                try self.project.show(
                    try await self.project.node.client().send(
                        .PATCH, self.project.path, try JSONEncoder().encode(body)))
            }
        }
    }
}
