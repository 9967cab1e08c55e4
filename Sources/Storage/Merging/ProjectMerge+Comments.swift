import ObjectModel

/// The rows of comments.
extension ProjectMerge {
    func settle(_ id: CommentID) throws {
        let state = try self.merge.state(of: .comment(id))
        guard case .commentCreated(let creation) = state.creation?.body else { return }
        var comment = creation.comment
        comment.project = self.project
        comment.content = state.latest(.text)?.body.commentChange?.content ?? comment.content
        comment.isArchived = try self.isArchived(state, comment)
        comment.updatedAt = max(comment.updatedAt, try self.lastTouch(.comment(id)))
        try self.visible.put(comment, creation.scene)
        try self.notice(.comment(id), [state.conflict(.edited, .text, \.commentChange?.content)])
    }

    /// Archiving holds against what was written at the same time, but for an answer in the thread: nobody has read that.
    private func isArchived(_ state: EntityState, _ comment: Comment) throws -> Bool {
        let archivings = state[.archived].filter { $0.body.commentChange?.isArchived ?? false }
        guard !archivings.isEmpty, comment.thread == nil else { return !archivings.isEmpty }
        let replies = try self.rows.entities(in: self.merge.scope, where: .created, is: comment.id.rawValue)
            .filter { if case .comment = $0 { true } else { false } }
            .compactMap { try self.merge.state(of: $0).creation }
        return archivings.contains { archiving in !replies.contains { $0.isApart(from: archiving) } }
    }

    /// Nobody else is told of a view.
    func settle(_ viewing: CommentViewing) throws {
        guard let last = try self.merge.state(of: .view(viewing.comment, viewing.user)).latest(.viewed) else { return }
        try self.merge.rows.put(
            CommentView(comment: viewing.comment, user: viewing.user, at: last.stamp.timestamp), in: self.project)
    }
}
