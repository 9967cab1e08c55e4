import ObjectModel

/// The names of events that webhooks may ask for.
public enum WebhookTrigger {
    /// Those that happen, ascending.
    public static let all: [String] = [
        "branch_create", "branch_delete", "branch_update", "comment_archived", "comment_created", "comment_mention",
        "comment_replied", "commit_create", "commit_delete", "commit_move", "commit_receive", "commit_update",
        ActivityFacts.conflictClosed, ActivityFacts.conflictOpened, "policy_update", "stream_access_request_declined",
        "stream_access_request_sent", "stream_delete", "stream_invite_declined", "stream_invite_sent",
        "stream_permissions_add", "stream_permissions_invite_accepted", "stream_permissions_remove", "stream_update",
    ]

    /// Speckle's names of what no webhook can hear of: there is none before its project, and projects are not cloned. Clients that
    /// ask for everything are not refused for them.
    public static let silent: [String] = ["stream_clone", "stream_create"]

    /// What somebody sends to try a webhook. Nobody asks for it.
    public static let test = "webhook_test"
}
