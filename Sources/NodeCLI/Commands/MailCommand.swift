import ArgumentParser
import Foundation

/// Mails that a node wrote. Whoever has its data directory reads them.
struct MailCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mail", abstract: "Show the mails that a node wrote to people.",
        discussion: "They stay in the data directory: nothing brings them to people yet.",
        subcommands: [List.self, Show.self], defaultSubcommand: List.self)

    struct Directory: ParsableArguments {
        @Option(help: "Where the node keeps its data.")
        var data = "./data"

        func entries() throws -> [MailOutbox.Entry] {
            guard DataDirectory.exists(at: self.data) else {
                throw ConfigurationFailure(text: "There is no data directory at \(self.data).")
            }
            return try MailOutbox.entries(in: URL(fileURLWithPath: self.data, isDirectory: true))
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the mails, the oldest first.")

        @OptionGroup var directory: Directory

        func run() async throws {
            try await Exit.explaining {
                let entries = try self.directory.entries()
                if entries.isEmpty { print("There are no mails.") }
                for entry in entries { print("\(entry.id)  \(entry.at)  \(entry.to)  \(entry.subject)") }
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print one mail.")

        @Argument(help: "The mail's id.")
        var id: String

        @OptionGroup var directory: Directory

        func run() async throws {
            try await Exit.explaining {
                guard let entry = try self.directory.entries().first(where: { $0.id == self.id }) else {
                    throw ConfigurationFailure(text: "There is no mail \(self.id).")
                }
                print("To: \(entry.to)\nDate: \(entry.at)\nSubject: \(entry.subject)\n\n\(entry.text)")
            }
        }
    }
}
