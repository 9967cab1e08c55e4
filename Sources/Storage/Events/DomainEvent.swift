public import ObjectModel

/// Something that people see is different from before: what those who watch are told.
///
/// It says what, not how it is now: whoever hears of it reads that, with the rights of whoever watches.
public struct DomainEvent: Hashable, Sendable {
    public enum Change: Sendable {
        case created
        case updated
        case deleted
    }

    public enum Subject: Hashable, Sendable {
        case project
        /// Whose role in the project.
        case role(UserID)
        case invite(InviteID)
        /// Whose request for a role.
        case accessRequest(UserID)
        case model(ModelID)
        /// With the model that it is in, or was in last.
        case version(VersionID, ModelID)
        case blob(BlobID)
        /// With its thread, where it is an answer. It is deleted when it is archived, and created again when it comes back.
        case comment(CommentID, thread: CommentID?)
        /// With the model that its version will be in.
        case ingestion(IngestionID, ModelID)
        /// Whoever makes a version should stop.
        case cancellation(IngestionID, ModelID)
        /// Nothing that is kept: somebody shows something.
        case broadcast(ViewerBroadcast)
        /// An open conflict, by its id; created when it opens, deleted when it closes.
        case conflict(String)
    }

    public var scope: LogScope
    public var subject: Subject
    public var change: Change

    public init(scope: LogScope, subject: Subject, change: Change) {
        self.scope = scope
        self.subject = subject
        self.change = change
    }
}

public protocol EventWriting {
    /// Is told to those who watch once the transaction is durable, in the order of transactions.
    func tell(_ event: DomainEvent)
}
