import ArgumentParser
import Foundation
import ObjectModel
import Replicator
import Storage
import SyncTransport

/// Compares a copy with the node that it was cloned from.
struct Compare: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare the objects of a copy with those of the node that it was cloned from.",
        discussion: "Costs bytes for what differs only. Exits with 1 when anything does.")

    @Argument(help: "The copy's directory.")
    var directory: String

    @Flag(help: "Bring the objects that the copy lacks.")
    var repair = false

    @Flag(help: "Print the figures as JSON.")
    var json = false

    func run() async throws {
        try await Exit.explaining {
            let copies = try await Copies(self.directory)
            var differs = false
            for mirror in copies.mirrors {
                let report = try await self.compare(mirror, copies.data)
                try report.show(asJSON: self.json)
                differs = differs || report.missing > report.repaired || report.surplus > 0
            }
            try copies.data.close()
            if differs { throw Exit.failure }
        }
    }

    private func compare(_ mirror: Mirror, _ data: DataDirectory) async throws -> ComparisonReport {
        let start = ContinuousClock.now
        let name = try await data.name(of: mirror.project)
        let known = try await data.sources(of: mirror.project)
        return try await known.dialler.withConnection(to: known.sources[0]) { connection in
            let found: ProjectReconcile.Report
            do {
                found = try await ProjectReconcile(data.replica, project: mirror.project).run(on: connection)
            } catch let error as ProjectReconcile.TooDifferent {
                throw ConfigurationFailure(
                    text: "About \(Figures.count(error.estimatedCount)) objects differ. `tiebeam pull` brings them.")
            }
            let traffic = connection.counter.traffic
            var report = ComparisonReport(
                project: name, objects: found.objectCount, missing: found.missing.count, surplus: found.surplus.count,
                wireBytesReceived: traffic.receivedByteCount, wireBytesSent: traffic.sentByteCount,
                frameBytesReceived: traffic.receivedFrameByteCount, frameBytesSent: traffic.sentFrameByteCount)
            if self.repair {
                report.repaired = try await ProjectFetch(
                    data.replica, project: mirror.project, from: known.sources[0].node
                ).run(
                    wanted: found.missing, on: connection
                ).objectCount
            }
            report.seconds = Figures.seconds(start.duration(to: .now))
            return report
        }
    }
}

/// What a comparison found; bytes are those of the comparison alone.
private struct ComparisonReport: Encodable {
    var project: String
    var objects: Int
    var missing: Int
    var surplus: Int
    var repaired = 0
    var wireBytesReceived: Int
    var wireBytesSent: Int
    var frameBytesReceived: Int
    var frameBytesSent: Int
    var seconds = 0.0

    func show(asJSON: Bool) throws {
        guard !asJSON else { return try Output.json(self) }
        let cost = Figures.bytes(self.wireBytesReceived + self.wireBytesSent)
        if self.missing + self.surplus == 0 {
            return Output.line("\(self.project) is the same: \(Figures.count(self.objects)) objects (\(cost)).")
        }
        Output.line("\(self.project) differs (\(cost)):")
        if self.missing > 0 {
            Output.line(
                "  \(Figures.count(self.missing)) objects are missing here"
                    + (self.repaired > 0 ? "; \(Figures.count(self.repaired)) were brought." : "."))
        }
        if self.surplus > 0 { Output.line("  \(Figures.count(self.surplus)) objects are here only.") }
    }
}
