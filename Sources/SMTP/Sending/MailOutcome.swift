/// What became of one attempt to hand a mail to a server.
public struct MailOutcome: Equatable, Sendable {
    public enum Kind: Equatable, Sendable {
        /// The server has taken it, and answers for it from now on.
        case delivered
        /// Nobody could be reached, or the server wants to be asked again, or does not let this node in.
        case temporary
        /// The server does not take this mail, and never will.
        case permanent
        /// The program ended the attempt.
        case interrupted
    }

    public var kind: Kind
    /// The server's words, or what kept from hearing any. Operators read it.
    public var answer: String

    public init(_ kind: Kind, answer: String) {
        self.kind = kind
        self.answer = answer
    }
}

/// Hands mails to a server.
public protocol MailTransport: Sendable {
    /// One attempt, which ends within a time that the transport sets. It ends early when the task is cancelled.
    func send(_ message: MailMessage) async -> MailOutcome
}
