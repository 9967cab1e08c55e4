import ObjectModel

extension OperationBody {
    /// Whether it means anything in a log of `scope`: a log reaches neither into another project nor into accounts.
    func belongs(to scope: LogScope) -> Bool {
        switch (self, scope) {
        case (.serverChanged, let scope), (.userRegistered, let scope), (.userChanged, let scope),
            (.userDeleted, let scope), (.emailAdded, let scope), (.emailChanged, let scope),
            (.emailDeleted, let scope), (.sessionsEnded, let scope), (.serverInviteCreated, let scope),
            (.serverInviteDeleted, let scope), (.tokenCreated, let scope), (.tokenRevoked, let scope),
            (.favoriteChanged, let scope), (.preferenceChanged, let scope), (.appRegistered, let scope),
            (.appChanged, let scope), (.appDeleted, let scope), (.grantRevoked, let scope):
            scope == .server
        case (_, .server): false
        case (.projectCreated(let created), .project(let project)): created.id == project
        default: true
        }
    }

    /// The fields that the operation writes.
    ///
    /// - Parameter actor: in whose name.
    func writes(by dot: Dot, _ actor: UserID?) -> [LiveWrite] {
        func writes(_ entity: Entity, _ fields: [MergeField]) -> [LiveWrite] {
            fields.map { LiveWrite(entity, $0, dot) }
        }
        switch self {
        case .serverChanged(let change): return writes(.server, change.fields)
        case .userRegistered(let user):
            return writes(.user(user.id), [.name, .bio, .company, .avatar, .role])
                + [LiveWrite(.user(user.id), .created, dot, key: user.email)]
        case .userChanged(let change): return writes(.user(change.id), change.fields)
        case .userDeleted(let id): return writes(.user(id), [.deleted])
        case .emailAdded(let email):
            return [
                LiveWrite(.email(email.id), .created, dot, key: email.address),
                LiveWrite(.email(email.id), .owner, dot, key: email.user.rawValue),
            ]
        case .emailChanged(let change): return writes(.email(change.id), [.verified])
        case .emailDeleted(let id): return writes(.email(id), [.deleted])
        case .sessionsEnded(let id): return writes(.user(id), [.sessions])
        case .serverInviteCreated(let invite): return writes(.invite(invite.id), [.created])
        case .serverInviteDeleted(let id): return writes(.invite(id), [.deleted])
        case .tokenCreated(let token): return writes(.token(token.id), [.created])
        case .tokenRevoked(let id): return writes(.token(id), [.deleted])
        case .favoriteChanged(let change): return writes(.favorite(change.user, change.project), [.favorite])
        case .preferenceChanged(let change): return writes(.preference(change.user, change.key), [.setting])
        case .appRegistered(let app): return writes(.app(app.id), [.created, .registration])
        case .appChanged(let change): return writes(.app(change.id), [.registration])
        case .appDeleted(let id): return writes(.app(id), [.deleted])
        case .grantRevoked(let grant): return writes(.grant(grant), [.deleted])
        case .projectCreated:
            return writes(.project, [.created, .name, .description, .visibility, .allowPublicComments])
        case .projectChanged(let change): return writes(.project, change.fields)
        case .projectDeleted: return writes(.project, [.deleted])
        case .roleChanged(let change):
            return [LiveWrite(.role(change.user), .role, dot, key: MergeField.role.rawValue)]
                + writes(.role(change.user), [change.isRevocation ? .revoked : .granted])
        case .policyChanged(let change): return writes(.project, change.fields)
        case .inviteCreated(let invite): return writes(.invite(invite.id), [.created])
        case .inviteDeleted(let id): return writes(.invite(id), [.deleted])
        case .accessRequested(let request): return writes(.accessRequest(request.requester), [.created])
        case .accessAnswered(let user): return writes(.accessRequest(user), [.deleted])
        case .modelCreated(let model):
            return writes(.model(model.id), [.created, .description])
                + [LiveWrite(.model(model.id), .name, dot, key: model.name)]
        case .modelChanged(let change):
            return change.fields.map { LiveWrite(.model(change.id), $0, dot, key: $0 == .name ? change.name : nil) }
        case .modelDeleted(let id), .modelKept(let id): return writes(.model(id), [.deleted])
        case .versionCreated(let version):
            return writes(.version(version.id), [.message])
                + [
                    LiveWrite(.version(version.id), .created, dot, key: version.model.rawValue),
                    LiveWrite(.version(version.id), .author, dot, key: actor?.rawValue),
                    LiveWrite(.version(version.id), .model, dot, key: version.model.rawValue),
                    LiveWrite(.model(version.model), .head, dot, key: version.id.rawValue),
                ]
        case .versionChanged(let change):
            return change.fields.map {
                LiveWrite(.version(change.id), $0, dot, key: $0 == .model ? change.model?.rawValue : nil)
            }
        case .versionDeleted(let id): return writes(.version(id), [.deleted])
        case .versionAccepted(let id): return writes(.version(id), [.accepted])
        case .blobCreated(let blob): return writes(.blob(blob.id), [.created])
        case .blobDeleted(let id): return writes(.blob(id), [.deleted])
        case .commentCreated(let creation):
            let comment = creation.comment
            return writes(.comment(comment.id), [.text])
                + [LiveWrite(.comment(comment.id), .created, dot, key: comment.thread?.rawValue)]
        case .commentChanged(let change): return writes(.comment(change.id), change.fields)
        case .commentViewed(let viewing): return writes(.view(viewing.comment, viewing.user), [.viewed])
        case .webhookCreated(let webhook):
            return writes(.webhook(webhook.id), [.created] + WebhookChange(webhook).fields)
        case .webhookChanged(let change): return writes(.webhook(change.id), change.fields)
        case .webhookDeleted(let id): return writes(.webhook(id), [.deleted])
        case .versionReceived, .conflictClosed, .trace, .withheld: return []
        }
    }

    /// What the operation says of the server, a person, a project, a model, a comment, a webhook or a version; `nil` when it
    /// says nothing of such.
    var serverChange: ServerChange? {
        guard case .serverChanged(let change) = self else { return nil }
        return change
    }

    var userChange: UserChange? {
        switch self {
        case .userRegistered(let user):
            UserChange(
                id: user.id, name: user.name, bio: user.bio, company: user.company, avatar: user.avatar,
                role: user.role)
        case .userChanged(let change): change
        default: nil
        }
    }

    var appRegistration: AppRegistration? {
        switch self {
        case .appRegistered(let app): app.registration
        case .appChanged(let change): change.registration
        default: nil
        }
    }

    var projectChange: ProjectChange? {
        switch self {
        case .projectCreated(let project):
            ProjectChange(
                name: project.name, description: project.description, visibility: project.visibility,
                allowPublicComments: project.allowPublicComments)
        case .projectChanged(let change): change
        default: nil
        }
    }

    var policyChange: PolicyChange? {
        guard case .policyChanged(let change) = self else { return nil }
        return change
    }

    var modelChange: ModelChange? {
        switch self {
        case .modelCreated(let model): ModelChange(id: model.id, name: model.name, description: model.description)
        case .modelChanged(let change): change
        default: nil
        }
    }

    var commentChange: CommentChange? {
        switch self {
        case .commentCreated(let creation):
            CommentChange(id: creation.comment.id, content: creation.comment.content)
        case .commentChanged(let change): change
        default: nil
        }
    }

    var webhookChange: WebhookChange? {
        switch self {
        case .webhookCreated(let webhook): WebhookChange(webhook)
        case .webhookChanged(let change): change
        default: nil
        }
    }

    var versionChange: VersionChange? {
        switch self {
        case .versionCreated(let version):
            VersionChange(id: version.id, message: version.message, model: version.model)
        case .versionChanged(let change): change
        default: nil
        }
    }
}

extension CommentChange {
    fileprivate var fields: [MergeField] {
        written([(.text, self.content != nil), (.archived, self.isArchived != nil)])
    }
}

extension WebhookChange {
    fileprivate var fields: [MergeField] {
        written([
            (.url, self.url != nil), (.description, self.description != nil), (.triggers, self.triggers != nil),
            (.enabled, self.isEnabled != nil), (.secret, self.secret != nil),
        ])
    }
}

extension ServerChange {
    fileprivate var fields: [MergeField] {
        written([
            (.name, self.name != nil), (.company, self.company != nil), (.description, self.description != nil),
            (.adminContact, self.adminContact != nil), (.termsOfService, self.termsOfService != nil),
            (.inviteOnly, self.inviteOnly != nil), (.guestMode, self.guestMode != nil),
        ])
    }
}

extension UserChange {
    fileprivate var fields: [MergeField] {
        written([
            (.name, self.name != nil), (.bio, self.bio != nil), (.company, self.company != nil),
            (.avatar, self.avatar != nil), (.role, self.role != nil), (.verified, self.isVerified != nil),
            (.password, self.passwordHash != nil), (.primaryEmail, self.primaryEmail != nil),
        ])
    }
}

extension ProjectChange {
    fileprivate var fields: [MergeField] {
        written([
            (.name, self.name != nil), (.description, self.description != nil),
            (.visibility, self.visibility != nil), (.allowPublicComments, self.allowPublicComments != nil),
        ])
    }
}

extension PolicyChange {
    fileprivate var fields: [MergeField] {
        written([
            (.regions, self.regions != nil), (.home, self.home != nil),
            (.fence, self.home != nil), (.edges, self.allowsEdges != nil),
            (.copies, self.minimumCopies != nil),
        ])
    }
}

extension ModelChange {
    fileprivate var fields: [MergeField] {
        written([(.name, self.name != nil), (.description, self.description != nil)])
    }
}

extension VersionChange {
    fileprivate var fields: [MergeField] {
        written([(.message, self.message != nil), (.model, self.model != nil)])
    }
}

private func written(_ all: [(field: MergeField, isWritten: Bool)]) -> [MergeField] {
    all.filter(\.isWritten).map(\.field)
}
