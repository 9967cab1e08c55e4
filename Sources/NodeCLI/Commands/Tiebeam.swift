import ArgumentParser
import Foundation

/// The program.
@main
struct Tiebeam: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "tiebeam",
        abstract: "A self-hosted node for Speckle projects that keeps regions in sync.",
        version: Self.version,
        subcommands: [
            Serve.self, Clone.self, Pull.self, Push.self, Compare.self, Verify.self, MirrorCommand.self,
            RosterCommand.self, RegionCommand.self, EdgeCommand.self, ConflictsCommand.self, ProjectCommand.self,
            MailCommand.self,
        ])

    static func main() async {
        Memory.keepFreed()
        do {
            var command = try Self.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            let code = Self.exitCode(for: error)
            guard code == .validationFailure else { Self.exit(withError: error) }
            FileHandle.standardError.write(Data((Self.fullMessage(for: error) + "\n").utf8))
            Self.exit(withError: Exit.usage)
        }
    }
}
