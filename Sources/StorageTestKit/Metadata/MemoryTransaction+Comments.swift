import ObjectModel
import Storage

extension MemoryTransaction {
    func comment(_ id: CommentID, in project: ProjectID) throws -> Comment? {
        self.rows.comments[.init(project: project, id: id)]?.comment
    }

    func threadCounts(
        about resources: Set<CommentResource>, in project: ProjectID
    ) throws -> [CommentResource: Int] {
        try Self.each(resources) {
            let count = try self.commentCount(
                in: project, filter: CommentFilter(.threads, isArchived: false, resources: [$0]))
            return count == 0 ? nil : count
        }
    }

    func commentScenes(_ ids: Set<CommentID>, in project: ProjectID) throws -> [CommentID: CommentScene] {
        Self.each(ids) { self.rows.comments[.init(project: project, id: $0)]?.scene }
    }

    private func matching(_ project: ProjectID, _ filter: CommentFilter) throws -> [Comment] {
        try self.rows.comments.values.map(\.comment).filter { comment in
            guard comment.project == project, filter.isArchived.map({ $0 == comment.isArchived }) ?? true else {
                return false
            }
            switch filter.place {
            case .anywhere: break
            case .threads: guard comment.thread == nil else { return false }
            case .replies(let thread): guard comment.thread == thread else { return false }
            }
            if let resources = filter.resources, !comment.resources.contains(where: resources.contains) { return false }
            guard let model = filter.model else { return true }
            return try comment.resources.contains { resource in
                try resource.kind == .version
                    && self.version(VersionID(rawValue: resource.id), in: project)?.model == model
            }
        }
    }

    func comments(in project: ProjectID, filter: CommentFilter, after: PageKey?, limit: Int) throws -> [Comment] {
        Self.page(try self.matching(project, filter), after, limit) { PageKey(time: $0.createdAt, id: $0.id.rawValue) }
    }

    func commentCount(in project: ProjectID, filter: CommentFilter) throws -> Int {
        try self.matching(project, filter).count
    }

    private func replies(in thread: CommentID, of project: ProjectID) throws -> [Comment] {
        try self.matching(project, CommentFilter(.replies(thread), isArchived: false))
    }

    func replies(
        inEach threads: Set<CommentID>, of project: ProjectID, after: PageKey?, limit: Int
    ) throws -> [CommentID: [Comment]] {
        try Self.each(threads) { thread in
            Self.page(try self.replies(in: thread, of: project), after, limit) {
                PageKey(time: $0.createdAt, id: $0.id.rawValue)
            }
        }
    }

    func replyCounts(inEach threads: Set<CommentID>, of project: ProjectID) throws -> [CommentID: Int] {
        try Self.each(threads) {
            let count = try self.replies(in: $0, of: project).count
            return count == 0 ? nil : count
        }
    }

    func replyAuthors(inEach threads: Set<CommentID>, of project: ProjectID) throws -> [CommentID: [UserID]] {
        try Self.each(threads) {
            let authors = Set(try self.replies(in: $0, of: project).map(\.author)).sorted()
            return authors.isEmpty ? nil : authors
        }
    }

    func commentViews(
        of comments: Set<CommentID>, by user: UserID, in project: ProjectID
    ) throws -> [CommentID: Timestamp] {
        Self.each(comments) { comment in
            self.rows.commentViews[project]?.first { $0.comment == comment && $0.user == user }?.at
        }
    }

    func allCommentViews(in project: ProjectID) throws -> [CommentView] {
        (self.rows.commentViews[project] ?? []).sorted { ($0.comment, $0.user) < ($1.comment, $1.user) }
    }

    func put(_ comment: Comment, _ scene: CommentScene) throws {
        try Self.require(self.rows.projects[comment.project] != nil, "comments.project")
        self.rows.comments[.init(project: comment.project, id: comment.id)] = .init(comment: comment, scene: scene)
    }

    func put(_ view: CommentView, in project: ProjectID) throws {
        try Self.require(self.rows.projects[project] != nil, "comment_views.project")
        self.rows.commentViews[project, default: []].removeAll { $0.comment == view.comment && $0.user == view.user }
        self.rows.commentViews[project, default: []].append(view)
    }
}
