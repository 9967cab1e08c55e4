import GraphQL
import ObjectModel
import Storage

/// Comments and their threads.
enum CommentResolvers {
    static func add(to map: inout ResolverMap<APIContext>) {
        self.addLists(to: &map)
        self.addComment(to: &map)
        self.addParts(to: &map)
        map.subscription("projectCommentsUpdated") { arguments, context in
            let target = try ViewerTarget(arguments)
            return try await Watch(context).occurrences(in: target.project) { event, project, current in
                guard case .comment(let id, _) = event.subject, try await target.means(id, current) else { return nil }
                return EventMessage<ProjectCommentsUpdated>(event, in: project, id: id.rawValue)
            }
        }
        map.type(EventMessage<ProjectCommentsUpdated>.self) { field in
            field.addMessage { change in
                switch change {
                case .created: "CREATED"
                case .updated: "UPDATED"
                case .deleted: "ARCHIVED"
                }
            }
            field("comment") { message, _, context in
                let id = CommentID(rawValue: message.id)
                return try await context.read { try $0.comment(id, in: message.project) }.map(CommentSource.init)
            }
        }
    }

    // MARK: Lists

    private static func addLists(to map: inout ResolverMap<APIContext>) {
        map.type(ProjectSource.self) { field in
            field("comment") { source, arguments, context in
                let id = arguments.id(as: CommentID.self)
                return try await context.read(source.project.id) { try $0.comment(id, in: source.project.id) }
                    .map(CommentSource.init)
            }
            field("commentThreads") { source, arguments, context in
                try await context.require(.read, on: source.project.id)
                return try await self.threads(of: source.project.id, arguments, context)
            }
        }
        map.type(ModelSource.self) { field in
            field("commentThreads") { source, arguments, context in
                let filter = CommentFilter(.threads, isArchived: false, model: source.model.id)
                return try await self.comments(of: source.model.project, filter, arguments, context)
            }
        }
        map.type(VersionSource.self) { field in
            field("commentThreads") { source, arguments, context in
                let resources = [CommentResource.version(source.version.id)]
                let filter = CommentFilter(.threads, isArchived: false, resources: resources)
                return try await self.comments(of: source.version.project, filter, arguments, context)
            }
        }
        map.type(CommentsSource.self) { field in
            field.addListing(\.listing, of: CommentSource.init)
        }
        map.type(ProjectCommentsSource.self) { field in
            field.addListing(\.listing, of: CommentSource.init)
            field("totalArchivedCount") { source, _, _ in source.archivedCount }
        }
    }

    private static func threads(
        of project: ProjectID, _ arguments: GraphQLObject, _ context: APIContext
    ) async throws -> ProjectCommentsSource {
        let isPaged = arguments["limit"]?.int != nil
        let page = try Page(
            arguments, upTo: isPaged ? Limits.commentPageItemCountMax : Limits.commentThreadCountMax,
            withoutLimit: Limits.commentThreadCountMax)
        let input = Input(optional: arguments, "filter")
        var filter = CommentFilter(.threads, isArchived: input.bool("includeArchived") ?? false ? nil : false)
        if let target = try input.string("resourceIdString").map(ViewerResources.init), !target.isEmpty {
            filter.resources = try await context.resources(
                target, in: project, loadedOnly: input.bool("loadedVersionsOnly") ?? false)
        }
        return try await context.read { [filter] rows in
            var archived = filter
            archived.isArchived = true
            return ProjectCommentsSource(
                listing: try self.listing(of: project, filter, page, rows),
                archivedCount: try rows.commentCount(in: project, filter: archived))
        }
    }

    /// A page of comments of a project that may be read.
    static func comments(
        of project: ProjectID, _ filter: CommentFilter, _ arguments: GraphQLObject, _ context: APIContext
    ) async throws -> CommentsSource {
        let page = try Page(arguments, upTo: Limits.commentPageItemCountMax, withoutLimit: 25)
        return CommentsSource(listing: try await context.read { try self.listing(of: project, filter, page, $0) })
    }

    private static func listing(
        of project: ProjectID, _ filter: CommentFilter, _ page: Page, _ rows: any MetadataReading
    ) throws -> Listing<Comment> {
        self.listing(
            try rows.comments(in: project, filter: filter, after: page.after, limit: page.limit),
            totalCount: try rows.commentCount(in: project, filter: filter))
    }

    static func listing(_ items: [Comment], totalCount: Int) -> Listing<Comment> {
        Listing(items: items, totalCount: totalCount) { ($0.createdAt, $0.id.rawValue) }
    }

    // MARK: One comment

    private static func addComment(to map: inout ResolverMap<APIContext>) {
        map.type(CommentSource.self) { field in
            field("id") { source, _, _ in source.comment.id.rawValue }
            field.together("author") { sources, _, context in
                let people = try await context.read { try $0.users(Set(sources.map(\.comment.author))) }
                return sources.map(\.comment).map { comment in
                    LimitedUserSource(user: people[comment.author] ?? self.stranger(comment))
                }
            }
            field("authorId") { source, _, _ in source.comment.author.rawValue }
            field("archived") { source, _, _ in source.comment.isArchived }
            field.together("screenshot") { sources, _, context in try await self.screenshots(of: sources, context) }
            field.together("text") { sources, _, context in
                let attachments = try await self.each(of: sources, context) { rows, project, comments in
                    let blobs = try rows.blobs(Set(comments.flatMap(\.content.blobs)), in: project)
                    return comments.map { $0.content.blobs.compactMap { blobs[$0] } }
                }
                return zip(sources, attachments).map {
                    CommentTextSource(content: $0.comment.content, attachments: $1)
                }
            }
            field("rawText") { source, _, _ in source.comment.content.plainText }
            field("resources") { source, _, _ in source.comment.resources.map(CommentResourceSource.init) }
            field.together("viewerResources") { sources, _, context in
                try await self.each(of: sources, context) { rows, project, comments in
                    try self.items(of: comments, in: project, rows)
                }
            }
            field("createdAt") { source, _, _ in source.comment.createdAt.iso8601 }
            field("updatedAt") { source, _, _ in source.comment.updatedAt.iso8601 }
            field.together("viewedAt") { sources, _, context in
                guard let user = context.principal?.user.id else { return sources.map { _ in nil as String? } }
                return try await self.each(of: sources, context) { rows, project, comments in
                    let views = try rows.commentViews(of: Set(comments.map(\.id)), by: user, in: project)
                    return comments.map { views[$0.id]?.iso8601 }
                }
            }
            field.together("replies") { sources, arguments, context in
                try await self.replies(of: sources, arguments, context)
            }
            field.together("replyAuthors") { sources, arguments, context in
                try await self.replyAuthors(of: sources, arguments, context)
            }
            field("hasParent") { source, _, _ in source.comment.thread != nil }
            field.together("parent") { sources, _, context in
                try await self.each(of: sources, context) { rows, project, comments in
                    let threads = try Set(comments.compactMap(\.thread)).compactMap {
                        try rows.comment($0, in: project)
                    }
                    return comments.map { comment in
                        threads.first { $0.id == comment.thread }.map(CommentSource.init)
                    }
                }
            }
            field("permissions") { source, _, _ in CommentPermissions(comment: source.comment) }
            field.together("viewerState") { sources, _, context in
                try await self.scenes(of: sources, context).map { CommentDocument.value($0?.viewerState) }
            }
        }
    }

    // MARK: Parts

    private static func addParts(to map: inout ResolverMap<APIContext>) {
        map.type(CommentTextSource.self) { field in
            field("version") { _, _, _ in "1.0.0" }
            field("type") { _, _, _ in "stream_comment" }
            field("doc") { source, _, _ in CommentDocument.value(source.content.document) }
            field("attachments") { source, _, _ in source.attachments.map(BlobSource.init) }
        }
        map.type(CommentResourceSource.self) { field in
            field("resourceId") { source, _, _ in source.resource.id }
            field("resourceType") { source, _, _ in GraphQLValue.enumeration(source.resource.kind.graphQL) }
        }
        map.type(ViewerResourceItemSource.self) { field in
            field("modelId") { source, _, _ in source.item.model?.rawValue }
            field("versionId") { source, _, _ in source.item.version?.rawValue }
            field("objectId") { source, _, _ in source.item.reference }
        }
        map.type(ReplyAuthorsSource.self) { field in
            field("totalCount") { source, _, _ in source.totalCount }
            field("items") { source, _, _ in source.users.map(LimitedUserSource.init) }
        }
        map.type(CommentPermissions.self) { field in
            field.addCheck("canArchive", of: .archiveComment) { ($0.comment.project, $0.comment.author) }
        }
    }
}

enum ProjectCommentsUpdated: EventMessageType { static let typeName = "ProjectCommentsUpdatedMessage" }

extension CommentResource.Kind {
    /// What clients call it.
    var graphQL: String {
        switch self {
        case .project: "stream"
        case .version: "commit"
        case .object: "object"
        }
    }
}
