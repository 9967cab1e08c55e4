import GraphQL
import ObjectModel
import Storage

/// Comments by the names that older clients have for them.
enum LegacyCommentResolvers {
    static func add(to map: inout ResolverMap<APIContext>) {
        self.addQueries(to: &map)
        self.addMutations(to: &map)
        map.type(CommentSource.self) { field in
            field("reactions") { _, _, _ in Resolved.null }
            field.together("data") { sources, _, context in
                try await CommentResolvers.scenes(of: sources, context).map { CommentDocument.value($0?.legacyData) }
            }
        }
    }

    private static func addQueries(to map: inout ResolverMap<APIContext>) {
        map.type(QueryRoot.self) { field in
            field("comment") { _, arguments, context in
                let (id, project) = (arguments.id(as: CommentID.self), arguments.id("streamId", as: ProjectID.self))
                return try await context.read(project) { try $0.comment(id, in: project) }.map(CommentSource.init)
            }
            field("comments") { _, arguments, context in
                let project = arguments.id("streamId", as: ProjectID.self)
                try await context.require(.read, on: project)
                var filter = CommentFilter(.threads, isArchived: arguments["archived"]?.bool ?? false)
                let named = Named(arguments["resources"]?.list ?? [])
                if let thread = named.threads.first { filter.place = .replies(thread) }
                if !named.isProject, !named.resources.isEmpty { filter.resources = named.resources }
                return try await CommentResolvers.comments(of: project, filter, arguments, context)
            }
        }
    }

    private static func addMutations(to map: inout ResolverMap<APIContext>) {
        map.type(MutationRoot.self) { field in
            field("commentCreate") { _, arguments, context in
                try await self.create(try Input(arguments), context).id.rawValue
            }
            field("commentReply") { _, arguments, context in
                let input = try Input(arguments)
                let command = CreateComment(
                    project: try input.id("streamId"), thread: try input.id("parentComment"),
                    content: try self.content(input), scene: try self.scene(input))
                return try await CommentMutationResolvers.perform(command, context).id.rawValue
            }
            field("commentEdit") { _, arguments, context in
                let input = try Input(arguments)
                let command = EditComment(
                    project: try input.id("streamId"), id: try input.id("id"), content: try self.content(input))
                _ = try await context.perform(
                    command, .editComment, on: .comment(command.id), in: command.project)
                return true
            }
            field("commentArchive") { _, arguments, context in
                let command = ArchiveComment(
                    project: arguments.id("streamId"), id: arguments.id("commentId"),
                    isArchived: arguments["archived"]?.bool ?? true)
                try await context.perform(
                    command, .archiveComment, on: .comment(command.id), in: command.project)
                return true
            }
            field("commentView") { _, arguments, context in
                try await CommentMutationResolvers.markViewed(
                    arguments.id("commentId"), in: arguments.id("streamId"), context)
            }
            field("userCommentThreadActivityBroadcast") { _, arguments, context in
                try await context.broadcast(
                    .typing, at: arguments["commentId"]?.string ?? "", arguments["data"]?.object ?? [:],
                    in: arguments.id("streamId"), if: .comment)
            }
            field("userViewerActivityBroadcast") { _, arguments, context in
                try await context.broadcast(
                    .legacyViewing, at: arguments["resourceId"]?.string ?? "", arguments["data"]?.object ?? [:],
                    in: arguments.id("streamId"), if: .broadcast)
            }
        }
    }

    private static func content(_ input: Input) throws -> CommentContent {
        try CommentDocument.content(
            input.object("text").map(GraphQLValue.object), blobs: input.strings("blobIds") ?? [])
    }

    private static func scene(_ input: Input) throws -> CommentScene {
        CommentScene(legacyData: try input.object("data").map { try CommentDocument.json(.object($0)) })
    }

    private static func create(_ input: Input, _ context: APIContext) async throws -> Comment {
        let project = try input.id("streamId", as: ProjectID.self)
        let (content, scene) = (try self.content(input), try self.scene(input))
        try await context.require(.comment, on: project)
        let named = Named(input.list("resources") ?? [])
        guard named.threads.isEmpty else {
            throw DomainError(.commentCreate, "An answer in a thread is made by commentReply.")
        }
        let objects = named.resources.compactMap { $0.kind == .object ? ObjectID(hex: $0.id) : nil }
        let absent = try await context.services.objects.missing(from: objects, in: project)
        guard absent.isEmpty, objects.count == named.resources.count(where: { $0.kind == .object }) else {
            throw DomainError(.commentCreate, "An object that the comment is about is not in the project.")
        }
        return try await CommentMutationResolvers.create(
            content,
            about: named.resources.isEmpty && named.isProject
                ? [CommentResource(.project, project.rawValue)] : named.resources, scene,
            screenshot: input.string("screenshot"), in: project, context)
    }

    /// What a list of resources says.
    private struct Named {
        /// Versions and objects.
        var resources: [CommentResource] = []
        var threads: [CommentID] = []
        /// The project itself is among them.
        var isProject = false

        init(_ list: [GraphQLValue]) {
            for item in list.compactMap(\.object) {
                let id = item["resourceId"]?.string ?? ""
                switch item["resourceType"]?.string {
                case "commit": self.resources.append(CommentResource(.version, id))
                case "object": self.resources.append(CommentResource(.object, id.lowercased()))
                case "comment": self.threads.append(CommentID(rawValue: id))
                default: self.isProject = true
                }
            }
        }
    }
}
