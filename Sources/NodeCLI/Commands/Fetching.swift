import Foundation
import ObjectModel
import Replicator
import Storage
import SyncProtocol
import SyncTransport

/// Fetches one project for `clone` and `pull`, over as many connections as it takes.
struct Fetching {
    private static let attemptCountMax = 5

    let data: DataDirectory
    let json: Bool

    func run(_ project: ProjectID, _ verb: String) async throws {
        let start = ContinuousClock.now
        let line = ProgressLine()
        defer { line.end() }
        var report = TransferReport(
            objects: 0, wireBytesReceived: 0, wireBytesSent: 0, frameBytesReceived: 0, frameBytesSent: 0,
            roundTrips: 0, seconds: 0, upToDate: false)
        try await self.fetch(project, into: &report, line)
        line.end()
        report.seconds = Figures.seconds(start.duration(to: .now))
        let what = try await self.data.name(of: project)
        try report.show(
            asJSON: self.json,
            report.upToDate
                ? "\(what) is up to date (\(report.wireSummary))."
                : "\(verb) \(what): \(Figures.count(report.objects)) objects, \(Figures.bytes(report.rawBytes))"
                    + "\(report.fileSummary)\(report.sourceSummary); \(report.wireSummary).")
    }

    private func fetch(_ project: ProjectID, into report: inout TransferReport, _ line: ProgressLine) async throws {
        let known = try await self.data.sources(of: project)
        let gather = ProjectGather(
            self.data.replica, project: project, sources: known.sources, dialler: known.dialler,
            progress: { line.update($0) }
        ) { source, error in
            line.end()
            let text = "\(source.ways[0].address) is not asked any more: \(Exit.text(of: error))\n"
            FileHandle.standardError.write(Data("tiebeam: \(text)".utf8))
        }
        var generator = SystemRandomNumberGenerator()
        for attempt in 1...Self.attemptCountMax {
            do {
                report.add(try await gather.run())
                return
            } catch let error as SyncTransportError where error.isRetryable && attempt < Self.attemptCountMax {
                let delay = Duration.milliseconds(200 << attempt) * Double.random(in: 0.5...1, using: &generator)
                try await Task.sleep(for: delay)
            }
        }
    }
}

extension TransferReport {
    fileprivate mutating func add(_ fetched: ProjectGather.Report) {
        self.objects += fetched.brought.objectCount
        self.operations += fetched.brought.operationCount
        self.rawBytes += fetched.brought.rawByteCount
        self.files += fetched.brought.fileCount
        self.fileBytes += fetched.brought.fileByteCount
        for share in fetched.shares { self.add(share.traffic) }
        self.roundTrips += 1
        self.upToDate = self.objects + self.operations == 0
        guard fetched.shares.count > 1 else { return }
        self.sources = fetched.shares.map { share in
            Source(
                nodeID: share.node.rawValue, objects: share.objectCount,
                wireBytesReceived: share.traffic.receivedByteCount)
        }
    }

    mutating func add(_ traffic: WireCounter.Traffic) {
        self.wireBytesReceived += traffic.receivedByteCount
        self.wireBytesSent += traffic.sentByteCount
        self.frameBytesReceived += traffic.receivedFrameByteCount
        self.frameBytesSent += traffic.sentFrameByteCount
    }

    fileprivate var sourceSummary: String {
        let count = (self.sources ?? []).count { $0.objects > 0 }
        return count > 1 ? " from \(count) nodes" : ""
    }
}
