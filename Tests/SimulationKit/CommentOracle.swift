import ObjectModel
import Storage

/// What the comments of a project must be, by the rules of Spec §20.3.
struct CommentOracle {
    private(set) var comments: [CommentCreation] = []
    private(set) var views: [CommentView] = []
    private(set) var conflicts: [Conflict] = []
    private let set: OperationSet

    init(_ project: ProjectID, _ set: OperationSet) {
        self.set = set
        for id in set.all({ body in Self.creation(body)?.comment.id }) {
            guard var made = self.made(id).first?.content else { continue }
            let texts = set.values { body -> CommentContent? in
                switch body {
                case .commentCreated(let creation) where creation.comment.id == id: creation.comment.content
                case .commentChanged(let change) where change.id == id: change.content
                default: nil
                }
            }
            made.comment.project = project
            made.comment.content = texts.last?.content ?? made.comment.content
            made.comment.isArchived = self.isArchived(made.comment)
            made.comment.updatedAt = max(
                made.comment.updatedAt, set.lastTime { Self.isTouched(id, by: $0) } ?? made.comment.updatedAt)
            self.comments.append(made)
            if let conflict = Conflict.among(texts, .edited, .comment(id), .text) { self.conflicts.append(conflict) }
        }
        let seen = set.writes { body -> CommentViewing? in
            if case .commentViewed(let viewing) = body { viewing } else { nil }
        }
        for (_, times) in Dictionary(grouping: seen, by: { "\($0.content.comment) \($0.content.user)" }) {
            guard let last = times.last else { continue }
            self.views.append(
                CommentView(comment: last.content.comment, user: last.content.user, at: last.stamp.timestamp))
        }
    }

    private static func creation(_ body: OperationBody) -> CommentCreation? {
        if case .commentCreated(let creation) = body { creation } else { nil }
    }

    private func made(_ id: CommentID) -> [OperationSet.Value<CommentCreation>] {
        self.set.values { body in Self.creation(body).flatMap { $0.comment.id == id ? $0 : nil } }
    }

    /// By its text, and by answers.
    private static func isTouched(_ id: CommentID, by body: OperationBody) -> Bool {
        switch body {
        case .commentCreated(let creation): creation.comment.id == id || creation.comment.thread == id
        case .commentChanged(let change): change.id == id && change.content != nil
        default: false
        }
    }

    private func isArchived(_ comment: Comment) -> Bool {
        let archivings = self.set.values { body -> Bool? in
            if case .commentChanged(let change) = body, change.id == comment.id { change.isArchived } else { nil }
        }.filter(\.content)
        guard comment.thread == nil else { return !archivings.isEmpty }
        let replies = self.set.all { body in
            Self.creation(body).flatMap { $0.comment.thread == comment.id ? $0.comment.id : nil }
        }.compactMap { self.made($0).first?.entry }
        return archivings.contains { archiving in
            replies.allSatisfy { $0.saw(archiving.entry) || archiving.entry.saw($0) }
        }
    }
}
