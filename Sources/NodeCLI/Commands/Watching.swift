import Foundation
import Logging
import ObjectModel
import Replicator
import ServiceLifecycle
import Storage
import SyncTransport
import UnixSignals

/// Keeps the copies of a directory up to date until it is stopped, and says what came.
struct Watching {
    private struct Move: Encodable {
        var project: String
        var objects: Int
        var operations: Int
        var files: Int
    }

    let data: DataDirectory
    let json: Bool

    func run() async throws {
        let logger = Output.logger()
        let roster = try RosterFiles(self.data.url).book(logger)
        let isNode = try await self.data.metadata.read { try $0.mirrors() }.contains { $0.sourceToken == nil }
        let identity = isNode ? try NodeIdentity.loadOrCreate(in: self.data.url) : nil
        let service = MirrorService(
            self.data.replica, dialler: try SyncDialler(hello: .replica, identity: identity, roster: roster),
            roster: roster, logger: logger, onMove: { await self.show($0, $1) }
        ) { Timestamp.present() }
        var quiet = logger
        quiet.logLevel = .warning
        try await ServiceGroup(
            services: [service], gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet
        ).run()
    }

    private func show(_ project: ProjectID, _ report: ProjectFetch.Report) async {
        if self.json {
            let move = Move(
                project: project.rawValue, objects: report.objectCount, operations: report.operationCount,
                files: report.fileCount)
            try? Output.json(move)
        } else {
            let name = (try? await self.data.name(of: project)) ?? project.rawValue
            let time = Date().formatted(date: .omitted, time: .standard)
            Output.line(
                "\(time)  \(name): \(Figures.count(report.objectCount)) objects, "
                    + "\(Figures.count(report.operationCount)) changes")
        }
    }
}
