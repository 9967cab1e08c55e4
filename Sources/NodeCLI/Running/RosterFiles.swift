import Foundation
import Logging
import ObjectModel
import ObjectStorage
import Storage
import SyncProtocol
import SyncTransport

/// The roster that a data directory keeps, and the key that it is trusted by.
struct RosterFiles: Sendable {
    private let keyFile: URL
    private let rosterFile: URL

    init(_ directory: URL) {
        self.keyFile = directory.appendingPathComponent("roster-key")
        self.rosterFile = directory.appendingPathComponent("roster")
    }

    /// What a node goes by; `nil` when it was never given a key.
    ///
    /// - Throws: ``StorageError``.
    func book(_ logger: Logger) throws -> RosterBook? {
        guard let key = try self.key() else { return nil }
        let held = try self.rosterFile.bytesIfPresent().map { bytes in
            guard let message = Self.message(bytes) else {
                throw StorageError.corrupt("\(self.rosterFile.path) is no roster")
            }
            return message
        }
        do {
            return try RosterBook(key: key, held: held, logger: logger) { message in
                try File.replace(self.rosterFile.path, with: message.encoded())
            }
        } catch {
            throw StorageError.corrupt("\(self.rosterFile.path): \(error)")
        }
    }

    /// As ``book(_:)``, after taking what the operator gave.
    ///
    /// The key is kept for later starts. Another key than the kept one needs a roster that it signed, and takes the place
    /// of the key and of all that was signed by it. Nothing changes when anything is wrong.
    func book(key: RosterKey?, roster: RosterMessage?, _ logger: Logger) throws -> RosterBook? {
        let kept = try self.key()
        guard let trusted = key ?? kept else {
            guard roster == nil else { throw UsageFailure(text: "Give the roster's key with --roster-key.") }
            return nil
        }
        if let roster { _ = try trusted.roster(in: roster) }
        if trusted != kept {
            guard kept == nil || roster != nil else {
                throw ConfigurationFailure(
                    text: "This node goes by rosters of another key. Give one of the new key with --roster.")
            }
            // The roster goes first: it would be damage beside a key that did not sign it.
            try Self.remove(self.rosterFile)
            try File.replace(self.keyFile.path, with: Array("\(trusted)\n".utf8))
        }
        guard let book = try self.book(logger) else { preconditionFailure("the key was kept") }
        if let roster, case (let given, .outdated) = try book.take(roster) {
            logger.notice(
                "a newer roster is kept",
                metadata: ["given": "\(given.version)", "kept": "\(book.current?.version ?? 0)"])
        }
        return book
    }

    /// The roster in a file that `tiebeam roster sign` wrote.
    static func read(_ path: String) throws -> RosterMessage {
        guard let bytes = try URL(fileURLWithPath: path).bytesIfPresent() else {
            throw ConfigurationFailure(text: "There is no file \(path).")
        }
        guard let message = self.message(bytes) else {
            throw ConfigurationFailure(text: "\(path) is no roster. `tiebeam roster sign` makes one.")
        }
        return message
    }

    private func key() throws -> RosterKey? {
        guard let bytes = try self.keyFile.bytesIfPresent() else { return nil }
        let text = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .newlines)
        guard let key = RosterKey(text) else { throw StorageError.corrupt("\(self.keyFile.path) is no key") }
        return key
    }

    private static func message(_ bytes: [UInt8]) -> RosterMessage? { try? RosterMessage(decoding: bytes.span.bytes) }

    private static func remove(_ file: URL) throws {
        do {
            try FileManager.default.removeItem(at: file)
        } catch CocoaError.fileNoSuchFile {
            return
        } catch {
            throw StorageError.io("\(file.path): \(error.localizedDescription)")
        }
    }
}
