import ArgumentParser
import Foundation

extension RegionCommand {
    struct Purges: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the projects that other regions must remove and have not removed yet.",
            discussion: """
                A region that is not allowed to have a project any more gives what only it has to an allowed one, and removes
                the project when that is done. One that cannot be reached stays in this list.
                """)

        @OptionGroup var node: MirrorCommand.NodeOptions

        @Flag(help: "Print the list as JSON.")
        var json = false

        private struct Item: Decodable {
            var project: String
            var name: String?
            var region: String
        }

        func run() async throws {
            try await Exit.explaining {
                guard let answer = try await self.node.client().get("/api/regions/purges", asJSON: self.json) else {
                    return
                }
                let items = try JSONDecoder().decode([Item].self, from: answer)
                if items.isEmpty { print("No region must remove anything.") }
                for item in items { print("\(item.region)  \(item.project)  \(item.name ?? "deleted")") }
            }
        }
    }
}
