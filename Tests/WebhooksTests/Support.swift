import ObjectModel
import Synchronization

@testable import Webhooks

/// A clock that stands still until it is set.
final class ManualClock: Sendable {
    private let time = Mutex(Timestamp(millisecondsSinceEpoch: 1_700_000_000_000))

    var now: Timestamp { self.time.withLock { $0 } }
    func advance(by duration: Duration) { self.time.withLock { $0 = $0 + duration } }
}

extension Timestamp {
    static let start = Self(millisecondsSinceEpoch: 1_700_000_000_000)
}

extension Webhook {
    static func example(
        _ id: String = "hook", project: String = "project", url: String = "https://receiver.example/hook",
        secret: WebhookSecret = WebhookSecret("secret"), isEnabled: Bool = true
    ) -> Self {
        Self(
            id: WebhookID(rawValue: id), project: ProjectID(rawValue: project), url: url, description: nil,
            triggers: ["commit_create"], secret: secret, isEnabled: isEnabled, createdAt: .start)
    }

    var endpoint: WebhookDelivery.Endpoint { .init(self.id, in: self.project) }

    func delivery(_ id: String, at time: Timestamp = .start) -> WebhookDelivery {
        let project = Project(
            id: self.project, name: "Bridge", description: "", visibility: .private, allowPublicComments: false,
            createdAt: .start, updatedAt: .start)
        let event = WebhookEvent("commit_create", by: nil, in: project, message: "", data: ["id": id], at: time)
        return WebhookDelivery(id: WebhookDeliveryID(rawValue: id), to: self.endpoint, event, at: time)
    }
}

/// Waits until `condition` holds. It gives up after a time that no test needs.
func eventually(_ condition: @Sendable () async -> Bool) async -> Bool {
    let end = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < end {
        if await condition() { return true }
        try? await Task.sleep(for: .milliseconds(5))
    }
    return await condition()
}
