import ObjectModel
import Storage

/// What may be done with one comment, and by whom. Whoever may not comment any more may change nothing of what they said.
extension ProjectRules {
    enum CommentAction: Sendable {
        /// Say something else: for its author only.
        case edit
        /// Settle it, or bring it back: for its author and those who own the project.
        case archive
    }

    /// Checks whether each of `comments` may be archived; `nil` allows it.
    static func refusals(
        ofArchiving comments: [Comment], for principal: Principal?, _ rows: any MetadataReading
    ) throws -> [Refusal?] {
        let projects = Set(comments.map(\.project))
        let forAuthors = try self.refusals(of: .comment, on: projects, for: principal, rows)
        let forOthers = try self.refusals(of: .own, on: projects, for: principal, rows)
        return comments.map { comment in
            (principal?.user.id == comment.author ? forAuthors : forOthers)[comment.project]
        }
    }

    /// Only those who may comment hear whether the comment is there.
    ///
    /// - Throws: ``DomainError``.
    static func require(
        _ action: CommentAction, on id: CommentID, in project: ProjectID, for principal: Principal?,
        _ rows: any MetadataReading
    ) throws {
        try self.require(.comment, on: project, for: principal, rows)
        guard let comment = try rows.comment(id, in: project) else {
            throw DomainError(.commentNotFound, "Comment not found")
        }
        let isAllowed =
            switch action {
            case .edit: principal?.user.id == comment.author
            case .archive: try self.refusals(ofArchiving: [comment], for: principal, rows) == [nil]
            }
        guard isAllowed else { throw DomainError(.forbidden, "That is somebody else's comment.") }
    }
}
