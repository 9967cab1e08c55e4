import ObjectModel

/// The rows of one scope that people see. Whatever becomes of them is told to those who watch.
struct VisibleRows {
    let rows: any MetadataWriting
    let scope: LogScope
    /// Hears of conflicts that open and end.
    var changes: ConflictChanges?

    func put(_ project: Project) throws {
        let before = try self.rows.project(project.id)
        try self.rows.put(project)
        self.tell(.project, before, project) { $0.updatedAt = project.updatedAt }
    }

    /// What was in the project goes with it, and is not told one by one, but whoever had a role in it hears of that.
    func delete(_ project: ProjectID) throws {
        guard try self.rows.project(project) != nil else { return }
        let people = try self.rows.collaborators(of: project)
        for webhook in try self.rows.webhooks(of: project) {
            // What waits for it is sent all the same.
            for var delivery in try self.rows.unfinishedDeliveries(
                to: WebhookDelivery.Endpoint(webhook.id, in: project))
            {
                delivery.event.webhook = webhook
                try self.rows.put(delivery)
            }
        }
        try self.rows.deleteProject(project)
        self.tell(.project, .deleted)
        for person in people { self.tell(.role(person.user), .deleted) }
    }

    func put(_ collaborator: Collaborator) throws {
        let before = try self.rows.role(of: collaborator.user, in: collaborator.project)
        try self.rows.put(collaborator)
        self.tell(.role(collaborator.user), before, collaborator.role)
    }

    func deleteCollaborator(_ user: UserID, in project: ProjectID) throws {
        guard try self.rows.role(of: user, in: project) != nil else { return }
        try self.rows.deleteCollaborator(user, in: project)
        self.tell(.role(user), .deleted)
    }

    func put(_ invite: Invite) throws {
        let before = try self.rows.invite(invite.id, in: invite.project)
        try self.rows.put(invite)
        self.tell(.invite(invite.id), before, invite)
    }

    func deleteInvite(_ id: InviteID, in project: ProjectID) throws {
        guard try self.rows.invite(id, in: project) != nil else { return }
        try self.rows.deleteInvite(id, in: project)
        self.tell(.invite(id), .deleted)
    }

    func put(_ request: AccessRequest) throws {
        let before = try self.rows.accessRequest(by: request.requester, to: request.project)
        try self.rows.put(request)
        self.tell(.accessRequest(request.requester), before, request)
    }

    func deleteAccessRequest(by user: UserID, to project: ProjectID) throws {
        guard try self.rows.accessRequest(by: user, to: project) != nil else { return }
        try self.rows.deleteAccessRequest(by: user, to: project)
        self.tell(.accessRequest(user), .deleted)
    }

    func put(_ model: Model) throws {
        let before = try self.rows.model(model.id, in: model.project)
        try self.rows.put(model)
        self.tell(.model(model.id), before, model) { $0.updatedAt = model.updatedAt }
    }

    /// Its versions go with it, and are not told one by one.
    func deleteModel(_ id: ModelID, in project: ProjectID) throws {
        guard try self.rows.model(id, in: project) != nil else { return }
        try self.rows.deleteModel(id, in: project)
        self.tell(.model(id), .deleted)
    }

    func put(_ version: Version) throws {
        let before = try self.rows.version(version.id, in: version.project)
        try self.rows.put(version)
        self.tell(.version(version.id, version.model), before, version)
    }

    func deleteVersion(_ id: VersionID, in project: ProjectID) throws {
        guard let before = try self.rows.version(id, in: project) else { return }
        try self.rows.deleteVersion(id, in: project)
        self.tell(.version(id, before.model), .deleted)
    }

    func put(_ blob: Blob) throws {
        let before = try self.rows.blob(blob.id, in: blob.project)
        try self.rows.put(blob)
        self.tell(.blob(blob.id), before, blob)
    }

    func deleteBlob(_ id: BlobID, in project: ProjectID) throws {
        guard try self.rows.blob(id, in: project) != nil else { return }
        try self.rows.deleteBlob(id, in: project)
        self.tell(.blob(id), .deleted)
    }

    /// Whoever settles a comment takes it off the lists, and it comes back as a new one does.
    func put(_ comment: Comment, _ scene: CommentScene) throws {
        let before = try self.rows.comment(comment.id, in: comment.project)
        try self.rows.put(comment, scene)
        let subject = DomainEvent.Subject.comment(comment.id, thread: comment.thread)
        if let before, before.isArchived != comment.isArchived {
            return self.tell(subject, comment.isArchived ? .deleted : .created)
        }
        self.tell(subject, before, comment) { $0.updatedAt = comment.updatedAt }
    }

    /// Only owners see webhooks, and nobody watches them.
    func put(_ webhook: Webhook) throws { try self.rows.put(webhook) }

    /// What waits for it goes with it, and so does what was sent.
    func deleteWebhook(_ id: WebhookID, in project: ProjectID) throws {
        guard try self.rows.webhook(id, in: project) != nil else { return }
        try self.rows.deleteWebhook(id, in: project)
        try self.rows.deleteDeliveries(to: WebhookDelivery.Endpoint(id, in: project))
    }

    // MARK: Conflicts

    func replaceConflicts(of entity: Entity, with conflicts: [Conflict]) throws {
        let present = try self.rows.conflicts(of: entity, in: self.scope)
        let (before, after) = (Set(present.map(\.id)), Set(conflicts.map(\.id)))
        guard before != after else { return }
        try self.rows.replaceConflicts(of: entity, in: self.scope, with: conflicts)
        if case .project(let project) = self.scope {
            try ActivityBook(self.rows, project).replace(present, with: conflicts)
        }
        self.changes?.add(
            opened: conflicts.filter { !before.contains($0.id) }, ended: present.filter { !after.contains($0.id) })
        for id in before.subtracting(after).sorted() { self.tell(.conflict(id), .deleted) }
        for id in after.subtracting(before).sorted() { self.tell(.conflict(id), .created) }
    }

    func deleteConflicts() throws {
        for conflict in try self.rows.conflicts(in: self.scope) { self.tell(.conflict(conflict.id), .deleted) }
        try self.rows.deleteConflicts(in: self.scope)
    }

    // MARK: Telling

    /// - Parameter disregard: makes the row before the same as after where a difference is none to people.
    private func tell<Row: Equatable>(
        _ subject: DomainEvent.Subject, _ before: Row?, _ after: Row,
        disregarding disregard: (inout Row) -> Void = { _ in }
    ) {
        guard var before else { return self.tell(subject, .created) }
        disregard(&before)
        if before != after { self.tell(subject, .updated) }
    }

    private func tell(_ subject: DomainEvent.Subject, _ change: DomainEvent.Change) {
        self.rows.tell(DomainEvent(scope: self.scope, subject: subject, change: change))
    }
}
