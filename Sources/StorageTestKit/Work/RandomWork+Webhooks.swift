import ObjectModel
import Storage

extension RandomWork {
    func changeWebhooks(of project: ProjectID, by user: UserID, using random: inout SeededRandom) async throws {
        // Mostly the same one, so that those who do not know of each other often change the same.
        let all = try await self.store.read { try $0.webhooks(of: project) }
        let webhook = all.prefix(Bool.random(using: &random) ? 1 : all.count).randomElement(using: &random)
        let url = "https://hook\(Int.random(in: 0..<3, using: &random)).example"
        let triggers =
            ["conflict_open"]
            + (0..<6).map { _ in WebhookTrigger.all.randomElement(using: &random) ?? "commit_create" }
        let text = ["", self.text(using: &random)].randomElement(using: &random)
        switch (Int.random(in: 0..<10, using: &random), webhook) {
        case (0, let webhook?): try await self.run(DeleteWebhook(project: project, id: webhook.id), by: user)
        case (1..<9, let webhook?):
            try await self.run(
                UpdateWebhook(
                    project: project, id: webhook.id, url: Bool.random(using: &random) ? url : nil,
                    description: Bool.random(using: &random) ? text : nil,
                    triggers: Bool.random(using: &random) ? triggers : nil,
                    secret: Bool.random(using: &random) ? text : nil,
                    isEnabled: [true, true, false, nil].randomElement(using: &random) ?? nil), by: user)
        default:
            try await self.run(
                CreateWebhook(
                    project: project, url: url, description: text, triggers: triggers, secret: text,
                    isEnabled: Int.random(in: 0..<4, using: &random) > 0), by: user)
        }
    }
}
