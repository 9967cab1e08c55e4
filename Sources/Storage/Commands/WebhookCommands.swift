public import ObjectModel

/// Sets up a webhook.
public struct CreateWebhook: Command {
    public var project: ProjectID
    public var url: String
    public var description: String?
    public var triggers: [String]
    /// `nil` or empty for none.
    public var secret: String?
    public var isEnabled: Bool

    public init(
        project: ProjectID, url: String, description: String? = nil, triggers: [String], secret: String? = nil,
        isEnabled: Bool = true
    ) {
        self.project = project
        self.url = url
        self.description = description
        self.triggers = triggers
        self.secret = secret
        self.isEnabled = isEnabled
    }

    public func execute(in context: CommandContext) throws -> Webhook {
        _ = try context.existingProject(self.project)
        guard try context.rows.webhooks(of: self.project).count < Webhook.countMax else {
            throw DomainError(.webhookCreate, "A project has at most \(Webhook.countMax) webhooks.")
        }
        let webhook = Webhook(
            id: try context.freshID { try context.rows.webhook($0, in: self.project) != nil }, project: self.project,
            url: self.url, description: self.description.flatMap { $0.isEmpty ? nil : $0 },
            triggers: Set(self.triggers).sorted(), secret: WebhookSecret(self.secret.flatMap { $0.isEmpty ? nil : $0 }),
            isEnabled: self.isEnabled, createdAt: context.now)
        try WebhookChange(webhook).requireValid(.webhookCreate)
        try context.record(.webhookCreated(webhook), in: .project(self.project))
        return webhook
    }
}

/// Changes a webhook. Fields that are `nil` stay as they are; an empty description or secret takes it away.
public struct UpdateWebhook: Command {
    /// How long a former secret signs as well.
    public static let formerSecretLifespan = Duration.seconds(86_400)

    public var project: ProjectID
    public var id: WebhookID
    public var url: String?
    public var description: String?
    public var triggers: [String]?
    public var secret: String?
    public var isEnabled: Bool?

    public init(
        project: ProjectID, id: WebhookID, url: String? = nil, description: String? = nil, triggers: [String]? = nil,
        secret: String? = nil, isEnabled: Bool? = nil
    ) {
        self.project = project
        self.id = id
        self.url = url
        self.description = description
        self.triggers = triggers
        self.secret = secret
        self.isEnabled = isEnabled
    }

    public func execute(in context: CommandContext) throws -> Webhook {
        let webhook = try context.existingWebhook(self.id, in: self.project)
        let change = WebhookChange(
            id: self.id, url: self.url, description: self.description, triggers: self.triggers.map { Set($0).sorted() },
            isEnabled: self.isEnabled, secret: self.secret(after: webhook.secret, at: context.now))
        guard change != WebhookChange(id: self.id) else { return webhook }
        try change.requireValid(.userInput)
        try context.record(.webhookChanged(change), in: .project(self.project))
        return try context.existingWebhook(self.id, in: self.project)
    }

    private func secret(after present: WebhookSecret, at now: Timestamp) -> WebhookSecret? {
        guard let secret else { return nil }
        let text = secret.isEmpty ? nil : secret
        guard text != present.text else { return nil }
        guard let former = present.text else { return WebhookSecret(text) }
        return WebhookSecret(text, former: former, formerUntil: now + Self.formerSecretLifespan)
    }
}

/// Deletes a webhook, with what waits for it.
public struct DeleteWebhook: Command {
    public var project: ProjectID
    public var id: WebhookID

    public init(project: ProjectID, id: WebhookID) {
        self.project = project
        self.id = id
    }

    public func execute(in context: CommandContext) throws {
        _ = try context.existingWebhook(self.id, in: self.project)
        try context.record(.webhookDeleted(self.id), in: .project(self.project))
    }
}

// MARK: Deliveries

/// Sends a webhook an event that nobody asks for. Nothing else happens, at this node or elsewhere.
public struct TestWebhook: Command {
    public var project: ProjectID
    public var id: WebhookID

    public init(project: ProjectID, id: WebhookID) {
        self.project = project
        self.id = id
    }

    public func execute(in context: CommandContext) throws -> WebhookDelivery {
        let project = try context.existingProject(self.project)
        let webhook = try context.enabledWebhook(self.id, in: self.project)
        let facts = ActivityFacts(WebhookTrigger.test, "stream", self.project.rawValue, [:])
        let actor = try context.actor.flatMap { try context.rows.user($0) }
        let number: WebhookDeliveryID = context.freshID { _ in false }
        let delivery = WebhookDelivery(
            id: WebhookDeliveryID("test \(number)", to: webhook),
            to: WebhookDelivery.Endpoint(webhook.id, in: self.project),
            WebhookEvent(facts, by: actor, in: project, at: context.now), at: context.now)
        try context.send(delivery)
        return delivery
    }
}

/// Sends what was sent once more, or what nobody tries to send any more. It holds up nothing else.
public struct RedeliverWebhookEvent: Command {
    public var project: ProjectID
    public var id: WebhookDeliveryID

    public init(project: ProjectID, id: WebhookDeliveryID) {
        self.project = project
        self.id = id
    }

    public func execute(in context: CommandContext) throws -> WebhookDelivery {
        guard var delivery = try context.rows.delivery(self.id), delivery.endpoint.project == self.project else {
            throw DomainError(.notFound, "Webhook event not found")
        }
        _ = try context.enabledWebhook(delivery.endpoint.webhook, in: self.project)
        guard delivery.status.isFinished else {
            throw DomainError(.userInput, "This event is still on its way.")
        }
        (delivery.status, delivery.statusInfo, delivery.attemptCount) = (.pending, "", 0)
        (delivery.isAside, delivery.leaseEnd) = (true, nil)
        (delivery.nextAttemptAt, delivery.updatedAt) = (context.now, context.now)
        try context.send(delivery)
        return delivery
    }
}

/// Sends what another region accepted and may not have told anybody, since it is lost. Ids are those that it would have given, so that
/// receivers leave out what they know.
///
/// Answers to invitations and refused requests for access stand in no operation, and are not told.
public struct TakeOverWebhooks: Command {
    public var project: ProjectID
    public var region: NodeID
    public var since: Timestamp

    public init(project: ProjectID, region: NodeID, since: Timestamp) {
        self.project = project
        self.region = region
        self.since = since
    }

    /// - Returns: how many deliveries are on their way now.
    public func execute(in context: CommandContext) throws -> Int {
        let (rows, scope) = (context.rows, LogScope.project(self.project))
        let webhooks = try rows.webhooks(of: self.project).filter(\.isEnabled)
        guard !webhooks.isEmpty, let project = try rows.project(self.project) else { return 0 }
        let outbox = WebhookOutbox(rows, at: self.region)
        var (count, last) = (0, try self.lastSequence(in: scope, rows))
        while true {
            let page = try rows.operations(of: self.region, in: scope, after: last, limit: Self.pageCount)
            guard let end = page.last else { break }
            for operation in page {
                count += try outbox.retell(DecodedOperation(operation), to: webhooks, in: project, at: context.now)
            }
            last = end.sequence
        }
        let recent = try rows.conflicts(in: scope).filter { $0.openedAt >= self.since }
        count += try outbox.tell(opened: recent, in: scope)
        if count > 0 { context.written.touched.insert(self.project) }
        return count
    }

    private static let pageCount = 512

    /// The last operation that was made before. Operations of one origin are in the order of their times; those that are left out of
    /// the log are old.
    private func lastSequence(in scope: LogScope, _ rows: any MetadataReading) throws -> UInt64 {
        var (last, beyond) = (UInt64(0), try rows.lastSequence(of: self.region, in: scope) + 1)
        while beyond - last > 1 {
            let middle = last + (beyond - last) / 2
            let operation = try rows.operation(Dot(origin: self.region, sequence: middle), in: scope)
            if operation.map({ $0.timestamp < self.since }) ?? true { last = middle } else { beyond = middle }
        }
        return last
    }
}

// MARK: Rules

extension CommandContext {
    fileprivate func send(_ delivery: WebhookDelivery) throws {
        try self.rows.put(delivery)
        self.written.touched.insert(delivery.endpoint.project)
    }

    fileprivate func existingWebhook(_ id: WebhookID, in project: ProjectID) throws -> Webhook {
        _ = try self.existingProject(project)
        guard let webhook = try self.rows.webhook(id, in: project) else {
            throw DomainError(.notFound, "Webhook not found")
        }
        return webhook
    }

    fileprivate func enabledWebhook(_ id: WebhookID, in project: ProjectID) throws -> Webhook {
        let webhook = try self.existingWebhook(id, in: project)
        guard webhook.isEnabled else { throw DomainError(.userInput, "The webhook is switched off.") }
        return webhook
    }
}

extension WebhookChange {
    /// - Throws: ``DomainError`` for what a webhook cannot be.
    fileprivate func requireValid(_ code: DomainError.Code) throws {
        let countMax = Webhook.textByteCountMax
        if let url, !Self.isAddress(url) {
            throw DomainError(
                code,
                "The address of a webhook begins with https:// or http://, names a host and nobody, and has at most "
                    + "\(countMax) characters.")
        }
        for (name, text) in [("description", self.description), ("secret", self.secret?.text)] {
            guard text?.utf8.count ?? 0 <= countMax else {
                throw DomainError(code, "The \(name) of a webhook has at most \(countMax) characters.")
            }
        }
        guard let triggers else { return }
        guard !triggers.isEmpty else { throw DomainError(code, "A webhook needs at least one trigger.") }
        for trigger in triggers where !WebhookTrigger.all.contains(trigger) && !WebhookTrigger.silent.contains(trigger)
        {
            throw DomainError(code, "There is no trigger called \(String(trigger.prefix(64))).")
        }
    }

    /// What no address has in itself: some take one of them for a slash, others do not.
    private static let foreign = Set(#""<>\^`{|}"#.utf8)

    /// An absolute address of the web, in characters that can stand in a header.
    private static func isAddress(_ text: String) -> Bool {
        guard text.utf8.count <= Webhook.textByteCountMax,
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !Self.foreign.contains($0) }),
            let scheme = ["https://", "http://"].first(where: { text.lowercased().hasPrefix($0) })
        else { return false }
        let authority = text.dropFirst(scheme.count).prefix { !"/?#".contains($0) }
        guard !authority.contains("@") else { return false }
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]"), end > authority.index(after: authority.startIndex) else {
                return false
            }
            return self.isPort(authority[authority.index(after: end)...])
        }
        let host = authority.prefix { $0 != ":" }
        return !host.isEmpty && host.allSatisfy { $0.isLetter || $0.isNumber || "-._~".contains($0) }
            && self.isPort(authority.dropFirst(host.count))
    }

    /// Nothing, or a colon with a number.
    private static func isPort(_ text: Substring) -> Bool {
        guard text.first == ":" else { return text.isEmpty }
        return UInt16(text.dropFirst()).map { $0 > 0 } ?? false
    }
}
