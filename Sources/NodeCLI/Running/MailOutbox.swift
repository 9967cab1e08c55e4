import Foundation
import Logging
import Node
import ObjectModel
import ObjectStorage
import Storage

/// Keeps mails as files of the data directory, for the operator to read (`tiebeam mail`). Nothing brings them to people yet.
struct MailOutbox: MailSending {
    /// The oldest go when there are more.
    static let countMax = 10_000

    /// One mail as it is kept: JSON, in a file that is named by its time and its id.
    struct Entry: Codable {
        var id: String
        var at: String
        var to: String
        var subject: String
        var text: String
    }

    private let directory: URL
    private let logger: Logger
    private let queue = BlockingQueue(label: "tiebeam.mail", isConcurrent: false)

    init(_ data: URL, logger: Logger) {
        self.directory = Self.directory(in: data)
        self.logger = logger
    }

    private static func directory(in data: URL) -> URL { data.appendingPathComponent("mail", isDirectory: true) }

    func send(_ mail: Mail) async {
        let now = Timestamp.present()
        let id = RandomDigits.hexadecimal(8)
        let date = Date(timeIntervalSince1970: Double(now.millisecondsSinceEpoch) / 1000)
        let entry = Entry(
            id: id, at: date.ISO8601Format(), to: mail.recipient, subject: mail.subject, text: mail.text)
        do {
            try await self.queue.run { [directory] in
                try FileManager.default.createDirectory(
                    at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
                let names = try Self.names(in: directory)
                for name in names.prefix(max(0, names.count + 1 - Self.countMax)) {
                    try FileManager.default.removeItem(at: directory.appendingPathComponent(name))
                }
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
                let file = directory.appendingPathComponent("\(now.millisecondsSinceEpoch)-\(id).json")
                try File.replace(file.path, with: Array(try encoder.encode(entry)))
            }
        } catch {
            self.logger.error("a mail could not be kept", metadata: ["error": "\(error)"])
        }
    }

    /// Oldest first.
    private static func names(in directory: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { $0.hasSuffix(".json") }.sorted()
    }

    /// All mails of a data directory, oldest first; none where nobody was written to.
    ///
    /// - Throws: ``StorageError``.
    static func entries(in data: URL) throws -> [Entry] {
        let directory = self.directory(in: data)
        guard FileManager.default.fileExists(atPath: directory.path) else { return [] }
        do {
            return try self.names(in: directory).map {
                try JSONDecoder().decode(Entry.self, from: Data(contentsOf: directory.appendingPathComponent($0)))
            }
        } catch {
            throw StorageError.io("\(directory.path): \(error.localizedDescription)")
        }
    }
}
