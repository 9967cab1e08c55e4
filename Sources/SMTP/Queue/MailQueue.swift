public import ObjectModel

/// A mail that waits to be sent.
public struct QueuedMail: Equatable, Sendable {
    /// Letters, digits and hyphens; stays the same over all attempts.
    public var id: String
    public var createdAt: Timestamp
    public var recipient: String
    public var subject: String
    public var text: String
    public var html: String?
    /// What it says holds until then; `nil` holds for ever.
    public var expiresAt: Timestamp?
    public var delivery: MailDelivery

    public init(
        id: String, createdAt: Timestamp, recipient: String, subject: String, text: String, html: String?,
        expiresAt: Timestamp?, delivery: MailDelivery
    ) {
        self.id = id
        self.createdAt = createdAt
        self.recipient = recipient
        self.subject = subject
        self.text = text
        self.html = html
        self.expiresAt = expiresAt
        self.delivery = delivery
    }
}

/// Where mails wait. What it was told is durable.
public protocol MailQueue: Sendable {
    /// Tells that something may be due.
    var additions: AsyncStream<Void> { get }

    /// Mails that wait and whose time has come, those that were due first first.
    ///
    /// - Parameter busy: ids that are left out.
    func due(at now: Timestamp, besides busy: Set<String>, limit: Int) async throws -> [QueuedMail]

    /// Keeps what became of a mail. Of one that was sent or has expired only that is kept, not what it said.
    func settle(_ id: String, _ delivery: MailDelivery) async throws
}
