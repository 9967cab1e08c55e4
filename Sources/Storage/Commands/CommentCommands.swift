public import ObjectModel

/// Begins a thread about something of a project, or answers in one.
public struct CreateComment: Command {
    /// Of one comment.
    private static let resourceCountMax = 1000

    public var project: ProjectID
    /// The thread that it answers in.
    public var thread: CommentID?
    public var content: CommentContent
    /// What a new thread is about; objects must be in the project.
    public var resources: [CommentResource]
    public var scene: CommentScene
    /// A picture whose bytes are durable on this node: a new file of the project.
    public var screenshot: BlobContent?

    public init(
        project: ProjectID, content: CommentContent, resources: [CommentResource], scene: CommentScene = CommentScene(),
        screenshot: BlobContent? = nil
    ) {
        self.project = project
        self.content = content
        self.resources = resources
        self.scene = scene
        self.screenshot = screenshot
    }

    public init(
        project: ProjectID, thread: CommentID, content: CommentContent, scene: CommentScene = CommentScene()
    ) {
        self.init(project: project, content: content, resources: [], scene: scene)
        self.thread = thread
    }

    public func execute(in context: CommandContext) throws -> Comment {
        let author = try context.signedIn()
        _ = try context.existingProject(self.project)
        try context.requireContent(self.content, in: self.project)
        let resources = try self.thread.map { try self.resources(of: $0, context) } ?? self.checkedResources(context)
        let comment = Comment(
            id: try context.freshID { try context.rows.comment($0, in: self.project) != nil }, project: self.project,
            thread: self.thread, author: author, content: self.content, resources: resources, createdAt: context.now)
        var scene = self.scene
        if let screenshot {
            scene.screenshot = try AddBlob(
                project: self.project, fileName: "comment-\(comment.id).png", content: screenshot
            ).execute(in: context).id
        }
        try context.record(.commentCreated(CommentCreation(comment, scene)), in: .project(self.project))
        return comment
    }

    private func resources(of thread: CommentID, _ context: CommandContext) throws -> [CommentResource] {
        let parent = try context.existingComment(thread, in: self.project)
        guard parent.thread == nil else {
            throw DomainError(.commentCreate, "That is an answer itself: answer in its thread.")
        }
        return parent.resources
    }

    private func checkedResources(_ context: CommandContext) throws -> [CommentResource] {
        guard !self.resources.isEmpty, self.resources.count <= Self.resourceCountMax else {
            throw DomainError(.commentCreate, "A comment is about 1 to \(Self.resourceCountMax) things.")
        }
        for resource in self.resources {
            let isThere =
                switch resource.kind {
                case .project: resource.id == self.project.rawValue
                case .version: try context.rows.version(VersionID(rawValue: resource.id), in: self.project) != nil
                case .object: true
                }
            guard isThere else { throw DomainError(.commentCreate, "\(resource.id) is not in this project.") }
        }
        return self.resources
    }
}

/// Writes a comment anew.
public struct EditComment: Command {
    public var project: ProjectID
    public var id: CommentID
    public var content: CommentContent

    public init(project: ProjectID, id: CommentID, content: CommentContent) {
        self.project = project
        self.id = id
        self.content = content
    }

    public func execute(in context: CommandContext) throws -> Comment {
        _ = try context.existingComment(self.id, in: self.project)
        try context.requireContent(self.content, in: self.project)
        try context.record(
            .commentChanged(CommentChange(id: self.id, content: self.content)), in: .project(self.project))
        return try context.existingComment(self.id, in: self.project)
    }
}

/// Settles a thread or takes an answer back, or brings either back.
public struct ArchiveComment: Command {
    public var project: ProjectID
    public var id: CommentID
    public var isArchived: Bool

    public init(project: ProjectID, id: CommentID, isArchived: Bool) {
        self.project = project
        self.id = id
        self.isArchived = isArchived
    }

    public func execute(in context: CommandContext) throws {
        guard try context.existingComment(self.id, in: self.project).isArchived != self.isArchived else { return }
        try context.record(
            .commentChanged(CommentChange(id: self.id, isArchived: self.isArchived)), in: .project(self.project))
    }
}

/// Notes that whoever asks has seen a thread: only when it changed since they did last, so that looking costs the log no more
/// than writing does.
///
/// It is their own, wherever the project is written to.
public struct MarkCommentViewed: Command {
    public var project: ProjectID
    public var id: CommentID

    public init(project: ProjectID, id: CommentID) {
        self.project = project
        self.id = id
    }

    public func execute(in context: CommandContext) throws {
        let user = try context.signedIn()
        let comment = try context.existingComment(self.id, in: self.project)
        let last = try context.rows.commentViews(of: [self.id], by: user, in: self.project)[self.id]
        guard last.map({ $0 <= comment.updatedAt }) ?? true else { return }
        try context.record(
            .commentViewed(CommentViewing(comment: self.id, user: user)), in: .project(self.project),
            ignoringHome: true)
    }
}

extension CommandContext {
    /// - Throws: ``DomainError/Code/commentNotFound``.
    fileprivate func existingComment(_ id: CommentID, in project: ProjectID) throws -> Comment {
        guard let comment = try self.rows.comment(id, in: project) else {
            throw DomainError(.commentNotFound, "Comment not found")
        }
        return comment
    }

    /// - Throws: ``DomainError`` for a comment without anything in it, and for files that the project does not have.
    fileprivate func requireContent(_ content: CommentContent, in project: ProjectID) throws {
        guard content.document != nil || !content.blobs.isEmpty else {
            throw DomainError(.userInput, "A comment needs a text or an attachment.")
        }
        for blob in content.blobs where try self.rows.blob(blob, in: project) == nil {
            throw DomainError(.invalidAttachments, "The attachment \(blob) is not a file of this project.")
        }
    }
}
