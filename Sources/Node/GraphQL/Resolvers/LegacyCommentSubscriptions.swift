import GraphQL
import ObjectModel
import Storage

/// What older clients are told of comments, and of those who look at the same.
enum LegacyCommentSubscriptions {
    static func add(to map: inout ResolverMap<APIContext>) {
        map.subscription("commentActivity") { arguments, context in
            let wanted = arguments["resourceIds"]?.list.map { Set($0.compactMap(\.string)) }
            return try await Watch(context).occurrences(in: arguments.id("streamId")) { event, project, current in
                guard case .comment(let id, thread: nil) = event.subject, let type = self.type(of: event),
                    let comment = try await current.read({ try $0.comment(id, in: project) }),
                    wanted.map({ !$0.isDisjoint(with: comment.resources.map(\.id)) || $0.contains(project.rawValue) })
                        ?? true
                else { return nil }
                return CommentActivitySource(type: type, comment: comment)
            }
        }
        map.subscription("commentThreadActivity") { arguments, context in
            let thread = arguments.id("commentId", as: CommentID.self)
            return try await Watch(context).occurrences(in: arguments.id("streamId"), hearing: .both) {
                event, project, current in
                try await self.activity(of: thread, event, project, current)
            }
        }
        map.subscription("userViewerActivity") { arguments, context in
            let resource = arguments["resourceId"]?.string ?? ""
            return try await Watch(context).occurrences(in: arguments.id("streamId"), hearing: .broadcasts) {
                event, _, current in
                guard case .broadcast(let broadcast) = event.subject, broadcast.kind == .legacyViewing,
                    broadcast.place == resource, broadcast.user != current.principal?.user.id
                else { return nil }
                return CommentDocument.value(broadcast.content)
            }
        }
        map.type(CommentActivitySource.self) { field in
            field("type") { source, _, _ in source.type }
            field("comment") { source, _, _ in CommentSource(comment: source.comment) }
        }
        map.type(ThreadActivitySource.self) { field in
            field("type") { source, _, _ in source.type }
            field("data") { source, _, _ in source.data }
            field("reply") { source, _, _ in source.reply.map(CommentSource.init) }
        }
    }

    private static func type(of event: DomainEvent) -> String? {
        switch event.change {
        case .created: "comment-added"
        case .updated: nil
        case .deleted: "comment-archived"
        }
    }

    private static func activity(
        of thread: CommentID, _ event: DomainEvent, _ project: ProjectID, _ context: APIContext
    ) async throws -> ThreadActivitySource? {
        switch event.subject {
        case .comment(thread, thread: _) where event.change == .deleted:
            return ThreadActivitySource(type: "comment-archived")
        case .comment(let id, thread: thread) where event.change == .created:
            let reply = try await context.read { try $0.comment(id, in: project) }
            return ThreadActivitySource(type: "reply-added", reply: reply)
        case .broadcast(let broadcast) where broadcast.kind == .typing && broadcast.place == thread.rawValue:
            return ThreadActivitySource(type: "reply-typing-status", data: CommentDocument.value(broadcast.content))
        default: return nil
        }
    }
}

struct CommentActivitySource: ObjectSource {
    static let typeName = "CommentActivityMessage"
    let type: String
    let comment: Comment
}

struct ThreadActivitySource: ObjectSource {
    static let typeName = "CommentThreadActivityMessage"
    let type: String
    var data: GraphQLValue?
    var reply: Comment?
}
