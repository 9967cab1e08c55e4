public import ObjectModel

/// Publishes a version. Everything that its root leads to must be in the project.
public struct CreateVersion: Command {
    public var project: ProjectID
    public var model: ModelID
    public var root: VersionRoot
    public var message: String?
    public var sourceApplication: String?
    public var totalChildrenCount: Int?
    public var parents: [VersionID]
    /// Names the version; `nil` takes a new random id.
    public var id: VersionID?

    public init(
        project: ProjectID, model: ModelID, root: VersionRoot, message: String? = nil,
        sourceApplication: String? = nil, totalChildrenCount: Int? = nil, parents: [VersionID] = [],
        id: VersionID? = nil
    ) {
        self.project = project
        self.model = model
        self.root = root
        self.message = message
        self.sourceApplication = sourceApplication
        self.totalChildrenCount = totalChildrenCount
        self.parents = parents
        self.id = id
    }

    public func execute(in context: CommandContext) throws -> Version {
        _ = try context.existingModel(self.model, in: self.project)
        guard try context.rows.isComplete(self.root, in: self.project) else {
            let missing = self.root.object.map { "object \($0), or something that it refers to," } ?? "a file of it"
            throw DomainError(
                .versionCreate, "Failed to create version: \(missing) was not uploaded to this project.")
        }
        if let id, try context.rows.version(id, in: self.project) != nil {
            throw DomainError(.versionCreate, "Failed to create version: another one has the id \(id).")
        }
        let version = Version(
            id: try self.id ?? context.freshID { try context.rows.version($0, in: self.project) != nil },
            project: self.project, model: self.model, root: self.root, message: self.message,
            sourceApplication: self.sourceApplication,
            totalChildrenCount: self.totalChildrenCount, parents: self.parents, author: context.actor,
            createdAt: context.now)
        try context.record(.versionCreated(version), in: .project(self.project))
        return version
    }
}

/// Publishes a version that an edge accepted: it keeps its id, so that bringing it twice makes one version.
public struct PutVersion: Command {
    public var version: QueuedVersion

    public init(_ version: QueuedVersion) {
        self.version = version
    }

    /// - Returns: whether it is new.
    public func execute(in context: CommandContext) throws -> Bool {
        let queued = self.version
        // Also one that was deleted since: it was brought before, and its answer was lost.
        let state = try EntityState(.version(queued.id), in: .project(queued.project), context.rows)
        if case .versionCreated(let present) = state.creation?.body {
            guard present.root == .object(queued.rootObject), present.author == context.actor else {
                throw DomainError(.versionCreate, "Another version has the id \(queued.id).")
            }
            return false
        }
        guard VersionID.isValid(queued.id.rawValue) else {
            throw DomainError(.versionCreate, "A version's id is \(VersionID.digitCount) hexadecimal digits.")
        }
        _ = try context.existingModel(queued.model, in: queued.project)
        guard try context.rows.isComplete(queued.rootObject, in: queued.project) else {
            throw DomainError(
                .versionCreate,
                "The object \(queued.rootObject), or something that it refers to, is not in the project.")
        }
        var version = queued.version(by: context.actor)
        version.createdAt = min(queued.createdAt, context.now)
        try context.record(.versionCreated(version), in: .project(queued.project), besides: self.unseenHeads(context))
        return true
    }

    /// The newest versions of the model that its author had not heard of: his does not take their place.
    private func unseenHeads(_ context: CommandContext) throws -> [Dot] {
        guard let seenUntil = self.version.seenUntil else { return [] }
        let scope = LogScope.project(self.version.project)
        let seen = Set((self.version.seenVersions + self.version.parents).map(\.rawValue))
        return try context.rows.liveWrites(of: .model(self.version.model), in: scope).filter { write in
            guard write.field == .head, !seen.contains(write.key ?? ""),
                let operation = try context.rows.operation(write.dot, in: scope)
            else { return false }
            return operation.timestamp > seenUntil
        }.map(\.dot)
    }
}

/// Changes a version's message.
public struct UpdateVersion: Command {
    public var project: ProjectID
    public var id: VersionID
    public var message: String?

    public init(project: ProjectID, id: VersionID, message: String?) {
        self.project = project
        self.id = id
        self.message = message
    }

    public func execute(in context: CommandContext) throws -> Version {
        let version = try context.existingVersion(self.id, in: self.project)
        try context.record(
            .versionChanged(VersionChange(id: self.id, message: self.message, from: version.model)),
            in: .project(self.project))
        return try context.existingVersion(self.id, in: self.project)
    }
}

/// Moves versions to the model of that name, which is created when it is missing.
public struct MoveVersions: Command {
    public var project: ProjectID
    public var ids: [VersionID]
    public var targetModelName: String

    public init(project: ProjectID, ids: [VersionID], targetModelName: String) {
        self.project = project
        self.ids = ids
        self.targetModelName = targetModelName
    }

    public func execute(in context: CommandContext) throws -> Model {
        guard !self.ids.isEmpty else { throw DomainError(.versionUpdate, "No versions specified") }
        let versions = try self.ids.map { try context.existingVersion($0, in: self.project) }
        let model = try FindOrCreateModel(project: self.project, name: self.targetModelName).execute(in: context)
        for version in versions {
            try context.record(
                .versionChanged(VersionChange(id: version.id, model: model.id, from: version.model)),
                in: .project(self.project))
        }
        return try context.existingModel(model.id, in: self.project)
    }
}

/// Deletes versions. Their objects stay.
public struct DeleteVersions: Command {
    public var project: ProjectID
    public var ids: [VersionID]

    public init(project: ProjectID, ids: [VersionID]) {
        self.project = project
        self.ids = ids
    }

    public func execute(in context: CommandContext) throws {
        guard !self.ids.isEmpty else { throw DomainError(.versionDelete, "No versions specified") }
        for id in self.ids { _ = try context.existingVersion(id, in: self.project) }
        for id in Set(self.ids).sorted() { try context.record(.versionDeleted(id), in: .project(self.project)) }
    }
}

/// Decides which of a model's several newest versions goes on: makes it the newest one, with all of them as its parents. The
/// others stay as they are.
public struct PickVersion: Command {
    public var project: ProjectID
    public var id: VersionID

    public init(project: ProjectID, id: VersionID) {
        self.project = project
        self.id = id
    }

    public func execute(in context: CommandContext) throws -> Version {
        let picked = try context.existingVersion(self.id, in: self.project)
        let scope = LogScope.project(self.project)
        let heads = try context.rows.liveWrites(of: .model(picked.model), in: scope)
            .filter { $0.field == .head }.compactMap { $0.key.map(VersionID.init(rawValue:)) }
            .filter { try context.rows.version($0, in: self.project)?.model == picked.model }.sorted()
        guard heads.count > 1, heads.contains(self.id) else {
            throw DomainError(.versionUpdate, "The version is not one of several newest ones of its model.")
        }
        return try CreateVersion(
            project: self.project, model: picked.model, root: picked.root, message: picked.message,
            sourceApplication: picked.sourceApplication, totalChildrenCount: picked.totalChildrenCount, parents: heads
        ).execute(in: context)
    }
}

/// Decides about a version that was set aside because its author's right was taken at the same time.
public struct DecideVersion: Command {
    public var project: ProjectID
    public var id: VersionID
    /// Otherwise it is deleted.
    public var isAccepted: Bool

    public init(project: ProjectID, id: VersionID, isAccepted: Bool) {
        self.project = project
        self.id = id
        self.isAccepted = isAccepted
    }

    public func execute(in context: CommandContext) throws {
        _ = try context.existingProject(self.project)
        let scope = LogScope.project(self.project)
        let isWaiting = try context.rows.conflicts(in: scope).contains { conflict in
            conflict.kind == .quarantined && conflict.entity == .version(self.id)
        }
        guard isWaiting else { throw DomainError(.versionNotFound, "No version of this id waits for a decision.") }
        try context.record(self.isAccepted ? .versionAccepted(self.id) : .versionDeleted(self.id), in: scope)
    }
}

/// Notes that somebody received a version.
public struct MarkVersionReceived: Command {
    public var project: ProjectID
    public var receipt: VersionReceipt

    public init(project: ProjectID, id: VersionID, sourceApplication: String, message: String?) {
        self.project = project
        self.receipt = VersionReceipt(version: id, sourceApplication: sourceApplication, message: message)
    }

    public func execute(in context: CommandContext) throws {
        _ = try context.existingVersion(self.receipt.version, in: self.project)
        // Receiving is noted where the project is written to, and not where it only is as well.
        guard try context.place.refusal(for: self.project, context.rows) == nil else { return }
        try context.record(.versionReceived(self.receipt), in: .project(self.project))
    }
}
