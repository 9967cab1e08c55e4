import ObjectModel

extension OperationBody {
    /// Changes the rows. The same for the node that accepted the write and for every replica.
    ///
    /// An operation about something that is gone changes nothing.
    func apply(_ operation: Operation, to rows: any MetadataWriting) throws {
        switch operation.scope {
        case .server: try self.applyToServer(rows)
        case .project(let project): try self.apply(to: project, at: operation.timestamp, rows)
        }
    }

    private func applyToServer(_ rows: any MetadataWriting) throws {
        switch self {
        case .userRegistered(let user): try rows.put(user)
        case .userChanged(let change): try Self.apply(change, rows)
        case .tokenCreated(let token):
            guard try rows.user(token.owner) != nil else { return }
            try rows.put(token)
        case .tokenRevoked(let id): try rows.deleteToken(id)
        default: return
        }
    }

    private static func apply(_ change: UserChange, _ rows: any MetadataWriting) throws {
        guard var user = try rows.user(change.id) else { return }
        user.name = change.name ?? user.name
        user.bio = change.bio ?? user.bio
        user.company = change.company ?? user.company
        user.avatar = change.avatar ?? user.avatar
        user.role = change.role ?? user.role
        try rows.put(user)
    }

    private func apply(to project: ProjectID, at time: Timestamp, _ rows: any MetadataWriting) throws {
        switch self {
        case .projectCreated(let created):
            guard created.id == project else { return }
            try rows.put(created)
        case .projectChanged(let change): try Self.apply(change, to: project, at: time, rows)
        case .projectDeleted: try rows.deleteProject(project)
        case .roleChanged(let change): try Self.apply(change, to: project, rows)
        case .modelCreated(var model):
            guard try rows.project(project) != nil else { return }
            model.project = project
            try rows.put(model)
            try Self.touch(project, at: time, rows)
        case .modelChanged(let change): try Self.apply(change, in: project, at: time, rows)
        case .modelDeleted(let id):
            try rows.deleteModel(id, in: project)
            try Self.touch(project, at: time, rows)
        case .versionCreated(var version):
            version.project = project
            guard try rows.model(version.model, in: project) != nil else { return }
            try rows.put(version)
            try Self.touch(version.model, in: project, at: time, rows)
        case .versionChanged(let change): try Self.apply(change, in: project, at: time, rows)
        case .versionDeleted(let id):
            guard let version = try rows.version(id, in: project) else { return }
            try rows.deleteVersion(id, in: project)
            try Self.touch(version.model, in: project, at: time, rows)
        case .blobCreated(var blob):
            guard try rows.project(project) != nil else { return }
            blob.project = project
            try rows.put(blob)
            try Self.touch(project, at: time, rows)
        case .blobDeleted(let id):
            try rows.deleteBlob(id, in: project)
            try Self.touch(project, at: time, rows)
        case .versionReceived, .userRegistered, .userChanged, .tokenCreated, .tokenRevoked: return
        }
    }

    private static func apply(
        _ change: ProjectChange, to id: ProjectID, at time: Timestamp, _ rows: any MetadataWriting
    ) throws {
        guard var project = try rows.project(id) else { return }
        project.name = change.name ?? project.name
        project.description = change.description ?? project.description
        project.visibility = change.visibility ?? project.visibility
        project.allowPublicComments = change.allowPublicComments ?? project.allowPublicComments
        project.updatedAt = max(project.updatedAt, time)
        try rows.put(project)
    }

    private static func apply(
        _ change: RoleChange, to project: ProjectID, _ rows: any MetadataWriting
    ) throws {
        guard try rows.project(project) != nil else { return }
        if let role = change.role {
            try rows.put(Collaborator(project: project, user: change.user, role: role))
        } else {
            try rows.deleteCollaborator(change.user, in: project)
        }
    }

    private static func apply(
        _ change: ModelChange, in project: ProjectID, at time: Timestamp, _ rows: any MetadataWriting
    ) throws {
        guard var model = try rows.model(change.id, in: project) else { return }
        model.name = change.name ?? model.name
        model.description = change.description ?? model.description
        try rows.put(model)
        try self.touch(model.id, in: project, at: time, rows)
    }

    private static func apply(
        _ change: VersionChange, in project: ProjectID, at time: Timestamp, _ rows: any MetadataWriting
    ) throws {
        guard var version = try rows.version(change.id, in: project) else { return }
        let source = version.model
        version.message = change.message ?? version.message
        if let target = change.model, try rows.model(target, in: project) != nil { version.model = target }
        try rows.put(version)
        for model in Set([source, version.model]) { try self.touch(model, in: project, at: time, rows) }
    }

    /// Lists are ordered by the last change, so a change below a model or project shows in them.
    private static func touch(
        _ id: ModelID, in project: ProjectID, at time: Timestamp, _ rows: any MetadataWriting
    ) throws {
        if var model = try rows.model(id, in: project) {
            model.updatedAt = max(model.updatedAt, time)
            try rows.put(model)
        }
        try self.touch(project, at: time, rows)
    }

    private static func touch(_ id: ProjectID, at time: Timestamp, _ rows: any MetadataWriting) throws {
        guard var project = try rows.project(id) else { return }
        project.updatedAt = max(project.updatedAt, time)
        try rows.put(project)
    }
}
