import ArgumentParser
import Foundation
import ObjectModel
import Replicator
import Storage
import SyncProtocol
import SyncTransport

/// Sends a project of a directory to a node.
struct Push: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send the objects, versions and files of a copy to a project of a node.",
        discussion: "Only what the node lacks travels. Repeating it changes nothing.")

    @Argument(help: "The directory to send from.")
    var directory: String

    @Argument(help: "The project to send to: tiebeam://host:port/project. It must exist.")
    var target: String

    @Option(help: "The project to send, when the directory holds several.")
    var project: String?

    @OptionGroup var peer: PeerOptions

    @Flag(help: "Print the figures as JSON.")
    var json = false

    func run() async throws {
        try await Exit.explaining {
            let address = try PeerOptions.address(self.target)
            let target = try self.peer.target(address)
            guard DataDirectory.exists(at: self.directory) else {
                throw UsageFailure(text: "\(self.directory) holds no data.")
            }
            let data = try DataDirectory(self.directory)
            let source = try await self.source(in: data)
            let start = ContinuousClock.now
            let line = ProgressLine()
            let (pushed, traffic) = try await SyncDialler(hello: .replica).withConnection(to: target) { connection in
                let push = ProjectPush(data.replica, source: source, target: address.project, at: target.node)
                return (try await push.run(on: connection) { line.update($0) }, connection.counter.traffic)
            }
            line.end()
            var report = TransferReport(
                objects: pushed.sentObjectCount, versions: pushed.publishedCount, files: pushed.publishedFileCount,
                fileBytes: pushed.sentFileByteCount, wireBytesReceived: 0, wireBytesSent: 0, frameBytesReceived: 0,
                frameBytesSent: 0, roundTrips: pushed.roundTripCount,
                seconds: Figures.seconds(start.duration(to: .now)),
                upToDate: pushed.sentObjectCount + pushed.publishedCount + pushed.publishedFileCount == 0)
            report.add(traffic)
            try report.show(
                asJSON: self.json,
                "Pushed \(Figures.count(pushed.sentObjectCount)) of \(Figures.count(pushed.objectCount)) objects, "
                    + "\(pushed.publishedCount) of \(pushed.versionCount) versions and "
                    + "\(pushed.publishedFileCount) of \(pushed.fileCount) files; \(report.wireSummary).")
            try data.close()
        }
    }

    private func source(in data: DataDirectory) async throws -> ProjectID {
        if let project = self.project.map(ProjectID.init(rawValue:)) {
            guard try await data.metadata.read({ try $0.project(project) }) != nil else {
                throw UsageFailure(text: "\(self.directory) holds no project \(project).")
            }
            return project
        }
        let mirrors = try await data.metadata.read { try $0.mirrors() }
        guard mirrors.count == 1 else { throw UsageFailure(text: "Say with --project which project to send.") }
        return mirrors[0].project
    }
}
