import ObjectModel

extension OperationBody {
    /// What webhooks of `project` are told of an operation of its log, in an order that is the same at every node.
    ///
    /// It is what its activity says, with more words, and what owners alone may know.
    func webhookFacts(in project: ProjectID) -> [ActivityFacts] {
        func stream(_ action: String, _ info: [String: String?] = [:]) -> ActivityFacts {
            ActivityFacts(action, "stream", project.rawValue, info)
        }
        switch self {
        // Nobody can have asked to be told.
        case .projectCreated, .trace, .withheld: return []
        case .projectDeleted: return [stream("stream_delete")]
        case .policyChanged(let change): return [stream("policy_update", change.texts)]
        case .inviteCreated(let invite):
            return [
                stream(
                    "stream_invite_sent",
                    ["inviteId": invite.id.rawValue, "role": invite.role.rawValue, "targetUser": invite.target.user])
            ]
        case .accessRequested(let request):
            return [stream("stream_access_request_sent", ["requesterId": request.requester.rawValue])]
        case .commentCreated(let creation):
            guard var facts = self.activity(in: project) else { return [] }
            let (comment, text) = (creation.comment, creation.comment.content.plainText)
            facts = ActivityFacts(
                facts.action, facts.resourceType, facts.resourceID,
                ["thread": comment.thread?.rawValue, "text": text.isEmpty ? nil : text])
            return [facts] + comment.content.mentions(in: comment.id, thread: comment.thread)
        case .commentChanged(let change):
            return [self.activity(in: project)].compactMap(\.self)
                + (change.content?.mentions(in: change.id, thread: nil) ?? [])
        default: return [self.activity(in: project)].compactMap(\.self)
        }
    }
}

extension CommentContent {
    fileprivate func mentions(in comment: CommentID, thread: CommentID?) -> [ActivityFacts] {
        self.mentionedUsers.map { user in
            ActivityFacts(
                "comment_mention", "comment", comment.rawValue,
                ["targetUser": user.rawValue, "thread": thread?.rawValue, "text": self.plainText])
        }
    }
}

extension PolicyChange {
    fileprivate var texts: [String: String?] {
        [
            "regions": self.regions.map { regions in
                switch regions {
                case .all: "all"
                case .only(let nodes): nodes.sorted().map(\.rawValue).joined(separator: ",")
                }
            },
            "home": self.home.map { $0.node?.rawValue ?? "everywhere" },
            "edges": self.allowsEdges.map { "\($0)" }, "copies": self.minimumCopies.map { "\($0)" },
        ]
    }
}

extension Invite.Target {
    /// An e-mail is for those alone who may see invitations.
    fileprivate var user: String? {
        if case .user(let id) = self { id.rawValue } else { nil }
    }
}

// MARK: What operations do not say

extension ActivityFacts {
    static func inviteAccepted(_ invite: Invite, by user: UserID) -> Self {
        Self(
            "stream_permissions_invite_accepted", "stream", invite.project.rawValue,
            ["inviteId": invite.id.rawValue, "role": invite.role.rawValue, "targetUser": user.rawValue])
    }

    static func inviteDeclined(_ invite: Invite, by user: UserID) -> Self {
        Self(
            "stream_invite_declined", "stream", invite.project.rawValue,
            ["inviteId": invite.id.rawValue, "role": invite.role.rawValue, "targetUser": user.rawValue])
    }

    static func accessDeclined(_ request: AccessRequest) -> Self {
        Self(
            "stream_access_request_declined", "stream", request.project.rawValue,
            ["requesterId": request.requester.rawValue])
    }
}
