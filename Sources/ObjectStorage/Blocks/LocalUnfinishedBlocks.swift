public import Foundation
public import ObjectModel
public import Storage

/// One file for each project and peer. The newest ones are kept.
public struct LocalUnfinishedBlocks: UnfinishedBlocks {
    /// Files that are kept. Each is shorter than the largest block.
    static let fileCountMax = 16

    private let directory: URL
    private let queue = BlockingQueue(label: "tiebeam.unfinished", isConcurrent: false)

    /// - Parameter directory: made with the first file.
    public init(directory: URL) {
        self.directory = directory
    }

    public func take(of project: ProjectID, from peer: String) async throws -> [UInt8]? {
        let file = self.file(project, peer)
        return try await self.queue.run {
            guard FileManager.default.fileExists(atPath: file.path) else { return nil }
            let beginning = try Array(Data(contentsOf: file))
            try File.remove(file.path)
            return beginning
        }
    }

    public func keep(_ beginning: [UInt8], of project: ProjectID, from peer: String) async throws {
        let file = self.file(project, peer)
        try await self.queue.run { [directory] in
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            try File.replace(file.path, with: beginning)
            for old in try Self.filesByAge(in: directory).dropFirst(Self.fileCountMax) { try File.remove(old.path) }
        }
    }

    /// Newest first.
    private static func filesByAge(in directory: URL) throws -> [URL] {
        let key = URLResourceKey.contentModificationDateKey
        let files = try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: [key])
        let dated = try files.map { (file: $0, date: try $0.resourceValues(forKeys: [key]).contentModificationDate) }
        return dated.sorted { $0.date ?? .distantPast > $1.date ?? .distantPast }.map(\.file)
    }

    private func file(_ project: ProjectID, _ peer: String) -> URL {
        let key = ContentHash(of: "\(project.rawValue) \(peer)")
        return self.directory.appendingPathComponent("\(key)")
    }
}
