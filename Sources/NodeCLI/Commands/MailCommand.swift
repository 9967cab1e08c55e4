import ArgumentParser
import Foundation
import SMTP
import Storage

/// Mails that a node wrote. Whoever has its data directory reads them.
struct MailCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mail", abstract: "Show the mails that a node wrote to people.",
        discussion: """
            They stay in the data directory, and are sent from there if the node was given a server (--smtp-url). Of what was sent \
            only to whom, and when, is kept.
            """,
        subcommands: [List.self, Show.self, Retry.self], defaultSubcommand: List.self)

    struct Directory: ParsableArguments {
        @Option(help: "Where the node keeps its data.")
        var data = "./data"

        func files() throws -> MailFiles {
            guard DataDirectory.exists(at: self.data) else {
                throw ConfigurationFailure(text: "There is no data directory at \(self.data).")
            }
            return MailFiles(in: URL(fileURLWithPath: self.data, isDirectory: true))
        }

        func mail(_ id: String) throws -> MailFile {
            guard let mail = try self.files().all().first(where: { $0.id == id }) else {
                throw ConfigurationFailure(text: "There is no mail \(id).")
            }
            return mail
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the mails, the oldest first, and how far each is on its way.")

        @OptionGroup var directory: Directory

        func run() async throws {
            try await Exit.explaining {
                let mails = try self.directory.files().all()
                if mails.isEmpty { print("There are no mails.") }
                for mail in mails {
                    let state = mail.state.padding(toLength: 7, withPad: " ", startingAt: 0)
                    print("\(mail.id)  \(mail.at)  \(state)  \(mail.to)  \(mail.subject)")
                }
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print one mail, and what came of it.")

        @Argument(help: "The mail's id.")
        var id: String

        @OptionGroup var directory: Directory

        func run() async throws {
            try await Exit.explaining {
                let mail = try self.directory.mail(self.id)
                print("To: \(mail.to)\nDate: \(mail.at)\nSubject: \(mail.subject)")
                for line in Self.lines(mail.delivery) { print(line) }
                print("\n\(mail.text ?? "(What it said is not kept.)")")
            }
        }

        private static func lines(_ delivery: MailDelivery?) -> [String] {
            guard let delivery else { return [] }
            var lines = ["State: \(delivery.state.rawValue)", "Attempts: \(delivery.attemptCount)"]
            if let next = delivery.nextAttemptAt { lines.append("Next attempt: \(next.iso8601)") }
            if let changed = delivery.changedAt { lines.append("Last change: \(changed.iso8601)") }
            if let answer = delivery.answer { lines.append("Answer: \(answer)") }
            return lines
        }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Have one mail sent soon that waits, was given up, or was kept.",
            discussion: "The node does it within seconds, or once it is started with --smtp-url.")

        @Argument(help: "The mail's id.")
        var id: String

        @OptionGroup var directory: Directory

        func run() async throws {
            try await Exit.explaining {
                let mail = try self.directory.mail(self.id)
                guard mail.text != nil else {
                    throw ConfigurationFailure(text: "What mail \(self.id) said is not kept: it cannot be sent.")
                }
                try self.directory.files().beginRetry(mail.name)
                print("It is tried again.")
            }
        }
    }
}
