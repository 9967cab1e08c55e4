import GraphQL
import ObjectModel
import Storage

/// What is read for all comments of a list together.
extension CommentResolvers {
    /// An author who has no account on this node, as comments of copied projects have, shows without a name.
    static func stranger(_ comment: Comment) -> User {
        User(
            id: comment.author, name: "", email: "", role: .archived, passwordHash: nil, createdAt: comment.createdAt)
    }

    /// What `read` finds out of all comments of a project together, in their order.
    static func each<Value: Sendable>(
        of sources: [CommentSource], _ context: APIContext,
        _ read: @Sendable (any MetadataReading, ProjectID, [Comment]) throws -> [Value]
    ) async throws -> [Value] {
        try await context.read { rows in
            var found: [Int: Value] = [:]
            for (project, places) in Dictionary(grouping: sources.indices, by: { sources[$0].comment.project }) {
                let values = try read(rows, project, places.map { sources[$0].comment })
                for (place, value) in zip(places, values) { found[place] = value }
            }
            return sources.indices.compactMap { found[$0] }
        }
    }

    static func items(
        of comments: [Comment], in project: ProjectID, _ rows: any MetadataReading
    ) throws -> [[ViewerResourceItemSource]] {
        let ids = comments.flatMap(\.resources).filter { $0.kind == .version }.map { VersionID(rawValue: $0.id) }
        let versions = try rows.versions(Set(ids), in: project)
        return comments.map { comment in
            comment.resources.compactMap { resource in
                switch resource.kind {
                case .project: nil
                case .version: versions[VersionID(rawValue: resource.id)].map(ViewerResources.Item.init)
                case .object: ObjectID(hex: resource.id).map(ViewerResources.Item.init)
                }
            }.map(ViewerResourceItemSource.init)
        }
    }

    static func scenes(of sources: [CommentSource], _ context: APIContext) async throws -> [CommentScene?] {
        try await self.each(of: sources, context) { rows, project, comments in
            let scenes = try rows.commentScenes(Set(comments.map(\.id)), in: project)
            return comments.map { scenes[$0.id] }
        }
    }

    static func screenshots(of sources: [CommentSource], _ context: APIContext) async throws -> [String?] {
        let blobs = try await self.each(of: sources, context) { rows, project, comments in
            let scenes = try rows.commentScenes(Set(comments.map(\.id)), in: project)
            let blobs = try rows.blobs(Set(scenes.values.compactMap(\.screenshot)), in: project)
            return comments.map { comment in (scenes[comment.id]?.screenshot).flatMap { blobs[$0] } }
        }
        guard blobs.reduce(0, { $0 + ($1?.byteCount ?? 0) }) <= UInt64(Limits.screenshotsByteCountMax) else {
            throw DomainError(.badRequest, "The screenshots are too large for one answer. Ask for fewer comments.")
        }
        var screenshots: [String?] = []
        for blob in blobs {
            guard let blob else {
                screenshots.append(nil)
                continue
            }
            screenshots.append(try await Screenshot.dataURL(of: blob, in: context.services.blobs))
        }
        return screenshots
    }

    static func replies(
        of sources: [CommentSource], _ arguments: GraphQLObject, _ context: APIContext
    ) async throws -> [CommentsSource] {
        let page = try Page(arguments, upTo: Limits.commentPageItemCountMax, withoutLimit: 25)
        return try await self.each(of: sources, context) { rows, project, comments in
            let threads = Set(comments.map(\.id))
            let counts = try rows.replyCounts(inEach: threads, of: project)
            let replies = try rows.replies(inEach: threads, of: project, after: page.after, limit: page.limit)
            return comments.map { comment in
                CommentsSource(
                    listing: Self.listing(replies[comment.id] ?? [], totalCount: counts[comment.id] ?? 0))
            }
        }
    }

    static func replyAuthors(
        of sources: [CommentSource], _ arguments: GraphQLObject, _ context: APIContext
    ) async throws -> [ReplyAuthorsSource] {
        let page = try Page(arguments, upTo: Limits.commentPageItemCountMax, withoutLimit: 25)
        return try await self.each(of: sources, context) { rows, project, comments in
            let authors = try rows.replyAuthors(inEach: Set(comments.map(\.id)), of: project)
            let people = try rows.users(Set(authors.values.joined()))
            return comments.map { comment in
                let ids = authors[comment.id] ?? []
                return ReplyAuthorsSource(
                    users: ids.prefix(page.limit).compactMap { people[$0] }, totalCount: ids.count)
            }
        }
    }
}
