import Foundation
import ObjectModel
import ObjectStorage
import Storage

/// Says that a data directory belongs to an edge, and which region it asks first.
struct EdgeMark {
    private let file: URL

    init(_ directory: URL) {
        self.file = directory.appendingPathComponent("edge")
    }

    var isSet: Bool { FileManager.default.fileExists(atPath: self.file.path) }

    /// The region that is asked first.
    ///
    /// - Throws: ``StorageError``.
    func region() throws -> NodeID? {
        guard let bytes = try self.file.bytesIfPresent() else { return nil }
        let text = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard NodeID.isValid(text) else { throw StorageError.corrupt("\(self.file.path) names no node") }
        return NodeID(rawValue: text)
    }

    /// - Throws: ``StorageError``.
    func set(_ region: NodeID) throws { try File.replace(self.file.path, with: Array("\(region)\n".utf8)) }
}
