import ObjectModel

/// The rows of webhooks.
extension ProjectMerge {
    /// Whoever deletes a webhook, or switches it off, is sure that it tells nothing any more.
    func settle(_ id: WebhookID) throws {
        let state = try self.merge.state(of: .webhook(id))
        guard case .webhookCreated(var webhook) = state.creation?.body else { return }
        guard !state.isDeleted else {
            try self.visible.deleteWebhook(id, in: self.project)
            return try self.notice(.webhook(id), [])
        }
        webhook.project = self.project
        webhook.url = state.latest(.url)?.body.webhookChange?.url ?? webhook.url
        let description = state.latest(.description)?.body.webhookChange?.description ?? webhook.description
        webhook.description = description.flatMap { $0.isEmpty ? nil : $0 }
        webhook.triggers = state.latest(.triggers)?.body.webhookChange?.triggers ?? webhook.triggers
        webhook.secret = state.latest(.secret)?.body.webhookChange?.secret ?? webhook.secret
        webhook.isEnabled = state.strictest(.enabled, \.webhookChange?.isEnabled) { $0 ? 1 : 0 } ?? webhook.isEnabled
        webhook.updatedAt = max(webhook.updatedAt, try self.lastTouch(.webhook(id)))
        try self.visible.put(webhook)
        try self.notice(
            .webhook(id),
            [
                state.conflict(.edited, .url, \.webhookChange?.url),
                state.conflict(.edited, .description, \.webhookChange?.description),
                state.conflict(.edited, .triggers, \.webhookChange?.triggers),
                state.conflict(.restricted, .enabled, \.webhookChange?.isEnabled),
            ])
    }
}
