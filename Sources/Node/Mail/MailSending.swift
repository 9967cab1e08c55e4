/// A text to one person.
public struct Mail: Equatable, Sendable {
    public var recipient: String
    public var subject: String
    public var text: String

    public init(to recipient: String, subject: String, text: String) {
        self.recipient = recipient
        self.subject = subject
        self.text = text
    }
}

/// Takes mails and brings them to people in its own time. What cannot be sent fails no request.
public protocol MailSending: Sendable {
    func send(_ mail: Mail) async
}
