import ObjectModel

/// The rows of one project.
struct ProjectMerge {
    let merge: Merge
    let rows: any MetadataReading
    /// What people see is written through these.
    let visible: VisibleRows
    let project: ProjectID

    init(_ merge: Merge, _ project: ProjectID) {
        self.merge = merge
        self.rows = merge.rows
        self.visible = VisibleRows(rows: merge.rows, scope: merge.scope, changes: merge.changes)
        self.project = project
    }

    /// Makes those rows anew that `body` may have changed.
    func settle(_ body: OperationBody) throws {
        switch body {
        case .projectCreated, .projectChanged, .projectDeleted: try self.settleProject()
        case .policyChanged(let change):
            try self.settlePolicy()
            try self.settleProject()
            if change.home != nil { try self.settleFenced() }
        default:
            guard try self.rows.project(self.project) != nil else { return }
            try self.settleContent(body)
            try self.showLastChange()
        }
    }

    private func settleContent(_ body: OperationBody) throws {
        switch body {
        case .roleChanged(let change): try self.settleRole(of: change.user)
        case .inviteCreated(let invite): try self.settle(invite.id)
        case .inviteDeleted(let id): try self.settle(id)
        case .accessRequested(let request): try self.settleAccessRequest(by: request.requester)
        case .accessAnswered(let user): try self.settleAccessRequest(by: user)
        case .modelCreated(let model): try self.settle(model.id)
        case .modelChanged(let change): try self.settle(change.id)
        case .modelDeleted(let id), .modelKept(let id): try self.settle(id)
        case .versionCreated(let version): try self.settle(version.id, [version.model])
        case .versionChanged(let change):
            try self.settle(change.id, [change.from, change.model].compactMap(\.self))
        case .versionDeleted(let id), .versionAccepted(let id): try self.settle(id, [])
        case .blobCreated(let blob): try self.settleBlob(blob.id)
        case .blobDeleted(let id): try self.settleBlob(id)
        case .commentCreated(let creation):
            try self.settle(creation.comment.id)
            if let thread = creation.comment.thread { try self.settle(thread) }
        case .commentChanged(let change): try self.settle(change.id)
        case .commentViewed(let viewing): try self.settle(viewing)
        case .webhookCreated(let webhook): try self.settle(webhook.id)
        case .webhookChanged(let change): try self.settle(change.id)
        case .webhookDeleted(let id): try self.settle(id)
        default: return
        }
    }

    // MARK: The project itself

    private func settleProject() throws {
        let state = try self.merge.state(of: .project)
        guard case .projectCreated(var project) = state.creation?.body else { return }
        guard !state.isDeleted else {
            try self.visible.delete(self.project)
            return try self.visible.deleteConflicts()
        }
        project.name = state.latest(.name)?.body.projectChange?.name ?? project.name
        project.description = state.latest(.description)?.body.projectChange?.description ?? project.description
        project.visibility =
            state.strictest(.visibility, \.projectChange?.visibility, weight: \.weight) ?? project.visibility
        project.allowPublicComments =
            state.strictest(.allowPublicComments, \.projectChange?.allowPublicComments) { $0 ? 1 : 0 }
            ?? project.allowPublicComments
        project.updatedAt = max(project.updatedAt, try self.lastTouch(.project))
        try self.visible.put(project)
        try self.notice(
            .project,
            [
                state.conflict(.edited, .name, \.projectChange?.name),
                state.conflict(.edited, .description, \.projectChange?.description),
                state.conflict(.restricted, .visibility, \.projectChange?.visibility),
                state.conflict(.restricted, .allowPublicComments, \.projectChange?.allowPublicComments),
                try self.ownerless(),
            ] + state.policyConflicts)
    }

    /// A policy outlives its project: the log of what was deleted still goes only where it may.
    private func settlePolicy() throws {
        try self.merge.rows.put(try self.merge.state(of: .project).policy, of: self.project)
    }

    /// Versions that were made elsewhere without knowing of a move of home are set aside.
    private func settleFenced() throws {
        guard try self.rows.project(self.project) != nil else { return }
        var versions: Set<VersionID> = []
        for fence in try self.merge.state(of: .project)[.fence] {
            for origin in try self.rows.origins(in: self.merge.scope) where fence.stamp.dot.origin != origin {
                versions.formUnion(try self.versions(by: origin, after: fence.context.seen[origin, default: 0]))
            }
        }
        for version in versions.sorted() { try self.settle(version, []) }
    }

    private func versions(by origin: NodeID, after sequence: UInt64) throws -> [VersionID] {
        var versions: [VersionID] = []
        try self.rows.forEachOperation(of: origin, in: self.merge.scope, after: sequence) { operation in
            guard case .versionCreated(let version) = OperationContent(decoding: operation.body).body else { return }
            versions.append(version.id)
        }
        return versions
    }

    private func showLastChange() throws {
        guard var project = try self.rows.project(self.project) else { return }
        let last = max(project.updatedAt, try self.lastTouch(.project))
        guard last != project.updatedAt else { return }
        project.updatedAt = last
        try self.visible.put(project)
    }

    func lastTouch(_ entity: Entity) throws -> Timestamp {
        try self.rows.lastTouch(of: entity, in: self.merge.scope) ?? Timestamp(millisecondsSinceEpoch: .min)
    }

    func notice(_ entity: Entity, _ conflicts: [Conflict?]) throws {
        try self.visible.replaceConflicts(of: entity, with: conflicts.compactMap(\.self))
    }

    // MARK: Roles

    /// What somebody may do is what the strictest of those decided who did not know of each other.
    private func settleRole(of user: UserID) throws {
        let state = try self.merge.state(of: .role(user))
        if let role = Self.role(state) {
            try self.visible.put(Collaborator(project: self.project, user: user, role: role))
        } else {
            try self.visible.deleteCollaborator(user, in: self.project)
        }
        try self.notice(.role(user), [state.conflict(.restricted, .role) { $0.roleChange?.role?.weight ?? 0 }])
        try self.settleProject()
        try self.settleVersions(by: user)
    }

    /// What somebody made may be set aside, or come back, by what became of his role.
    func settleVersions(by user: UserID) throws {
        for entity in try self.rows.entities(in: self.merge.scope, where: .author, is: user.rawValue) {
            guard case .version(let version) = entity else { continue }
            try self.settle(version, [])
        }
    }

    private static func role(_ state: EntityState) -> ProjectRole? {
        state.strictest(.role, \.roleChange) { $0.role?.weight ?? 0 }?.role
    }

    /// The last owners took the role from each other.
    private func ownerless() throws -> Conflict? {
        let states = try self.rows.entities(in: self.merge.scope, where: .role, is: MergeField.role.rawValue)
            .map { try self.merge.state(of: $0) }
        guard !states.isEmpty, !states.contains(where: { Self.role($0) == .owner }) else { return nil }
        return Conflict(.ownerless, .project, .role, states.flatMap { $0[.role].map(\.stamp) })
    }

    // MARK: Invitations

    private func settle(_ id: InviteID) throws {
        let state = try self.merge.state(of: .invite(id))
        guard case .inviteCreated(var invite) = state.creation?.body else { return }
        guard !state.isDeleted else { return try self.visible.deleteInvite(id, in: self.project) }
        invite.project = self.project
        try self.visible.put(invite)
    }

    private func settleAccessRequest(by user: UserID) throws {
        let state = try self.merge.state(of: .accessRequest(user))
        guard case .accessRequested(var request) = state.creation?.body else { return }
        guard !state.isDeleted else { return try self.visible.deleteAccessRequest(by: user, to: self.project) }
        request.project = self.project
        try self.visible.put(request)
    }

    // MARK: Files

    private func settleBlob(_ id: BlobID) throws {
        let state = try self.merge.state(of: .blob(id))
        guard case .blobCreated(var blob) = state.creation?.body else { return }
        guard !state.isDeleted else { return try self.visible.deleteBlob(id, in: self.project) }
        blob.project = self.project
        try self.visible.put(blob)
    }

    // MARK: Models and versions

    /// - Parameter models: that the operation names.
    private func settle(_ version: VersionID, _ models: [ModelID]) throws {
        let before = try self.rows.version(version, in: self.project)?.model
        let state = try self.merge.state(of: .version(version))
        let madeIn = state[.created].compactMap { $0.write.key.map(ModelID.init(rawValue:)) }
        let place = try self.merge.place(of: state)?.body.versionChange?.model
        for model in Set(models + madeIn + [before, place].compactMap(\.self)).sorted() { try self.refresh(model) }
        try self.show(version)
    }

    /// A model whose versions changed. Its name stays as it is, unless it comes or goes by that.
    private func refresh(_ id: ModelID) throws {
        guard let state = try ModelState(id, self.merge) else { return }
        guard let row = try self.rows.model(id, in: self.project), !(try state.isHidden) else {
            return try self.settle(id)
        }
        try self.show(state, as: row.name)
    }

    /// A model whose name may have changed, or that comes or goes: others may want its name, or have it.
    private func settle(_ id: ModelID) throws {
        guard let state = try ModelState(id, self.merge) else { return }
        let row = try self.rows.model(id, in: self.project)
        if try state.isHidden {
            try self.visible.deleteModel(id, in: self.project)
            try self.notice(.model(id), [])
            for use in try state.uses { try self.notice(.version(use.version), []) }
        }
        let claims = NameClaims(self.merge)
        var shown: [(state: ModelState, name: String)] = []
        for name in claims.affected(by: [row?.name, state.name].compactMap(\.self)) {
            shown += try claims.names(of: name)
        }
        try self.rename(shown)
        for (state, name) in shown { try self.show(state, as: name) }
    }

    /// Names are unique at any time: those that change are free before they are given anew.
    private func rename(_ shown: [(state: ModelState, name: String)]) throws {
        var changed: [Model] = []
        for (state, name) in shown {
            guard var model = try self.rows.model(state.id, in: self.project), model.name != name else { continue }
            model.name = name
            changed.append(model)
        }
        for var model in changed {
            model.name = "\u{1}\(model.id)"
            try self.merge.rows.put(model)
        }
        for model in changed { try self.visible.put(model) }
    }

    private func show(_ state: ModelState, as name: String) throws {
        let present = try self.rows.model(state.id, in: self.project)
        var model = state.model
        model.project = self.project
        model.name = name
        model.updatedAt = max(model.updatedAt, try self.lastTouch(.model(state.id)))
        if model != present { try self.visible.put(model) }
        if present == nil { for use in try state.uses { try self.show(use.version) } }
        try self.notice(
            .model(state.id),
            [
                try NameClaims(self.merge).conflict(of: state), try state.divergence, try state.deletedInUse,
                state.entity.conflict(.edited, .name, \.modelChange?.name),
                state.entity.conflict(.edited, .description, \.modelChange?.description),
            ])
    }

    private func show(_ id: VersionID) throws {
        let state = try self.merge.state(of: .version(id))
        guard case .versionCreated(var version) = state.creation?.body else { return }
        version.model = try self.merge.place(of: state)?.body.versionChange?.model ?? version.model
        guard !state.isDeleted, try self.rows.model(version.model, in: self.project) != nil else {
            try self.visible.deleteVersion(id, in: self.project)
            return try self.notice(.version(id), [])
        }
        if let quarantine = try self.merge.quarantine(of: state) {
            try self.visible.deleteVersion(id, in: self.project)
            return try self.notice(.version(id), [quarantine])
        }
        version.project = self.project
        version.message = state.latest(.message)?.body.versionChange?.message ?? version.message
        try self.visible.put(version)
        try self.notice(.version(id), [state.conflict(.edited, .model, \.versionChange?.model)])
    }
}

extension ProjectVisibility {
    /// Larger lets more people in.
    fileprivate var weight: Int {
        switch self {
        case .private: 0
        case .workspace: 1
        case .public: 2
        }
    }
}

extension OperationBody {
    fileprivate var roleChange: RoleChange? {
        guard case .roleChanged(let change) = self else { return nil }
        return change
    }
}
