public import ObjectModel

extension OperationBody {
    /// What the operation, one of the log of `project`, is in the project's activity; `nil` when it is nothing.
    ///
    /// It follows from the operation alone, so that it is the same at every node.
    func activity(in project: ProjectID) -> ActivityFacts? {
        func stream(_ action: String, _ info: [String: String?] = [:]) -> ActivityFacts {
            ActivityFacts(action, "stream", project.rawValue, info)
        }
        func branch(_ action: String, _ id: ModelID, _ info: [String: String?] = [:]) -> ActivityFacts {
            ActivityFacts(action, "branch", id.rawValue, info)
        }
        func commit(_ action: String, _ id: VersionID, _ info: [String: String?] = [:]) -> ActivityFacts {
            ActivityFacts(action, "commit", id.rawValue, info)
        }
        func comment(_ action: String, _ id: CommentID, _ info: [String: String?] = [:]) -> ActivityFacts {
            ActivityFacts(action, "comment", id.rawValue, info)
        }
        return switch self {
        case .projectCreated(let project): stream("stream_create", ["name": project.name])
        case .projectChanged(let change):
            stream("stream_update", ["name": change.name, "visibility": change.visibility?.rawValue])
        case .policyChanged: stream("stream_update", ["policy": "changed"])
        case .roleChanged(let change):
            stream(
                change.role == nil ? "stream_permissions_remove" : "stream_permissions_add",
                ["targetUser": change.user.rawValue, "role": change.role?.rawValue])
        // Whom is for those who may see invitations.
        case .inviteCreated(let invite): stream("stream_invite_sent", ["role": invite.role.rawValue])
        case .modelCreated(let model): branch("branch_create", model.id, ["name": model.name])
        case .modelChanged(let change): branch("branch_update", change.id, ["name": change.name])
        case .modelDeleted(let id): branch("branch_delete", id)
        case .versionCreated(let version):
            commit(
                "commit_create", version.id,
                [
                    "branchId": version.model.rawValue, "objectId": version.reference,
                    "message": version.message, "sourceApplication": version.sourceApplication,
                ])
        case .versionChanged(let change):
            change.model == nil
                ? commit("commit_update", change.id, ["message": change.message])
                : commit("commit_move", change.id, ["branchId": change.model?.rawValue])
        case .versionDeleted(let id): commit("commit_delete", id)
        case .versionReceived(let receipt):
            commit(
                "commit_receive", receipt.version,
                ["sourceApplication": receipt.sourceApplication, "message": receipt.message])
        case .commentCreated(let creation):
            comment(
                creation.comment.thread == nil ? "comment_created" : "comment_replied", creation.comment.id,
                ["thread": creation.comment.thread?.rawValue])
        case .commentChanged(let change):
            change.isArchived == true ? comment("comment_archived", change.id) : nil
        case .conflictClosed(let conflict): conflict.facts(ActivityFacts.conflictClosed, in: project)
        case .trace(let facts): facts
        case .withheld(let rest): rest.facts
        // Requests are between whoever asks and owners, webhooks are the owners', and files have none. What somebody
        // decided of a conflict is told as its end.
        case .projectDeleted, .inviteDeleted, .accessRequested, .accessAnswered, .modelKept, .versionAccepted,
            .blobCreated, .blobDeleted, .commentViewed, .webhookCreated, .webhookChanged, .webhookDeleted,
            .serverChanged, .userRegistered, .userChanged, .userDeleted, .emailAdded, .emailChanged, .emailDeleted,
            .sessionsEnded, .serverInviteCreated, .serverInviteDeleted, .tokenCreated, .tokenRevoked, .favoriteChanged,
            .preferenceChanged, .appRegistered, .appChanged, .appDeleted, .grantRevoked:
            nil
        }
    }
}

extension ActivityFacts {
    static let conflictOpened = "conflict_open"
    static let conflictClosed = "conflict_close"
    /// Of a text, in Unicode scalars.
    private static let textCountMax = 200

    init(_ action: String, _ resourceType: String, _ resourceID: String, _ info: [String: String?]) {
        self.init(
            action: action, resourceType: resourceType, resourceID: resourceID,
            info: info.compactMapValues { text in
                text.map { String(String.UnicodeScalarView($0.unicodeScalars.prefix(Self.textCountMax))) }
            })
    }
}

// MARK: Conflicts

/// A conflict that somebody closed.
public struct ClosedConflict: Hashable, Sendable, Codable {
    public var id: String
    /// ``Conflict/Kind``.
    public var kind: String
    /// ``Entity/key``.
    public var entity: String
    /// ``MergeField``; `nil` when it was about the entity as a whole.
    public var field: String?
    public var openedAt: Timestamp

    public init(_ conflict: Conflict) {
        self.id = conflict.id
        self.kind = conflict.kind.rawValue
        self.entity = conflict.entity.key
        self.field = conflict.field?.rawValue
        self.openedAt = conflict.openedAt
    }

    func facts(_ action: String, in project: ProjectID) -> ActivityFacts {
        let (type, id) = self.resource(in: project)
        return ActivityFacts(
            action, type, id,
            [
                "conflict": self.id, "kind": self.kind, "field": self.field,
                "openedAt": "\(self.openedAt.millisecondsSinceEpoch)",
            ])
    }

    private func resource(in project: ProjectID) -> (type: String, id: String) {
        switch Entity(key: self.entity) {
        case .model(let id): ("branch", id.rawValue)
        case .version(let id): ("commit", id.rawValue)
        case .role(let user): ("user", user.rawValue)
        default: ("stream", project.rawValue)
        }
    }
}
