import ArgumentParser

/// The program.
@main
struct Tiebeam: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "tiebeam",
        abstract: "A self-hosted node for Speckle projects that keeps regions in sync.",
        version: Self.version,
        subcommands: [Serve.self, Clone.self, Pull.self, Push.self, Verify.self, MirrorCommand.self])
}
