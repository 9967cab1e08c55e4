import ArgumentParser
import Foundation
import ObjectModel
import ObjectStorage
import Storage

/// Checks everything that a directory holds.
struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check every stored byte of a directory against its hashes, and that every version is complete.")

    @Argument(help: "The directory of a copy, or of a node that is not running.")
    var directory: String

    @Flag(help: "Print the figures as JSON.")
    var json = false

    private struct Report: Encodable {
        var blocks: Int
        var objects: Int
        var rawBytes: Int
        var versions: Int
        var files: Int
        var problems: [String]
        var seconds: Double
    }

    func run() async throws {
        try await Exit.explaining {
            guard DataDirectory.exists(at: self.directory) else {
                throw UsageFailure(text: "\(self.directory) holds no data.")
            }
            let data = try DataDirectory(self.directory)
            let start = ContinuousClock.now
            let line = ProgressLine()
            let found = try await data.blocks.verify { line.update($0, of: $1, "blocks") }
            let (fileCount, damaged) = try await self.checkFiles(in: data, line)
            line.end()
            let (versionCount, incomplete) = try await self.checkVersions(in: data)
            let report = Report(
                blocks: found.blockCount, objects: found.objectCount, rawBytes: found.rawByteCount,
                versions: versionCount, files: fileCount, problems: found.problems + damaged + incomplete,
                seconds: Figures.seconds(start.duration(to: .now)))
            try self.show(report)
            try data.close()
            if !report.problems.isEmpty { throw Exit.storage }
        }
    }

    private func checkVersions(in data: DataDirectory) async throws -> (Int, [String]) {
        let versions = try await data.metadata.read { rows in
            try rows.allProjects().flatMap { try rows.allVersions(in: $0) }
        }
        var problems: [String] = []
        for version in versions where try await !Self.isComplete(version, in: data) {
            problems.append("version \(version.id) of project \(version.project) is not complete")
        }
        return (versions.count, problems)
    }

    /// The bytes of files are checked by themselves.
    private static func isComplete(_ version: Version, in data: DataDirectory) async throws -> Bool {
        switch version.root {
        case .object(let id): try await data.blocks.isComplete(id, in: version.project)
        case .bundle(let files):
            try await data.metadata.read { try $0.hasContents(of: files, in: version.project) }
        }
    }

    /// Checks each part of each file that a project has.
    private func checkFiles(in data: DataDirectory, _ line: ProgressLine) async throws -> (Int, [String]) {
        let digests = try await data.metadata.read { try $0.allContents() }
        var problems: [String] = []
        for (index, digest) in digests.enumerated() {
            line.update(index, of: digests.count, "files")
            do {
                guard try await !Self.isIntact(digest, in: data.blobs) else { continue }
                problems.append("the file \(digest) is damaged")
            } catch StorageError.corrupt(let text) {
                problems.append(text)
            }
        }
        return (digests.count, problems)
    }

    private static func isIntact(_ digest: ContentHash, in blobs: LocalBlobs) async throws -> Bool {
        guard let parts = try await blobs.parts(of: digest) else {
            throw StorageError.corrupt("the file \(digest) is gone")
        }
        for part in 0..<parts.count {
            let bytes = try await blobs.read(digest, parts.range(of: part))
            guard bytes.withUnsafeBytes({ parts.matches($0, part: part) }) else { return false }
        }
        return true
    }

    private func show(_ report: Report) throws {
        guard !self.json else { return try Output.json(report) }
        let text =
            "Checked \(Figures.count(report.objects)) objects (\(Figures.bytes(report.rawBytes))) in "
            + "\(Figures.count(report.blocks)) blocks, \(Figures.count(report.files)) files and "
            + "\(report.versions) versions"
            + String(format: " in %.2f s: ", report.seconds)
        Output.line(text + (report.problems.isEmpty ? "all is well." : "\(report.problems.count) problems."))
        for problem in report.problems { Output.line("  \(problem)") }
    }
}
