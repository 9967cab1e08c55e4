import Foundation
import Node
import ObjectModel
import SMTP
import Storage

/// One mail as it is kept: JSON, in a file that is named by its time and its id.
struct MailFile: Codable {
    var id: String
    var at: String
    var to: String
    var subject: String
    /// Gone once it was sent: its links are secrets.
    private(set) var text: String?
    private(set) var html: String?
    var expiresAt: Timestamp?
    /// How far it is on its way; `nil` for one that nothing brings to anybody.
    var delivery: MailDelivery?
    /// Of the file, less its ending.
    var name = ""

    private enum CodingKeys: CodingKey {
        case id, at, to, subject, text, html, expiresAt, delivery
    }

    init(_ mail: Mail, id: String, at now: Timestamp, delivery: MailDelivery?) {
        self.id = id
        self.at = Date(timeIntervalSince1970: Double(now.millisecondsSinceEpoch) / 1000).ISO8601Format()
        self.to = mail.recipient
        self.subject = mail.subject
        self.text = mail.text
        self.html = mail.html
        self.expiresAt = mail.expiresAt
        self.delivery = delivery
        self.name = "\(now.millisecondsSinceEpoch)-\(id)"
    }

    var createdAt: Timestamp {
        Timestamp(millisecondsSinceEpoch: self.name.split(separator: "-").first.flatMap { Int64($0) } ?? 0)
    }

    /// What came of it, in a word.
    var state: String { self.delivery?.state.rawValue ?? "kept" }

    /// What it says is needed no more.
    mutating func forget() {
        self.text = nil
        self.html = nil
    }
}
