import Foundation
import Logging
import ObjectStorage
import Storage

/// A region that was put back to a backup must not write before it has heard the others: it would use numbers of operations
/// again that they know (Spec `OPS-7`). That lasts across restarts.
struct Recovery {
    private let file: URL
    private let gate: WriteGate
    private let logger: Logger

    /// - Parameter isRestored: the operator says so.
    /// - Throws: ``StorageError``.
    init(_ directory: URL, gate: WriteGate, isRestored: Bool, _ logger: Logger) throws {
        self.file = directory.appendingPathComponent("restored")
        self.gate = gate
        self.logger = logger
        if isRestored { try File.replace(self.file.path, with: []) }
        guard self.isUnderWay else { return }
        gate.close(
            DomainError(
                .regionRecovering,
                "This region was put back to a backup. It can be written to once it has heard all other regions."))
        logger.notice("nothing is written until all other regions were heard")
    }

    var isUnderWay: Bool { FileManager.default.fileExists(atPath: self.file.path) }

    /// Everything that the other regions have is here.
    func end() {
        guard self.isUnderWay else { return }
        do {
            try File.remove(self.file.path)
            self.gate.open()
            self.logger.notice("all other regions were heard: this one can be written to")
        } catch {
            self.logger.error("the recovery cannot be ended", metadata: ["reason": "\(error)"])
        }
    }
}
