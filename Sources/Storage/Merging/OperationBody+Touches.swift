import ObjectModel

extension OperationBody {
    /// What shows as changed by the operation. Lists are ordered by the last change, so a change below a model or project
    /// shows in them.
    ///
    /// It must not depend on what else is known: of a version it is the models that the operation names, or else the version,
    /// for the models that it was made in.
    var touched: [Entity] {
        switch self {
        case .projectCreated, .projectChanged, .blobCreated, .blobDeleted, .modelDeleted: [.project]
        case .modelCreated(let model): [.model(model.id), .project]
        case .modelChanged(let change): [.model(change.id), .project]
        case .modelKept(let id): [.model(id), .project]
        case .versionCreated(let version): [.version(version.id), .project]
        case .versionChanged(let change):
            [change.from, change.model].compactMap { $0.map { .model($0) } }
                + (change.from == nil ? [.version(change.id)] : []) + [.project]
        case .versionDeleted(let id), .versionAccepted(let id): [.version(id), .project]
        case .commentCreated(let creation):
            [.comment(creation.comment.id)] + (creation.comment.thread.map { [.comment($0)] } ?? [])
        case .commentChanged(let change): change.content == nil ? [] : [.comment(change.id)]
        case .webhookCreated(let webhook): [.webhook(webhook.id)]
        case .webhookChanged(let change): [.webhook(change.id)]
        default: []
        }
    }
}
