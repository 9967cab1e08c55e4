import Foundation
import Storage

extension URL {
    /// The file's bytes; `nil` when there is no such file.
    ///
    /// - Throws: ``StorageError``.
    func bytesIfPresent() throws -> [UInt8]? {
        do {
            return Array(try Data(contentsOf: self))
        } catch CocoaError.fileReadNoSuchFile {
            return nil
        } catch {
            throw StorageError.io("\(self.path): \(error.localizedDescription)")
        }
    }
}
