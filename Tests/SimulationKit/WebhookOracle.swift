import ObjectModel
import Storage

/// What the webhooks of a project must be, by the rules of Spec §20.3.
struct WebhookOracle {
    /// Oldest first.
    private(set) var webhooks: [Webhook] = []
    private(set) var conflicts: [Conflict] = []
    private let set: OperationSet

    init(_ project: ProjectID, _ set: OperationSet) {
        self.set = set
        for id in set.all({ body in if case .webhookCreated(let webhook) = body { webhook.id } else { nil } }) {
            let made = set.values { body -> Webhook? in
                if case .webhookCreated(let webhook) = body, webhook.id == id { webhook } else { nil }
            }
            let isDeleted = set.isDeleted { body in
                switch body {
                case .webhookDeleted(let deleted) where deleted == id: true
                case .webhookCreated(let webhook) where webhook.id == id: false
                default: nil
                }
            }
            guard var webhook = made.first?.content, !isDeleted else { continue }
            webhook.project = project
            self.write(&webhook)
            self.webhooks.append(webhook)
        }
        self.webhooks.sort { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
    }

    private mutating func write(_ webhook: inout Webhook) {
        let id = webhook.id
        let urls = self.values(of: id, \.url, \.url)
        let descriptions = self.values(of: id, { $0.description ?? "" }, \.description)
        let triggers = self.values(of: id, \.triggers, \.triggers)
        let switches = self.values(of: id, \.isEnabled, \.isEnabled)
        webhook.url = urls.last?.content ?? webhook.url
        webhook.description = (descriptions.last?.content).flatMap { $0.isEmpty ? nil : $0 }
        webhook.triggers = triggers.last?.content ?? webhook.triggers
        webhook.secret = self.values(of: id, \.secret, \.secret).last?.content ?? webhook.secret
        webhook.isEnabled = !switches.contains { !$0.content }
        let last = self.set.lastTime { body in
            switch body {
            case .webhookCreated(let other): other.id == id
            case .webhookChanged(let change): change.id == id
            default: false
            }
        }
        webhook.updatedAt = max(webhook.createdAt, last ?? webhook.createdAt)
        self.conflicts += [
            .among(urls, .edited, .webhook(id), .url),
            .among(descriptions, .edited, .webhook(id), .description),
            .among(triggers, .edited, .webhook(id), .triggers),
            .among(switches, .restricted, .webhook(id), .enabled),
        ].compactMap(\.self)
    }

    private func values<Content>(
        of id: WebhookID, _ made: (Webhook) -> Content, _ changed: (WebhookChange) -> Content?
    ) -> [OperationSet.Value<Content>] {
        self.set.values { body in
            switch body {
            case .webhookCreated(let webhook) where webhook.id == id: made(webhook)
            case .webhookChanged(let change) where change.id == id: changed(change)
            default: nil
            }
        }
    }
}
