import GraphQL
import ObjectModel
import Storage

/// Webhooks of projects. Only owners see them.
enum WebhookResolvers {
    static func add(to map: inout ResolverMap<APIContext>) {
        map.type(ProjectSource.self) { field in field.addWebhooks(of: \.project.id) }
        map.type(StreamSource.self) { field in field.addWebhooks(of: \.project.id) }
        self.addMutations(to: &map)
        self.addWebhook(to: &map)
        self.addEvent(to: &map)
    }

    // MARK: Mutations

    private static func addMutations(to map: inout ResolverMap<APIContext>) {
        map.type(MutationRoot.self) { field in
            field("webhookCreate") { _, arguments, context in
                let input = try Input(arguments, "webhook")
                let command = CreateWebhook(
                    project: try input.id("streamId"), url: try input.require("url"),
                    description: input.string("description"), triggers: input.strings("triggers") ?? [],
                    secret: input.string("secret"), isEnabled: input.bool("enabled") ?? true)
                return try await context.perform(command, .own, on: command.project).id.rawValue
            }
            field("webhookUpdate") { _, arguments, context in
                let input = try Input(arguments, "webhook")
                let command = UpdateWebhook(
                    project: try input.id("streamId"), id: try input.id("id"), url: input.string("url"),
                    description: input.string("description"), triggers: input.strings("triggers"),
                    secret: input.string("secret"), isEnabled: input.bool("enabled"))
                return try await context.perform(command, .own, on: command.project).id.rawValue
            }
            field("webhookDelete") { _, arguments, context in
                let input = try Input(arguments, "webhook")
                let command = DeleteWebhook(project: try input.id("streamId"), id: try input.id("id"))
                try await context.perform(command, .own, on: command.project)
                return command.id.rawValue
            }
            field("webhookMutations") { _, _, _ in WebhookMutations() }
        }
        map.type(WebhookMutations.self) { field in
            field("test") { _, arguments, context in
                let command = TestWebhook(project: arguments.id("projectId"), id: arguments.id("webhookId"))
                return try await self.event(context.perform(command, .own, on: command.project), context)
            }
            field("redeliver") { _, arguments, context in
                let command = RedeliverWebhookEvent(project: arguments.id("projectId"), id: arguments.id("eventId"))
                return try await self.event(context.perform(command, .own, on: command.project), context)
            }
        }
    }

    private static func event(_ delivery: WebhookDelivery, _ context: APIContext) async throws -> WebhookEventSource {
        let webhook = try await context.read { rows in
            try rows.webhook(delivery.endpoint.webhook, in: delivery.endpoint.project)
        }
        guard let webhook else { throw DomainError(.notFound, "Webhook not found") }
        return WebhookEventSource(delivery: delivery, webhook: webhook)
    }

    // MARK: Look-ups

    private static func addWebhook(to map: inout ResolverMap<APIContext>) {
        map.type(WebhooksSource.self) { field in
            field("totalCount") { source, _, _ in source.webhooks.count }
            field("items") { source, _, _ in source.webhooks.map(WebhookSource.init) }
        }
        map.type(WebhookSource.self) { field in
            field("id") { source, _, _ in source.webhook.id.rawValue }
            field("streamId") { source, _, _ in source.webhook.project.rawValue }
            field("projectId") { source, _, _ in source.webhook.project.rawValue }
            field("hasSecret") { source, _, _ in source.webhook.secret.text != nil }
            field("url") { source, _, _ in source.webhook.url }
            field("description") { source, _, _ in source.webhook.description }
            field("triggers") { source, _, _ in source.webhook.triggers }
            field("enabled") { source, _, _ in source.webhook.isEnabled }
            field.together("history") { sources, arguments, context in
                try await self.histories(of: sources.map(\.webhook), limit: try Page.limit(arguments), context)
            }
        }
    }

    private static func histories(
        of webhooks: [Webhook], limit: Int, _ context: APIContext
    ) async throws -> [WebhookEventsSource] {
        let endpoints = webhooks.map { WebhookDelivery.Endpoint($0.id, in: $0.project) }
        return try await context.read { rows in
            let deliveries = try rows.deliveries(toEach: Set(endpoints), limit: limit)
            let counts = try rows.deliveryCounts(toEach: Set(endpoints))
            return zip(webhooks, endpoints).map { webhook, endpoint in
                WebhookEventsSource(
                    totalCount: counts[endpoint] ?? 0,
                    items: (deliveries[endpoint] ?? []).map { WebhookEventSource(delivery: $0, webhook: webhook) })
            }
        }
    }

    private static func addEvent(to map: inout ResolverMap<APIContext>) {
        map.type(WebhookEventsSource.self) { field in
            field("totalCount") { source, _, _ in source.totalCount }
            field("items") { source, _, _ in source.items }
        }
        map.type(WebhookEventSource.self) { field in
            field("id") { source, _, _ in source.delivery.id.rawValue }
            field("webhookId") { source, _, _ in source.delivery.endpoint.webhook.rawValue }
            field("status") { source, _, _ in source.delivery.status.rawValue }
            field("statusInfo") { source, _, _ in source.delivery.statusInfo }
            field("retryCount") { source, _, _ in max(0, source.delivery.attemptCount - 1) }
            field("lastUpdate") { source, _, _ in source.delivery.updatedAt.iso8601 }
            field.together("payload") { sources, _, context in
                let settings = try await context.read { try $0.serverSettings() }
                let server = context.services.configuration.webhookServer.named(by: settings)
                return sources.map { source in
                    String(
                        decoding: WebhookPayload.encode(source.delivery, webhook: source.webhook, server: server),
                        as: UTF8.self)
                }
            }
        }
    }
}

extension ResolverMap.Fields where Context == APIContext {
    fileprivate mutating func addWebhooks(of project: @escaping @Sendable (Source) -> ProjectID) {
        self.together("webhooks") { sources, arguments, context in
            let (projects, principal) = (sources.map(project), context.principal)
            let only = arguments["id"]?.string.map(WebhookID.init(rawValue:))
            let webhooks = try await context.read { rows in
                let refusals = try ProjectRules.refusals(of: .own, on: Set(projects), for: principal, rows)
                if let refusal = refusals.values.first { throw refusal.error }
                return try rows.webhooks(ofEach: Set(projects))
            }
            return projects.map { project in
                WebhooksSource(webhooks: (webhooks[project] ?? []).filter { only == nil || $0.id == only })
            }
        }
    }
}

struct WebhookMutations: ObjectSource { static let typeName = "WebhookMutations" }

struct WebhooksSource: ObjectSource {
    static let typeName = "WebhookCollection"
    let webhooks: [Webhook]
}

struct WebhookSource: ObjectSource {
    static let typeName = "Webhook"
    let webhook: Webhook
}

struct WebhookEventsSource: ObjectSource {
    static let typeName = "WebhookEventCollection"
    let totalCount: Int
    let items: [WebhookEventSource]
}

struct WebhookEventSource: ObjectSource {
    static let typeName = "WebhookEvent"
    let delivery: WebhookDelivery
    let webhook: Webhook
}
