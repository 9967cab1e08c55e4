public import ObjectModel

/// A text to one person. What people wrote may stand in it, so it has no signs that steer a terminal or begin a header.
public struct Mail: Equatable, Sendable {
    public var recipient: String
    public var subject: String
    public var text: String
    /// The same as a page.
    public var html: String?
    /// What it says holds until then: it is of no use later.
    public var expiresAt: Timestamp?

    public init(
        to recipient: String, subject: String, text: String, html: String? = nil, expiresAt: Timestamp? = nil
    ) {
        self.recipient = Self.plain(recipient)
        self.subject = Self.plain(subject)
        self.text = Self.plain(text, keeping: "\n")
        self.html = html.map { Self.plain($0, keeping: "\n") }
        self.expiresAt = expiresAt
    }

    private static func plain(_ text: String, keeping kept: Unicode.Scalar? = nil) -> String {
        var plain = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let isControl = [.control, .format, .lineSeparator, .paragraphSeparator].contains(
                scalar.properties.generalCategory)
            plain.append(isControl && scalar != kept ? " " : scalar)
        }
        return String(plain)
    }
}

/// Takes mails and brings them to people in its own time. What cannot be sent fails no request.
public protocol MailSending: Sendable {
    func send(_ mail: Mail) async
}
