import Foundation
import ObjectModel
import ObjectStorage
import SMTP
import Storage

/// The mails of a data directory.
struct MailFiles {
    private static let ending = ".json"

    private let directory: URL
    /// Holds an empty file for each mail that the operator wants to be tried again.
    private let retrying: URL

    init(in data: URL) {
        self.directory = data.appendingPathComponent("mail", isDirectory: true)
        self.retrying = self.directory.appendingPathComponent("retry", isDirectory: true)
    }

    func create() throws { try Self.create(self.directory) }

    /// Oldest first; none where nobody was written to.
    func names() throws -> [String] {
        try Self.contents(of: self.directory).filter { $0.hasSuffix(Self.ending) }.map {
            String($0.dropLast(Self.ending.count))
        }.sorted()
    }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: self.file(name).path) }

    func read(_ name: String) throws -> MailFile {
        var file = try JSONDecoder().decode(MailFile.self, from: Data(contentsOf: self.file(name)))
        file.name = name
        return file
    }

    func write(_ file: MailFile) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try File.replace(self.file(file.name).path, with: Array(try encoder.encode(file)))
    }

    func remove(_ name: String) throws { try FileManager.default.removeItem(at: self.file(name)) }

    /// All mails, oldest first.
    ///
    /// - Throws: ``StorageError``.
    func all() throws -> [MailFile] {
        do {
            return try self.names().map(self.read)
        } catch {
            throw StorageError.io("\(self.directory.path): \(error.localizedDescription)")
        }
    }

    // MARK: Trying again

    func retries() throws -> [String] { try Self.contents(of: self.retrying).sorted() }

    func beginRetry(_ name: String) throws {
        try Self.create(self.retrying)
        try File.replace(self.retrying.appendingPathComponent(name).path, with: [])
    }

    func endRetry(_ name: String) throws {
        try FileManager.default.removeItem(at: self.retrying.appendingPathComponent(name))
    }

    private func file(_ name: String) -> URL { self.directory.appendingPathComponent(name + Self.ending) }

    private static func create(_ directory: URL) throws {
        try FileManager.default.createDirectory(
            at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    private static func contents(of directory: URL) throws -> [String] {
        guard FileManager.default.fileExists(atPath: directory.path) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: directory.path)
    }
}
