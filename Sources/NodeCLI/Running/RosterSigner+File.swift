import Foundation
import Storage
import SyncTransport

extension RosterSigner {
    /// - Throws: ``ConfigurationFailure``.
    init(file: String) throws {
        guard let pem = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw ConfigurationFailure(text: "\(file) cannot be read.")
        }
        guard let signer = RosterSigner(pem: pem) else {
            throw ConfigurationFailure(text: "\(file) holds no key. `tiebeam roster key` makes one.")
        }
        self = signer
    }

    /// Writes a new file that only its owner can read, durably.
    func write(to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            if errno == EEXIST { throw UsageFailure(text: "\(path) is there already. A key is never replaced.") }
            throw StorageError.io("\(path): \(String(cString: strerror(errno)))")
        }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try file.write(contentsOf: Data(self.pem.utf8 + Array("\n".utf8)))
            try file.synchronize()
        } catch {
            throw StorageError.io("\(path): \(error.localizedDescription)")
        }
    }
}
