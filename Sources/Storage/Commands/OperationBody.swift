public import ObjectModel

/// What one operation does, with every fact fixed: applying it needs no clock, no randomness and no decision.
///
/// On the wire and in logs: JSON `{"kind": …, "value": …}` with sorted keys.
public enum OperationBody: Equatable, Sendable {
    case serverChanged(ServerChange)
    case userRegistered(User)
    case userChanged(UserChange)
    case userDeleted(UserID)
    case emailAdded(UserEmail)
    case emailChanged(EmailChange)
    /// Also of the one that an account was opened with.
    case emailDeleted(EmailID)
    /// All tokens that were made without knowing of this are over.
    case sessionsEnded(UserID)
    case serverInviteCreated(ServerInvite)
    /// It was answered, or taken back.
    case serverInviteDeleted(InviteID)
    case tokenCreated(Token)
    case tokenRevoked(TokenID)
    case favoriteChanged(FavoriteChange)
    case preferenceChanged(PreferenceChange)
    case appRegistered(RegisteredApp)
    case appChanged(AppChange)
    case appDeleted(AppID)
    /// Whoever let an app act for them does so no longer.
    case grantRevoked(Grant)

    case projectCreated(Project)
    case projectChanged(ProjectChange)
    case projectDeleted(ProjectID)
    case roleChanged(RoleChange)
    case policyChanged(PolicyChange)

    case inviteCreated(Invite)
    /// It was answered, or taken back.
    case inviteDeleted(InviteID)

    case accessRequested(AccessRequest)
    /// Whose request was answered.
    case accessAnswered(UserID)

    case modelCreated(Model)
    case modelChanged(ModelChange)
    case modelDeleted(ModelID)
    /// Somebody who knew that it was deleted decided that it stays.
    case modelKept(ModelID)

    case versionCreated(Version)
    case versionChanged(VersionChange)
    case versionDeleted(VersionID)
    /// Somebody decided that it counts, although its author's right was taken at the same time.
    case versionAccepted(VersionID)
    case versionReceived(VersionReceipt)
    /// What was done before closed it. Kept in the log for activity; changes no other row.
    case conflictClosed(ClosedConflict)

    case blobCreated(Blob)
    case blobDeleted(BlobID)

    case commentCreated(CommentCreation)
    case commentChanged(CommentChange)
    case commentViewed(CommentViewing)

    case webhookCreated(Webhook)
    case webhookChanged(WebhookChange)
    case webhookDeleted(WebhookID)

    /// What is left of an operation that was left out of its log.
    case trace(ActivityFacts)
    /// What is for owners, and was not told to this node.
    case withheld(WithheldOperation)
}

extension OperationBody {
    /// Whether objects, or a file's bytes, must be there before it.
    public var leadsToContent: Bool {
        switch self {
        case .versionCreated, .blobCreated: true
        default: false
        }
    }

    /// The files whose bytes must be there before it.
    public var files: [BlobContent] {
        switch self {
        case .versionCreated(let version): version.root.files.map(\.content)
        case .blobCreated(let blob): [blob.content]
        default: []
        }
    }
}

extension OperationBody: Codable {
    private enum CodingKeys: String, CodingKey { case kind, value }

    private enum Kind: String, Codable {
        case serverChanged = "server.changed"
        case userRegistered = "user.registered"
        case userChanged = "user.changed"
        case userDeleted = "user.deleted"
        case emailAdded = "email.added"
        case emailChanged = "email.changed"
        case emailDeleted = "email.deleted"
        case sessionsEnded = "sessions.ended"
        case serverInviteCreated = "serverInvite.created"
        case serverInviteDeleted = "serverInvite.deleted"
        case tokenCreated = "token.created"
        case tokenRevoked = "token.revoked"
        case favoriteChanged = "favorite.changed"
        case preferenceChanged = "preference.changed"
        case appRegistered = "app.registered"
        case appChanged = "app.changed"
        case appDeleted = "app.deleted"
        case grantRevoked = "grant.revoked"
        case projectCreated = "project.created"
        case projectChanged = "project.changed"
        case projectDeleted = "project.deleted"
        case roleChanged = "role.changed"
        case policyChanged = "policy.changed"
        case inviteCreated = "invite.created"
        case inviteDeleted = "invite.deleted"
        case accessRequested = "access.requested"
        case accessAnswered = "access.answered"
        case modelCreated = "model.created"
        case modelChanged = "model.changed"
        case modelDeleted = "model.deleted"
        case modelKept = "model.kept"
        case versionCreated = "version.created"
        case versionChanged = "version.changed"
        case versionDeleted = "version.deleted"
        case versionAccepted = "version.accepted"
        case versionReceived = "version.received"
        case conflictClosed = "conflict.closed"
        case blobCreated = "blob.created"
        case blobDeleted = "blob.deleted"
        case commentCreated = "comment.created"
        case commentChanged = "comment.changed"
        case commentViewed = "comment.viewed"
        case webhookCreated = "webhook.created"
        case webhookChanged = "webhook.changed"
        case webhookDeleted = "webhook.deleted"
        case trace = "trace"
        case withheld = "withheld"
    }

    private var parts: (kind: Kind, value: any Encodable) {
        switch self {
        case .serverChanged(let value): (.serverChanged, value)
        case .userRegistered(let value): (.userRegistered, value)
        case .userChanged(let value): (.userChanged, value)
        case .userDeleted(let value): (.userDeleted, value)
        case .emailAdded(let value): (.emailAdded, value)
        case .emailChanged(let value): (.emailChanged, value)
        case .emailDeleted(let value): (.emailDeleted, value)
        case .sessionsEnded(let value): (.sessionsEnded, value)
        case .serverInviteCreated(let value): (.serverInviteCreated, value)
        case .serverInviteDeleted(let value): (.serverInviteDeleted, value)
        case .tokenCreated(let value): (.tokenCreated, value)
        case .tokenRevoked(let value): (.tokenRevoked, value)
        case .favoriteChanged(let value): (.favoriteChanged, value)
        case .preferenceChanged(let value): (.preferenceChanged, value)
        case .appRegistered(let value): (.appRegistered, value)
        case .appChanged(let value): (.appChanged, value)
        case .appDeleted(let value): (.appDeleted, value)
        case .grantRevoked(let value): (.grantRevoked, value)
        case .projectCreated(let value): (.projectCreated, value)
        case .projectChanged(let value): (.projectChanged, value)
        case .projectDeleted(let value): (.projectDeleted, value)
        case .roleChanged(let value): (.roleChanged, value)
        case .policyChanged(let value): (.policyChanged, value)
        case .inviteCreated(let value): (.inviteCreated, value)
        case .inviteDeleted(let value): (.inviteDeleted, value)
        case .accessRequested(let value): (.accessRequested, value)
        case .accessAnswered(let value): (.accessAnswered, value)
        case .modelCreated(let value): (.modelCreated, value)
        case .modelChanged(let value): (.modelChanged, value)
        case .modelDeleted(let value): (.modelDeleted, value)
        case .modelKept(let value): (.modelKept, value)
        case .versionCreated(let value): (.versionCreated, value)
        case .versionChanged(let value): (.versionChanged, value)
        case .versionDeleted(let value): (.versionDeleted, value)
        case .versionAccepted(let value): (.versionAccepted, value)
        case .versionReceived(let value): (.versionReceived, value)
        case .conflictClosed(let value): (.conflictClosed, value)
        case .blobCreated(let value): (.blobCreated, value)
        case .blobDeleted(let value): (.blobDeleted, value)
        case .commentCreated(let value): (.commentCreated, value)
        case .commentChanged(let value): (.commentChanged, value)
        case .commentViewed(let value): (.commentViewed, value)
        case .webhookCreated(let value): (.webhookCreated, value)
        case .webhookChanged(let value): (.webhookChanged, value)
        case .webhookDeleted(let value): (.webhookDeleted, value)
        case .trace(let value): (.trace, value)
        case .withheld(let value): (.withheld, value)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        let (kind, value) = self.parts
        try container.encode(kind, forKey: .kind)
        try container.encode(value, forKey: .value)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func value<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
            try container.decode(Value.self, forKey: .value)
        }
        self =
            switch try container.decode(Kind.self, forKey: .kind) {
            case .serverChanged: .serverChanged(try value())
            case .userRegistered: .userRegistered(try value())
            case .userChanged: .userChanged(try value())
            case .userDeleted: .userDeleted(try value())
            case .emailAdded: .emailAdded(try value())
            case .emailChanged: .emailChanged(try value())
            case .emailDeleted: .emailDeleted(try value())
            case .sessionsEnded: .sessionsEnded(try value())
            case .serverInviteCreated: .serverInviteCreated(try value())
            case .serverInviteDeleted: .serverInviteDeleted(try value())
            case .tokenCreated: .tokenCreated(try value())
            case .tokenRevoked: .tokenRevoked(try value())
            case .favoriteChanged: .favoriteChanged(try value())
            case .preferenceChanged: .preferenceChanged(try value())
            case .appRegistered: .appRegistered(try value())
            case .appChanged: .appChanged(try value())
            case .appDeleted: .appDeleted(try value())
            case .grantRevoked: .grantRevoked(try value())
            case .projectCreated: .projectCreated(try value())
            case .projectChanged: .projectChanged(try value())
            case .projectDeleted: .projectDeleted(try value())
            case .roleChanged: .roleChanged(try value())
            case .policyChanged: .policyChanged(try value())
            case .inviteCreated: .inviteCreated(try value())
            case .inviteDeleted: .inviteDeleted(try value())
            case .accessRequested: .accessRequested(try value())
            case .accessAnswered: .accessAnswered(try value())
            case .modelCreated: .modelCreated(try value())
            case .modelChanged: .modelChanged(try value())
            case .modelDeleted: .modelDeleted(try value())
            case .modelKept: .modelKept(try value())
            case .versionCreated: .versionCreated(try value())
            case .versionChanged: .versionChanged(try value())
            case .versionDeleted: .versionDeleted(try value())
            case .versionAccepted: .versionAccepted(try value())
            case .versionReceived: .versionReceived(try value())
            case .conflictClosed: .conflictClosed(try value())
            case .blobCreated: .blobCreated(try value())
            case .blobDeleted: .blobDeleted(try value())
            case .commentCreated: .commentCreated(try value())
            case .commentChanged: .commentChanged(try value())
            case .commentViewed: .commentViewed(try value())
            case .webhookCreated: .webhookCreated(try value())
            case .webhookChanged: .webhookChanged(try value())
            case .webhookDeleted: .webhookDeleted(try value())
            case .trace: .trace(try value())
            case .withheld: .withheld(try value())
            }
    }
}
