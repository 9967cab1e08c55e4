import ObjectModel

/// Puts what webhooks are told into rows of this node, in the transaction of what happened (`docs/adr/0015-webhooks.md`).
struct WebhookOutbox {
    private let rows: any MetadataWriting
    private let node: NodeID

    /// - Parameter node: this one.
    init(_ rows: any MetadataWriting, at node: NodeID) {
        self.rows = rows
        self.node = node
    }

    /// What an operation is told as, and to whom, as far as that must be known before it is applied.
    struct News {
        /// `nil` where it is told to nobody; the others keep their places.
        fileprivate var facts: [ActivityFacts?]
        fileprivate var webhooks: [Webhook]
        fileprivate var project: Project
    }

    // MARK: Operations

    /// - Parameter facts: what is told besides what follows from the operation.
    /// - Returns: `nil` when nobody is told anything.
    func news(of body: OperationBody, _ facts: [ActivityFacts], in scope: LogScope) throws -> News? {
        guard case .project(let id) = scope else { return nil }
        let all = body.webhookFacts(in: id) + facts
        guard !all.isEmpty else { return nil }
        let webhooks = try self.webhooks(of: id) { webhook in all.contains { webhook.wants($0.action) } }
        guard !webhooks.isEmpty, let project = try self.rows.project(id) else { return nil }
        let known = try self.known(before: body, in: id)
        return News(facts: all.map { known.contains($0) ? nil : $0 }, webhooks: webhooks, project: project)
    }

    private func webhooks(of project: ProjectID, where isWanted: (Webhook) -> Bool) throws -> [Webhook] {
        try self.rows.webhooks(of: project).filter { $0.isEnabled && isWanted($0) }
    }

    /// What would be told of the operation and is nothing new.
    private func known(before body: OperationBody, in project: ProjectID) throws -> [ActivityFacts] {
        switch body {
        case .commentChanged(let change):
            guard change.content != nil, let before = try self.rows.comment(change.id, in: project) else { return [] }
            let users = Set(before.content.mentionedUsers.map(\.rawValue))
            return body.webhookFacts(in: project).filter { facts in
                facts.action == "comment_mention" && users.contains(facts.info["targetUser"] ?? "")
            }
        // Whoever declines somebody takes a role away that he may get elsewhere.
        case .roleChanged(let change) where change.role == nil:
            return try self.rows.role(of: change.user, in: project) == nil ? body.webhookFacts(in: project) : []
        default: return []
        }
    }

    /// - Parameters:
    ///   - operation: that was applied.
    ///   - now: when it may be sent.
    func tell(_ news: News, of operation: Operation, at now: Timestamp) throws {
        let actor = try operation.actor.flatMap { try self.rows.user($0) }
        let present = try self.rows.project(news.project.id)
        for (index, facts) in news.facts.enumerated() {
            guard let facts else { continue }
            for webhook in news.webhooks where webhook.wants(facts.action) {
                var event = WebhookEvent(facts, by: actor, in: present ?? news.project, at: operation.timestamp)
                if present == nil { event.webhook = webhook }
                try self.put(event, "\(operation.origin) \(operation.sequence) \(index)", to: webhook, at: now)
            }
        }
    }

    /// Tells anew what was accepted before, as if nothing were known of what was there then.
    ///
    /// - Returns: how many deliveries were not there.
    func retell(_ read: DecodedOperation, to webhooks: [Webhook], in project: Project, at now: Timestamp) throws -> Int
    {
        guard let body = read.content.body else { return 0 }
        let operation = read.operation
        let actor = try operation.actor.flatMap { try self.rows.user($0) }
        var count = 0
        let present = webhooks.filter { $0.createdAt <= operation.timestamp }
        for (index, facts) in body.webhookFacts(in: project.id).enumerated() {
            for webhook in present where webhook.wants(facts.action) {
                let event = WebhookEvent(facts, by: actor, in: project, at: operation.timestamp)
                let isNew = try self.put(
                    event, "\(operation.origin) \(operation.sequence) \(index)", to: webhook, at: now)
                count += isNew ? 1 : 0
            }
        }
        return count
    }

    // MARK: Conflicts

    /// Tells of those that are still open and that an operation of this node made last.
    ///
    /// - Parameter conflicts: that opened.
    /// - Returns: how many deliveries were not there.
    @discardableResult
    func tell(opened conflicts: [Conflict], in scope: LogScope) throws -> Int {
        guard !conflicts.isEmpty, case .project(let id) = scope else { return 0 }
        let webhooks = try self.webhooks(of: id) { $0.wants(ActivityFacts.conflictOpened) }
        guard !webhooks.isEmpty, let project = try self.rows.project(id) else { return 0 }
        var count = 0
        for conflict in conflicts {
            guard try self.rows.conflicts(of: conflict.entity, in: scope).contains(where: { $0.id == conflict.id }),
                try conflict.isLast(of: self.node, in: scope, self.rows)
            else { continue }
            let facts = ClosedConflict(conflict).facts(ActivityFacts.conflictOpened, in: id)
            for webhook in webhooks {
                let event = WebhookEvent(facts, by: nil, in: project, at: conflict.openedAt)
                let isNew = try self.put(event, "conflict \(conflict.id)", to: webhook, at: conflict.openedAt)
                count += isNew ? 1 : 0
            }
        }
        return count
    }

    /// What was told before, as before a backup that this node was put back to, is not told again.
    ///
    /// - Returns: whether it was not.
    @discardableResult
    private func put(_ event: WebhookEvent, _ cause: String, to webhook: Webhook, at now: Timestamp) throws -> Bool {
        let id = WebhookDeliveryID(cause, to: webhook)
        guard try self.rows.delivery(id) == nil else { return false }
        let endpoint = WebhookDelivery.Endpoint(webhook.id, in: event.project.id)
        try self.rows.put(WebhookDelivery(id: id, to: endpoint, event, at: now))
        return true
    }
}

extension Webhook {
    fileprivate func wants(_ event: String) -> Bool { self.triggers.contains(event) }
}

extension WebhookEvent {
    init(_ facts: ActivityFacts, by actor: User?, in project: Project, at time: Timestamp) {
        var data = facts.info
        data["id"] = facts.resourceID
        self.init(facts.action, by: actor, in: project, message: facts.message, data: data, at: time)
    }
}

extension WebhookDeliveryID {
    /// - Parameter cause: names what happened, at every node the same.
    init(_ cause: String, to webhook: Webhook) {
        let text = "\(cause) \(webhook.project) \(webhook.id)"
        self.init(rawValue: String(ContentHash(of: text).description.prefix(20)))
    }
}

extension Conflict {
    /// Whether the latest of the operations was made by `node`.
    fileprivate func isLast(of node: NodeID, in scope: LogScope, _ rows: any MetadataReading) throws -> Bool {
        // Reads no operation where none can be.
        guard self.dots.contains(where: { $0.origin == node }) else { return false }
        let stamps = try self.dots.compactMap { dot in
            try rows.operation(dot, in: scope).map { operation in
                Stamp(
                    timestamp: operation.timestamp, tick: DecodedOperation(operation).content.context.tick, dot: dot)
            }
        }
        return stamps.max()?.dot.origin == node
    }
}
