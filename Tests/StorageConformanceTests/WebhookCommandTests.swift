import ObjectModel
import Storage
import StorageTestKit
import Testing

@Suite struct WebhookCommandTests {
    private static let longText = String(repeating: "a", count: Webhook.textByteCountMax + 1)

    @Test("a webhook is as it was asked for, with sorted triggers, each once", arguments: Backend.allCases)
    func create(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let project = try await office.project().project.id
        let command = CreateWebhook(
            project: project, url: "HTTPS://user-tool.example:8443/a?b#c", description: "",
            triggers: ["stream_update", "commit_create", "stream_update", "stream_create"], secret: "")
        let webhook = try await office.perform(command, appends: .project(project)) { [.webhookCreated($0)] }
        #expect(webhook.triggers == ["commit_create", "stream_create", "stream_update"])
        #expect(webhook.description == nil && webhook.secret == WebhookSecret(nil) && webhook.isEnabled)
        #expect(try await office.read { try $0.webhooks(of: project) } == [webhook])
        let other = try await office.perform(
            CreateWebhook(
                project: project, url: "http://[::1]", description: "two", triggers: ["conflict_open"], secret: "s",
                isEnabled: false))
        #expect(other.secret == WebhookSecret("s") && !other.isEnabled && other.description == "two")
        try await office.refuses(
            CreateWebhook(project: Fixture.id(7), url: "http://a.example", triggers: ["commit_create"]),
            .projectNotFound)
    }

    @Test(
        "an address that is none is refused",
        arguments: [
            "", "tool.example", "ftp://tool.example", "https://", "https:///path", "https://a@tool.example",
            "https://a:b@tool.example/", "https://tool.example:", "https://tool.example:0",
            "https://tool.example:99999",
            "https://tool.example:a", "https://tö.example", "https://tool example", "https://tool.example\n",
            "https://[]", "https://[::1", "https://[::1]a", "https://a\\b@c", "javascript:alert(1)",
            "https://tool.example/" + Self.longText,
        ])
    func addresses(_ url: String) async throws {
        let office = try await Office(.memory)
        let project = try await office.project().project.id
        try await office.refuses(
            CreateWebhook(project: project, url: url, triggers: ["commit_create"]), .webhookCreate, in: [project])
    }

    @Test("texts that are too long and triggers that nobody knows are refused", arguments: Backend.allCases)
    func invalid(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let project = try await office.project().project.id
        let url = "https://tool.example"
        for triggers in [[], ["commit_creat"], ["commit_create", ""], [WebhookTrigger.test]] {
            try await office.refuses(
                CreateWebhook(project: project, url: url, triggers: triggers), .webhookCreate, in: [project])
        }
        try await office.refuses(
            CreateWebhook(project: project, url: url, description: Self.longText, triggers: ["commit_create"]),
            .webhookCreate, in: [project])
        try await office.refuses(
            CreateWebhook(project: project, url: url, triggers: ["commit_create"], secret: Self.longText),
            .webhookCreate, in: [project])
        let webhook = try await office.perform(CreateWebhook(project: project, url: url, triggers: ["commit_create"]))
        for change in [
            UpdateWebhook(project: project, id: webhook.id, url: "no"),
            UpdateWebhook(project: project, id: webhook.id, triggers: []),
            UpdateWebhook(project: project, id: webhook.id, secret: Self.longText),
            UpdateWebhook(project: project, id: webhook.id, description: Self.longText),
        ] { try await office.refuses(change, .userInput, in: [project]) }
        try await office.refuses(
            UpdateWebhook(project: project, id: Fixture.id(1), url: url), .notFound, in: [project])
        try await office.refuses(DeleteWebhook(project: project, id: Fixture.id(1)), .notFound, in: [project])
    }

    @Test("a project has a hundred webhooks at most", arguments: Backend.allCases)
    func count(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let project = try await office.project().project.id
        let command = CreateWebhook(project: project, url: "https://tool.example", triggers: ["commit_create"])
        for _ in 0..<Webhook.countMax { try await office.perform(command) }
        try await office.refuses(command, .webhookCreate, in: [project])
        let first = try #require(try await office.read { try $0.webhooks(of: project) }.first)
        try await office.perform(DeleteWebhook(project: project, id: first.id))
        try await office.perform(command)
    }

    @Test("a change changes what it says; a secret that goes signs for a day more", arguments: Backend.allCases)
    func update(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let project = try await office.project().project.id
        var webhook = try await office.perform(
            CreateWebhook(
                project: project, url: "https://a.example", description: "a", triggers: ["commit_create"], secret: "s",
                isEnabled: false))
        func change(_ change: UpdateWebhook) async throws -> Webhook {
            let webhook = try await office.perform(change)
            #expect(try await office.read { try $0.webhooks(of: project) } == [webhook])
            return webhook
        }
        func update(
            url: String? = nil, description: String? = nil, secret: String? = nil, isEnabled: Bool? = nil
        ) -> UpdateWebhook {
            UpdateWebhook(
                project: project, id: webhook.id, url: url, description: description, secret: secret,
                isEnabled: isEnabled)
        }
        // What is off stays off.
        let moved = try await change(update(url: "https://b.example", description: ""))
        (webhook.url, webhook.description, webhook.updatedAt) = ("https://b.example", nil, office.now)
        #expect(moved == webhook)
        #expect(try await change(update(isEnabled: true)).isEnabled)
        // Nothing, and the same secret, change nothing.
        let before = try await office.log(.project(project)).count
        _ = try await change(update())
        _ = try await change(update(secret: "s"))
        #expect(try await office.log(.project(project)).count == before)
        let next = try await change(update(secret: "t")).secret
        let end = office.now + .seconds(86_400)
        #expect(next == WebhookSecret("t", former: "s", formerUntil: end))
        #expect(try await change(update(secret: "")).secret.former == "t")
        #expect(try await change(update(secret: "u")).secret == WebhookSecret("u"))
    }

    @Test(
        "an event is sent once more under its id, from the beginning, and nothing waits for it",
        arguments: Backend.allCases)
    func redeliver(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let project = try await office.project().project.id
        let webhook = try await office.perform(
            CreateWebhook(project: project, url: "https://a.example", triggers: ["commit_create"]))
        var sent = try await office.perform(TestWebhook(project: project, id: webhook.id))
        #expect(sent.event.name == WebhookTrigger.test && sent.status == .pending && sent.id.rawValue.count == 20)
        #expect(sent.event.actor?.id == office.owner.id && sent.event.actor?.passwordHash == nil)
        let again = RedeliverWebhookEvent(project: project, id: sent.id)
        try await office.refuses(again, .userInput)
        (sent.status, sent.attemptCount, sent.statusInfo) = (.failed, 9, "503")
        try await office.service.store.write { [sent] in try $0.put(sent) }
        let pending = try await office.perform(again)
        #expect(pending.status == .pending && pending.attemptCount == 0 && pending.isAside)
        #expect(pending.nextAttemptAt == office.now && pending.statusInfo.isEmpty)
        #expect(try await office.read { try $0.delivery(pending.id) } == pending)
        try await office.refuses(RedeliverWebhookEvent(project: Fixture.id(9), id: sent.id), .notFound)
        try await office.refuses(RedeliverWebhookEvent(project: project, id: Fixture.id(9)), .notFound)
        try await office.service.store.write { [sent] in try $0.put(sent) }
        try await office.perform(UpdateWebhook(project: project, id: webhook.id, isEnabled: false))
        try await office.refuses(again, .userInput)
        try await office.refuses(TestWebhook(project: project, id: webhook.id), .userInput)
    }
}
