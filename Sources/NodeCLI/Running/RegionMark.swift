import Foundation
import ObjectStorage
import Storage

/// Says that a data directory belongs to a region, so that `tiebeam serve` need not be told.
struct RegionMark {
    private let file: URL

    init(_ directory: URL) {
        self.file = directory.appendingPathComponent("region")
    }

    var isSet: Bool { FileManager.default.fileExists(atPath: self.file.path) }

    /// - Throws: ``StorageError``.
    func set() throws { try File.replace(self.file.path, with: []) }
}
