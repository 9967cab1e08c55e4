import ObjectModel
import Storage
import StorageTestKit

/// What a project must be, by the rules of Spec §20.3, from nothing but the set of operations.
struct ProjectOracle {
    private(set) var rows = MetadataSnapshot.ProjectRows()
    private(set) var conflicts: [Conflict] = []
    private let set: OperationSet
    private let id: ProjectID

    init(_ id: ProjectID, _ set: OperationSet) {
        self.set = set
        self.id = id
        let policy = PolicyOracle(set)
        self.rows.policy = policy.policy
        let made = set.values { body -> Project? in if case .projectCreated(let project) = body { project } else { nil }
        }
        let isDeleted = set.isDeleted { body in
            switch body {
            case .projectDeleted: true
            case .projectCreated: false
            default: nil
            }
        }
        guard let first = made.first, !isDeleted else { return }
        self.addProject(first.content)
        self.conflicts += policy.conflicts
        self.addRoles()
        self.addInvites()
        self.addAccessRequests()
        self.addFiles()
        self.addModels()
        let comments = CommentOracle(id, set)
        self.rows.comments = comments.comments
        self.rows.commentViews = comments.views
        self.conflicts += comments.conflicts
        let webhooks = WebhookOracle(id, set)
        self.rows.webhooks = webhooks.webhooks
        self.conflicts += webhooks.conflicts
        self.rows.activity = set.activity(in: id, self.conflicts)
    }

    private mutating func note(_ conflict: Conflict?) {
        if let conflict { self.conflicts.append(conflict) }
    }

    // MARK: The project itself

    private mutating func addProject(_ made: Project) {
        func values<Content>(_ pick: (ProjectChange) -> Content?) -> [OperationSet.Value<Content>] {
            self.set.values { body in
                switch body {
                case .projectCreated(let project):
                    pick(
                        ProjectChange(
                            name: project.name, description: project.description, visibility: project.visibility,
                            allowPublicComments: project.allowPublicComments))
                case .projectChanged(let change): pick(change)
                default: nil
                }
            }
        }
        var project = made
        // Creating a project writes its description, also where it has none.
        let descriptions = self.set.values { body -> String?? in
            switch body {
            case .projectCreated(let project): .some(project.description)
            case .projectChanged(let change): change.description.map { .some($0) }
            default: nil
            }
        }
        let (names, visibilities) = (values(\.name), values(\.visibility))
        let comments = values(\.allowPublicComments)
        project.name = names.last?.content ?? made.name
        project.description = (descriptions.last?.content).flatMap { $0 } ?? made.description
        let order: [ProjectVisibility] = [.private, .workspace, .public]
        project.visibility = order.first { one in visibilities.contains { $0.content == one } } ?? made.visibility
        project.allowPublicComments = comments.allSatisfy(\.content)
        project.updatedAt = max(
            made.updatedAt,
            self.set.lastTime { body in
                switch body {
                case .roleChanged, .policyChanged, .inviteCreated, .inviteDeleted, .accessRequested, .accessAnswered,
                    .versionReceived, .conflictClosed, .trace, .projectDeleted, .commentCreated, .commentChanged,
                    .commentViewed, .webhookCreated, .webhookChanged, .webhookDeleted:
                    false
                default: true
                }
            } ?? made.updatedAt)
        self.rows.project = project
        self.note(.among(names, .edited, .project, .name))
        self.note(.among(descriptions, .edited, .project, .description))
        self.note(.among(visibilities, .restricted, .project, .visibility))
        self.note(.among(comments, .restricted, .project, .allowPublicComments))
    }

    private mutating func addRoles() {
        let order: [ProjectRole?] = [nil, .reviewer, .contributor, .owner]
        var everybody: [Stamp] = []
        for user in self.set.all({ body -> UserID? in
            if case .roleChanged(let change) = body { change.user } else { nil }
        }) {
            let values = self.set.values { body -> ProjectRole?? in
                if case .roleChanged(let change) = body, change.user == user { .some(change.role) } else { nil }
            }
            everybody += values.map(\.stamp)
            self.note(.among(values, .restricted, .role(user), .role))
            if let role = order.first(where: { role in values.contains { $0.content == role } }) ?? nil {
                self.rows.collaborators.append(Collaborator(project: self.id, user: user, role: role))
            }
        }
        guard !everybody.isEmpty, !self.rows.collaborators.contains(where: { $0.role == .owner }) else { return }
        self.note(.of(everybody, .ownerless, .project, .role))
    }

    private mutating func addInvites() {
        let ids = self.set.all { body -> InviteID? in
            if case .inviteCreated(let invite) = body { invite.id } else { nil }
        }
        for id in ids {
            let made = self.set.values { body -> Invite? in
                if case .inviteCreated(let invite) = body, invite.id == id { invite } else { nil }
            }
            let isDeleted = self.set.isDeleted { body in
                switch body {
                case .inviteDeleted(let deleted) where deleted == id: true
                case .inviteCreated(let invite) where invite.id == id: false
                default: nil
                }
            }
            if let first = made.first, !isDeleted { self.rows.invites.append(first.content) }
        }
    }

    private mutating func addAccessRequests() {
        let users = self.set.all { body -> UserID? in
            if case .accessRequested(let request) = body { request.requester } else { nil }
        }
        for user in users {
            let made = self.set.values { body -> AccessRequest? in
                if case .accessRequested(let request) = body, request.requester == user { request } else { nil }
            }
            let isAnswered = self.set.isDeleted { body in
                switch body {
                case .accessAnswered(let answered) where answered == user: true
                case .accessRequested(let request) where request.requester == user: false
                default: nil
                }
            }
            if let first = made.first, !isAnswered { self.rows.accessRequests.append(first.content) }
        }
    }

    private mutating func addFiles() {
        for id in self.set.all({ body -> BlobID? in if case .blobCreated(let blob) = body { blob.id } else { nil } }) {
            let made = self.set.values { body -> Blob? in
                if case .blobCreated(let blob) = body, blob.id == id { blob } else { nil }
            }
            let isDeleted = self.set.isDeleted { body in
                switch body {
                case .blobDeleted(let deleted) where deleted == id: true
                case .blobCreated(let blob) where blob.id == id: false
                default: nil
                }
            }
            if let first = made.first, !isDeleted { self.rows.blobs.append(first.content) }
        }
    }

    // MARK: Models and versions

    private mutating func addModels() {
        let versions = VersionOracle.all(self.set)
        let models = self.set.all { body -> ModelID? in
            if case .modelCreated(let model) = body { model.id } else { nil }
        }
        .compactMap { ModelOracle($0, self.set, versions) }
        .filter { !$0.isHidden }
        for model in models {
            var row = model.made
            row.project = self.id
            row.description = model.descriptions.last?.content ?? nil
            row.updatedAt = max(row.updatedAt, self.set.lastTime { model.isTouched(by: $0, versions) } ?? row.updatedAt)
            let rivals = models.filter { $0.name.content == model.name.content }
                .sorted { $0.name.stamp < $1.name.stamp }
            row.name = model.name.content
            if rivals[0].id == model.id {
                if rivals.count > 1 { self.note(.of(rivals.map(\.name.stamp), .sameName, .model(model.id), .name)) }
            } else {
                // Each takes the next number that nobody is really called by.
                let taken = Set(models.map(\.name.content))
                let free = (2...).lazy.map { "\(model.name.content) (\($0))" }.filter { !taken.contains($0) }
                let place = rivals.firstIndex { $0.id == model.id } ?? 0
                row.name = Array(free.prefix(place))[place - 1]
            }
            self.rows.models.append(row)
            self.conflicts += model.conflicts
        }
        for version in versions where models.contains(where: { $0.id == version.place?.content }) {
            guard !version.isDeleted, let place = version.place else { continue }
            if let quarantine = version.quarantine {
                self.note(quarantine)
                continue
            }
            var row = version.made
            (row.project, row.model) = (self.id, place.content)
            row.message = version.messages.last?.content ?? version.made.message
            self.rows.versions.append(row)
            self.note(.among(version.places, .edited, .version(row.id), .model))
        }
    }
}

/// What was said of one version.
struct VersionOracle {
    let made: Version
    let isDeleted: Bool
    let messages: [OperationSet.Value<String>]
    /// The models that it was put into, the last one that ever was a model, and who did it.
    let places: [OperationSet.Value<ModelID>]
    let place: OperationSet.Value<ModelID>?
    /// Its author's right was taken at the same time and nobody who saw that gave it back, or home moved to another region; and
    /// nobody accepted the version.
    let quarantine: Conflict?

    static func all(_ set: OperationSet) -> [VersionOracle] {
        let models = set.all { body -> ModelID? in if case .modelCreated(let model) = body { model.id } else { nil } }
        return set.all { body -> VersionID? in if case .versionCreated(let version) = body { version.id } else { nil } }
            .compactMap { VersionOracle($0, set, models) }
    }

    private init?(_ id: VersionID, _ set: OperationSet, _ models: [ModelID]) {
        let made = set.values { body -> Version? in
            if case .versionCreated(let version) = body, version.id == id { version } else { nil }
        }
        guard let first = made.first else { return nil }
        self.made = first.content
        self.isDeleted = set.isDeleted { body in
            switch body {
            case .versionDeleted(let deleted) where deleted == id: true
            case .versionCreated(let version) where version.id == id: false
            default: nil
            }
        }
        self.messages = set.values { body in
            switch body {
            case .versionCreated(let version) where version.id == id: version.message
            case .versionChanged(let change) where change.id == id: change.message
            default: nil
            }
        }
        self.places = set.values { body in
            switch body {
            case .versionCreated(let version) where version.id == id: version.model
            case .versionChanged(let change) where change.id == id: change.model
            default: nil
            }
        }
        self.place = self.places.last { models.contains($0.content) }
        let rights = set.writes { body -> ProjectRole?? in
            if case .roleChanged(let change) = body, change.user == first.entry.operation.actor {
                change.role
            } else {
                nil
            }
        }
        let writers: Set<ProjectRole> = [.owner, .contributor]
        let taken = rights.filter { right in
            guard !writers.contains(right.content ?? .reviewer), !first.entry.saw(right.entry),
                !right.entry.saw(first.entry)
            else { return false }
            return !rights.contains { $0.entry.saw(right.entry) && writers.contains($0.content ?? .reviewer) }
        }
        let isAccepted = !set.writes { body -> Bool? in body == .versionAccepted(id) ? true : nil }.isEmpty
        let reasons = taken.map(\.entry) + PolicyOracle.fences(around: first.entry, set)
        self.quarantine =
            reasons.isEmpty || isAccepted
            ? nil : .of(([first.entry] + reasons).map(\.stamp), .quarantined, .version(id), .accepted)
    }
}

/// What was said of one model.
struct ModelOracle {
    private enum Fate {
        case deleted
        case kept
        case made
    }

    let id: ModelID
    let made: Model
    let name: OperationSet.Value<String>
    let descriptions: [OperationSet.Value<String?>]
    let isHidden: Bool
    let conflicts: [Conflict]

    init?(_ id: ModelID, _ set: OperationSet, _ versions: [VersionOracle]) {
        let made = set.values { body -> Model? in
            if case .modelCreated(let model) = body, model.id == id { model } else { nil }
        }
        let names = set.values { body -> String? in
            switch body {
            case .modelCreated(let model) where model.id == id: model.name
            case .modelChanged(let change) where change.id == id: change.name
            default: nil
            }
        }
        let descriptions = set.values { body -> String?? in
            switch body {
            case .modelCreated(let model) where model.id == id: .some(model.description)
            case .modelChanged(let change) where change.id == id: change.description.map { .some($0) }
            default: nil
            }
        }
        let fates = set.values { body -> Fate? in
            switch body {
            case .modelCreated(let model) where model.id == id: .made
            case .modelDeleted(let deleted) where deleted == id: .deleted
            case .modelKept(let kept) where kept == id: .kept
            default: nil
            }
        }
        guard let first = made.first, let name = names.last else { return nil }
        let inside = versions.filter { !$0.isDeleted && $0.place?.content == id }
        let stays = fates.filter { $0.content == .kept }.map(\.entry) + inside.compactMap { $0.place?.entry }
        let deletions = fates.filter { $0.content == .deleted }.map(\.entry)
        let isHidden = deletions.contains { deletion in stays.allSatisfy { deletion.saw($0) } }
        self.id = id
        self.made = first.content
        self.name = name
        self.descriptions = descriptions
        self.isHidden = isHidden
        let heads = set.values { body -> VersionID? in
            if case .versionCreated(let version) = body, version.model == id { version.id } else { nil }
        }.filter { head in inside.contains { $0.made.id == head.content && $0.quarantine == nil } }
        let unseen = stays.filter { stay in !deletions.contains { $0.saw(stay) } }
        self.conflicts = [
            heads.count > 1 ? .of(heads.map(\.stamp), .diverged, .model(id), .head) : nil,
            deletions.isEmpty ? nil : .of((deletions + unseen).map(\.stamp), .deletedInUse, .model(id), .deleted),
            .among(names, .edited, .model(id), .name),
            .among(descriptions, .edited, .model(id), .description),
        ].compactMap(\.self)
    }
}

extension ModelOracle {
    /// Whether lists of models show the operation as a change of this one: of a version it is the models that it names, or
    /// else the one that the version was made in.
    func isTouched(by body: OperationBody, _ versions: [VersionOracle]) -> Bool {
        func madeHere(_ id: VersionID) -> Bool { versions.contains { $0.made.id == id && $0.made.model == self.id } }
        return switch body {
        case .modelCreated(let model): model.id == self.id
        case .modelChanged(let change): change.id == self.id
        case .modelKept(let id): id == self.id
        case .versionCreated(let version): version.model == self.id
        case .versionChanged(let change):
            change.from == self.id || change.model == self.id || (change.from == nil && madeHere(change.id))
        case .versionDeleted(let id), .versionAccepted(let id): madeHere(id)
        default: false
        }
    }
}
