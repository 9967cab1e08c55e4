import ObjectModel
import Storage

/// What may be done with something that somebody made. Whoever may not make such any more may change nothing of what they made.
extension ProjectRules {
    enum WorkAction: Sendable {
        /// Say something else in a comment.
        case editComment
        /// Settle a comment, or bring it back.
        case archiveComment
        case removeFile
        case removeModel
        /// Change, move or delete a version.
        case changeVersion
    }

    /// Checks `action` on many things in a bounded number of statements; `nil` allows it.
    ///
    /// - Parameter works: each one's project and author, who may be gone.
    static func refusals(
        of action: WorkAction, on works: [(project: ProjectID, author: UserID?)], for principal: Principal?,
        _ rows: any MetadataReading
    ) throws -> [Refusal?] {
        let (right, projects) = (action.right, Set(works.map(\.project)))
        let authors = try self.refusals(of: right.author, on: projects, for: principal, rows)
        let others = try right.others.map { try self.refusals(of: $0, on: projects, for: principal, rows) }
        return works.map { work in
            // Whoever may not do so with what is theirs may not with what is not.
            if let refusal = authors[work.project] { return refusal }
            if let author = work.author, author == principal?.user.id { return nil }
            guard let others else { return .missingRole(.owner) }
            return others[work.project]
        }
    }

    /// - Throws: ``DomainError``; only those who may make such hear whether it is there.
    static func require(
        _ action: WorkAction, on work: Work, in project: ProjectID, for principal: Principal?,
        _ rows: any MetadataReading
    ) throws {
        try self.require(action.right.author, on: project, for: principal, rows)
        let works = try work.authors(in: project, rows).map { (project: project, author: $0) }
        for case let refusal? in try self.refusals(of: action, on: works, for: principal, rows) {
            throw refusal == .missingRole(.owner) ? Work.isOfOthers : refusal.error
        }
    }

    /// Things in a project that somebody made.
    enum Work: Sendable {
        case comment(CommentID)
        case file(BlobID)
        case model(ModelID)
        case versions([VersionID])

        fileprivate static let isOfOthers = DomainError(
            .forbidden, "That is for whoever made it, or for those who own the project.")

        /// Of what is not there nobody is an author; whoever changes it is told so then.
        fileprivate func authors(in project: ProjectID, _ rows: any MetadataReading) throws -> [UserID?] {
            switch self {
            case .comment(let id):
                guard let comment = try rows.comment(id, in: project) else {
                    throw DomainError(.commentNotFound, "Comment not found")
                }
                return [comment.author]
            case .file(let id): return try rows.blob(id, in: project).map { [$0.author] } ?? []
            case .model(let id): return try rows.model(id, in: project).map { [$0.author] } ?? []
            case .versions(let ids): return try rows.versions(Set(ids), in: project).values.map(\.author)
            }
        }
    }
}
