import GRDB
import ObjectModel
import Storage

extension SQLiteTransaction {
    /// All but the scene, which is the longest and needed least.
    private static let columns =
        "id, project, thread, author, content, resources, is_archived, created_at, updated_at"

    func comment(_ id: CommentID, in project: ProjectID) throws -> Comment? {
        try self.one(
            "SELECT \(Self.columns) FROM comments WHERE project = ? AND id = ?", [project.rawValue, id.rawValue],
            Self.comment)
    }

    private static func comment(_ row: Row) throws -> Comment {
        var comment = Comment(
            id: CommentID(rawValue: row["id"]), project: ProjectID(rawValue: row["project"]),
            thread: (row["thread"] as String?).map(CommentID.init(rawValue:)), author: UserID(rawValue: row["author"]),
            content: try self.json(row["content"]), resources: try self.json(row["resources"]),
            createdAt: Timestamp(millisecondsSinceEpoch: row["created_at"]))
        comment.isArchived = row["is_archived"]
        comment.updatedAt = Timestamp(millisecondsSinceEpoch: row["updated_at"])
        return comment
    }

    func threadCounts(
        about resources: Set<CommentResource>, in project: ProjectID
    ) throws -> [CommentResource: Int] {
        let found: [(CommentResource, Int)] = try self.all(
            """
            SELECT kind, resource, count(*) AS number FROM comment_resources AS link
            JOIN comments ON comments.project = link.project AND comments.id = link.comment
            WHERE link.project = ? AND thread IS NULL AND NOT is_archived AND (kind, resource) IN (
                SELECT json_extract(value, '$.kind'), json_extract(value, '$.id') FROM json_each(?))
            GROUP BY kind, resource
            """, [project.rawValue, try Self.text(Array(resources))]
        ) { (CommentResource(try Self.value($0, "kind"), $0["resource"]), $0["number"]) }
        return Dictionary(uniqueKeysWithValues: found)
    }

    func commentScenes(_ ids: Set<CommentID>, in project: ProjectID) throws -> [CommentID: CommentScene] {
        let found: [(CommentID, CommentScene)] = try self.all(
            "SELECT id, scene FROM comments WHERE project = ? AND id IN (SELECT value FROM json_each(?))",
            [project.rawValue, SQLCondition.list(ids)]
        ) { (CommentID(rawValue: $0["id"]), try Self.json($0["scene"])) }
        return Dictionary(uniqueKeysWithValues: found)
    }

    private func condition(_ project: ProjectID, _ filter: CommentFilter) throws -> SQLCondition {
        var condition = SQLCondition("FROM comments WHERE project = ?", [project.rawValue])
        switch filter.place {
        case .anywhere: break
        case .threads: condition.and("thread IS NULL")
        case .replies(let thread): condition.and("thread = ?", [thread.rawValue])
        }
        if let isArchived = filter.isArchived { condition.and("is_archived = ?", [isArchived]) }
        let links = "SELECT comment FROM comment_resources AS link WHERE link.project = comments.project"
        if let resources = filter.resources {
            condition.and(
                """
                id IN (\(links) AND (link.kind, link.resource) IN (
                    SELECT json_extract(value, '$.kind'), json_extract(value, '$.id') FROM json_each(?)))
                """, [try Self.text(resources)])
        }
        if let model = filter.model {
            condition.and(
                """
                id IN (\(links) AND link.kind = 'version' AND link.resource IN (
                    SELECT versions.id FROM versions WHERE versions.project = comments.project AND model = ?))
                """, [model.rawValue])
        }
        return condition
    }

    func comments(in project: ProjectID, filter: CommentFilter, after: PageKey?, limit: Int) throws -> [Comment] {
        var condition = try self.condition(project, filter)
        condition.page(after, time: "created_at", id: "id", limit: limit)
        return try self.all("SELECT \(Self.columns) \(condition.sql)", condition.arguments, Self.comment)
    }

    func commentCount(in project: ProjectID, filter: CommentFilter) throws -> Int {
        let condition = try self.condition(project, filter)
        return try self.count("SELECT count(*) \(condition.sql)", condition.arguments)
    }

    func replies(
        inEach threads: Set<CommentID>, of project: ProjectID, after: PageKey?, limit: Int
    ) throws -> [CommentID: [Comment]] {
        var page = SQLCondition(
            "SELECT id FROM comments WHERE project = ? AND thread = each.value AND NOT is_archived",
            [project.rawValue])
        page.page(after, time: "created_at", id: "id", limit: limit)
        let found = try self.all(
            """
            SELECT comments.* FROM json_each(?) AS each
            CROSS JOIN (SELECT \(Self.columns) FROM comments) AS comments
                ON comments.project = ? AND comments.id IN (\(page.sql))
            ORDER BY created_at DESC, id DESC
            """, [SQLCondition.list(threads), project.rawValue] + page.arguments, Self.comment)
        return found.reduce(into: [:]) { replies, reply in
            if let thread = reply.thread { replies[thread, default: []].append(reply) }
        }
    }

    func replyCounts(inEach threads: Set<CommentID>, of project: ProjectID) throws -> [CommentID: Int] {
        let found: [(CommentID, Int)] = try self.all(
            """
            SELECT thread, count(*) AS number FROM comments
            WHERE project = ? AND thread IN (SELECT value FROM json_each(?)) AND NOT is_archived GROUP BY thread
            """, [project.rawValue, SQLCondition.list(threads)]
        ) { (CommentID(rawValue: $0["thread"]), $0["number"]) }
        return Dictionary(uniqueKeysWithValues: found)
    }

    func replyAuthors(inEach threads: Set<CommentID>, of project: ProjectID) throws -> [CommentID: [UserID]] {
        let found: [(thread: CommentID, author: UserID)] = try self.all(
            """
            SELECT DISTINCT thread, author FROM comments
            WHERE project = ? AND thread IN (SELECT value FROM json_each(?)) AND NOT is_archived ORDER BY thread, author
            """, [project.rawValue, SQLCondition.list(threads)]
        ) { (CommentID(rawValue: $0["thread"]), UserID(rawValue: $0["author"])) }
        return Dictionary(grouping: found, by: \.thread).mapValues { $0.map(\.author) }
    }

    func commentViews(
        of comments: Set<CommentID>, by user: UserID, in project: ProjectID
    ) throws -> [CommentID: Timestamp] {
        let found: [(CommentID, Timestamp)] = try self.all(
            """
            SELECT comment, viewed_at FROM comment_views
            WHERE project = ? AND comment IN (SELECT value FROM json_each(?)) AND user = ?
            """, [project.rawValue, SQLCondition.list(comments), user.rawValue]
        ) { (CommentID(rawValue: $0["comment"]), Timestamp(millisecondsSinceEpoch: $0["viewed_at"])) }
        return Dictionary(uniqueKeysWithValues: found)
    }

    func allCommentViews(in project: ProjectID) throws -> [CommentView] {
        try self.all(
            "SELECT comment, user, viewed_at FROM comment_views WHERE project = ? ORDER BY comment, user",
            [project.rawValue]
        ) { row in
            CommentView(
                comment: CommentID(rawValue: row["comment"]), user: UserID(rawValue: row["user"]),
                at: Timestamp(millisecondsSinceEpoch: row["viewed_at"]))
        }
    }

    func put(_ comment: Comment, _ scene: CommentScene) throws {
        let key = [comment.project.rawValue, comment.id.rawValue]
        try self.run(
            """
            INSERT INTO comments VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (project, id) DO UPDATE SET thread = excluded.thread, author = excluded.author,
                content = excluded.content, resources = excluded.resources, scene = excluded.scene,
                is_archived = excluded.is_archived, created_at = excluded.created_at, updated_at = excluded.updated_at
            """,
            [
                comment.id.rawValue, comment.project.rawValue, comment.thread?.rawValue, comment.author.rawValue,
                try Self.text(comment.content), try Self.text(comment.resources), try Self.text(scene),
                comment.isArchived, comment.createdAt.millisecondsSinceEpoch, comment.updatedAt.millisecondsSinceEpoch,
            ])
        try self.run("DELETE FROM comment_resources WHERE project = ? AND comment = ?", StatementArguments(key))
        for resource in comment.resources {
            try self.run(
                "INSERT OR IGNORE INTO comment_resources VALUES (?, ?, ?, ?)",
                [comment.project.rawValue, resource.kind.rawValue, resource.id, comment.id.rawValue])
        }
    }

    func put(_ view: CommentView, in project: ProjectID) throws {
        try self.run(
            "INSERT OR REPLACE INTO comment_views VALUES (?, ?, ?, ?)",
            [project.rawValue, view.comment.rawValue, view.user.rawValue, view.at.millisecondsSinceEpoch])
    }
}
