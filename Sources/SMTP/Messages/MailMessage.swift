public import ObjectModel

/// One mail as it goes out (RFC 5322): a text, and the same as a page if there is one.
public struct MailMessage: Equatable, Sendable {
    public var from: Mailbox
    public var to: Mailbox
    public var subject: String
    public var date: Timestamp
    /// Letters, digits and hyphens. A mail that is sent again has the same one, so that whoever gets it twice can tell.
    public var id: String
    public var text: String
    public var html: String?

    public init(
        from: Mailbox, to: Mailbox, subject: String, date: Timestamp, id: String, text: String, html: String? = nil
    ) {
        self.from = from
        self.to = to
        self.subject = subject
        self.date = date
        self.id = id
        self.text = text
        self.html = html
    }

    /// ASCII; lines end with CR LF and have 76 bytes at most, but for those with a long address or name.
    public var bytes: [UInt8] {
        let subject = MailText.oneLine(self.subject)
        let headers = [
            "From: \(self.from.header)",
            "To: \(self.to.header)",
            "Subject: \(MailText.isPlain(subject) ? subject : EncodedWord.encode(subject))",
            "Date: \(MailDate.text(self.date))",
            "Message-ID: <\(self.id)@\(self.from.domain)>",
            "MIME-Version: 1.0",
            "Auto-Submitted: auto-generated",
        ]
        return Self.lines(headers) + self.content
    }

    private var content: [UInt8] {
        guard let html = self.html else { return Self.part(self.text, type: "plain") }
        // No encoded text has an equals sign before an underscore.
        let boundary = "=_\(self.id)"
        var content = Self.lines(["Content-Type: multipart/alternative;", " boundary=\"\(boundary)\"", ""])
        for (text, type) in [(self.text, "plain"), (html, "html")] {
            content += Self.lines(["--\(boundary)"])
            content += Self.part(text, type: type)
        }
        return content + Self.lines(["--\(boundary)--"])
    }

    private static func part(_ text: String, type: String) -> [UInt8] {
        self.lines([
            "Content-Type: text/\(type); charset=utf-8", "Content-Transfer-Encoding: quoted-printable", "",
        ]) + QuotedPrintable.encode(text)
    }

    private static func lines(_ lines: [String]) -> [UInt8] { lines.flatMap { Array("\($0)\r\n".utf8) } }
}
