public import ObjectModel

extension ActivityFacts {
    /// What was done, in words.
    public var message: String {
        switch self.resourceType {
        case "branch": self.modelMessage ?? self.plainMessage
        case "commit": self.versionMessage ?? self.plainMessage
        case "comment": self.commentMessage ?? self.plainMessage
        default: self.projectMessage ?? self.plainMessage
        }
    }

    private var plainMessage: String {
        switch self.action {
        case Self.conflictOpened: "Regions disagree about \(self.resourceType) \(self.resourceID)"
        case Self.conflictClosed: "The conflict about \(self.resourceType) \(self.resourceID) is closed"
        default: "\(self.action) of \(self.resourceType) \(self.resourceID)"
        }
    }

    /// A text of ``info`` behind a word; nothing where there is none.
    private func quoted(_ name: String) -> String { self.info[name].map { " “\($0)”" } ?? "" }

    private var projectMessage: String? {
        let (name, role, person) = (self.quoted("name"), self.info["role"] ?? "", self.info["targetUser"] ?? "")
        return switch self.action {
        case "stream_create": "Project\(name) created"
        case "stream_update": self.info["policy"] == nil ? "Project\(name) changed" : "Policy of the project changed"
        case "stream_delete": "Project\(name) deleted"
        case "policy_update": "Policy of the project changed"
        case "stream_permissions_add": "\(person) has the role \(role)"
        case "stream_permissions_remove": "\(person) has no role any more"
        case "stream_invite_sent": "Somebody was invited as \(role)"
        case "stream_permissions_invite_accepted": "\(person) accepted an invitation as \(role)"
        case "stream_invite_declined": "\(person) declined an invitation"
        case "stream_access_request_sent": "\(self.info["requesterId"] ?? "") asks for access"
        case "stream_access_request_declined": "\(self.info["requesterId"] ?? "") gets no access"
        case WebhookTrigger.test: "A test of the webhook"
        default: nil
        }
    }

    private var modelMessage: String? {
        let name = self.quoted("name")
        return switch self.action {
        case "branch_create": "Model\(name) created"
        case "branch_update": "Model \(self.resourceID) changed\(name.isEmpty ? "" : ": it is called\(name)")"
        case "branch_delete": "Model \(self.resourceID) deleted"
        default: nil
        }
    }

    private var versionMessage: String? {
        let (version, message) = ("Version \(self.resourceID)", self.quoted("message"))
        return switch self.action {
        case "commit_create": "\(version)\(message) created"
        case "commit_update": "\(version) has the message\(message)"
        case "commit_move": "\(version) moved to model \(self.info["branchId"] ?? "")"
        case "commit_delete": "\(version) deleted"
        case "commit_receive": "\(version) received by \(self.info["sourceApplication"] ?? "")"
        default: nil
        }
    }

    private var commentMessage: String? {
        let text = self.quoted("text")
        return switch self.action {
        case "comment_created": "Comment\(text) created"
        case "comment_replied": "Answer\(text) to comment \(self.info["thread"] ?? "") created"
        case "comment_archived": "Comment \(self.resourceID) archived"
        case "comment_mention": "\(self.info["targetUser"] ?? "") mentioned in comment \(self.resourceID)"
        default: nil
        }
    }
}
