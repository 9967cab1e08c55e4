import GraphQL
import ObjectModel
import Storage

/// What people do with comments.
enum CommentMutationResolvers {
    static func add(to map: inout ResolverMap<APIContext>) {
        map.type(MutationRoot.self) { field in field("commentMutations") { _, _, _ in CommentMutations() } }
        map.type(CommentMutations.self) { field in
            field("create") { _, arguments, context in
                CommentSource(comment: try await self.create(try Input(arguments), context))
            }
            field("reply") { _, arguments, context in
                let input = try Input(arguments)
                let command = CreateComment(
                    project: try input.id("projectId"), thread: try input.id("threadId"),
                    content: try self.content(input))
                return CommentSource(comment: try await self.perform(command, context))
            }
            field("edit") { _, arguments, context in
                let input = try Input(arguments)
                let command = EditComment(
                    project: try input.id("projectId"), id: try input.id("commentId"),
                    content: try self.content(input))
                return CommentSource(
                    comment: try await context.perform(
                        command, .editComment, on: .comment(command.id), in: command.project))
            }
            field("archive") { _, arguments, context in
                let input = try Input(arguments)
                let command = ArchiveComment(
                    project: try input.id("projectId"), id: try input.id("commentId"),
                    isArchived: input.bool("archived") ?? true)
                try await context.perform(
                    command, .archiveComment, on: .comment(command.id), in: command.project)
                return true
            }
            field("markViewed") { _, arguments, context in
                let input = try Input(arguments)
                return try await self.markViewed(try input.id("commentId"), in: try input.id("projectId"), context)
            }
        }
    }

    private static func content(_ input: Input) throws -> CommentContent {
        let content = Input(item: input.object("content") ?? [:])
        return try CommentDocument.content(
            content.object("doc").map(GraphQLValue.object), blobs: content.strings("blobIds") ?? [])
    }

    private static func create(_ input: Input, _ context: APIContext) async throws -> Comment {
        let project = try input.id("projectId", as: ProjectID.self)
        let scene = CommentScene(
            viewerState: try input.object("viewerState").map { try CommentDocument.json(.object($0)) })
        let content = try self.content(input)
        // What a project has is told to nobody who may not comment.
        try await context.require(.comment, on: project)
        let resources = try await context.resources(
            try ViewerResources(try input.require("resourceIdString")), in: project, loadedOnly: true)
        return try await self.create(
            content, about: resources, scene, screenshot: input.string("screenshot"), in: project, context)
    }

    /// Begins a thread in a project that the person may comment on.
    static func create(
        _ content: CommentContent, about resources: [CommentResource], _ scene: CommentScene, screenshot: String?,
        in project: ProjectID, _ context: APIContext
    ) async throws -> Comment {
        guard !resources.isEmpty else {
            throw DomainError(.commentCreate, "None of the resources that the comment is about is in the project.")
        }
        let screenshot = try Screenshot(dataURL: screenshot)
        let command = CreateComment(
            project: project, content: content, resources: resources, scene: scene,
            screenshot: try await screenshot?.store(in: context.services.blobs))
        return try await self.perform(command, context)
    }

    /// Writes a comment, and tells those whom it names.
    static func perform(_ command: CreateComment, _ context: APIContext) async throws -> Comment {
        let comment = try await context.perform(command, .comment, on: command.project)
        if let author = context.principal?.user {
            await Notices(context.services).mentioned(in: comment, by: author)
        }
        return comment
    }

    /// Whoever may read a project, and is signed in, may have seen what is in it.
    static func markViewed(_ id: CommentID, in project: ProjectID, _ context: APIContext) async throws -> Bool {
        try context.requirePrincipal()
        try await context.perform(MarkCommentViewed(project: project, id: id), .receive, on: project)
        return true
    }
}
