import Foundation
import ObjectModel
import ObjectStorage
import Storage

/// The invitations that a node gave and that nobody has used. Only hashes of their secrets are kept.
struct InvitationFile {
    static let lifespan = Duration.seconds(86_400)

    private struct Entry: Codable {
        var digest: ContentHash
        /// Milliseconds since 1970-01-01T00:00:00Z.
        var expiresAt: Int64
        /// What the node may become; a region where it is not said.
        var role: UInt64?
        /// What it may read without being asked; see ``RosterNode/projects``.
        var projects: [ProjectID]?
    }

    private let file: URL

    init(_ directory: URL) {
        self.file = directory.appendingPathComponent("invitations")
    }

    /// - Throws: ``StorageError``.
    func add(
        _ secret: String, as role: NodeRole, reading projects: [ProjectID]?, at now: Timestamp
    ) throws -> Timestamp {
        let expiresAt = now.millisecondsSinceEpoch + Self.lifespan.components.seconds * 1000
        let entry = Entry(
            digest: ContentHash(of: secret), expiresAt: expiresAt, role: role.rawValue, projects: projects)
        try self.write(try self.entries(at: now) + [entry])
        return Timestamp(millisecondsSinceEpoch: expiresAt)
    }

    /// What a node may become by it, and read; `nil` when it does not hold.
    func grant(_ secret: String, at now: Timestamp) throws -> (role: NodeRole, projects: [ProjectID]?)? {
        // Hashes of what the asker does not know: how long the comparison takes says nothing.
        let digest = ContentHash(of: secret)
        let entry = try self.entries(at: now).first { $0.digest == digest }
        return entry.map { ($0.role.map(NodeRole.init(rawValue:)) ?? .region, $0.projects) }
    }

    func remove(_ secret: String, at now: Timestamp) throws {
        let digest = ContentHash(of: secret)
        try self.write(try self.entries(at: now).filter { $0.digest != digest })
    }

    /// Those that hold still.
    private func entries(at now: Timestamp) throws -> [Entry] {
        guard let bytes = try self.file.bytesIfPresent() else { return [] }
        guard let entries = try? JSONDecoder().decode([Entry].self, from: Data(bytes)) else {
            throw StorageError.corrupt("\(self.file.path) holds no invitations")
        }
        return entries.filter { $0.expiresAt > now.millisecondsSinceEpoch }
    }

    private func write(_ entries: [Entry]) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        try File.replace(self.file.path, with: Array(try encoder.encode(entries)))
    }
}
