import ObjectModel
import Storage

extension MetadataConformance {
    private static let project: ProjectID = Fixture.id(1)

    static let comments: [Check] = [
        Check("META-83: a comment comes back field by field with its scene, and is replaced by id, in its project only")
        {
            store in
            let version = CommentResource.version(Fixture.id(3))
            var comment = Fixture.comment(1, in: 1, on: [version, .object(Fixture.object(7))])
            comment.content.blobs = [Fixture.id(4), Fixture.id(2)]
            var scene = CommentScene(viewerState: #"{"a":"ü"}"#, legacyData: "{}", screenshot: Fixture.id(4))
            try await store.write { [comment, scene] rows in
                for number in 1...2 { try rows.put(Fixture.project(number)) }
                try rows.put(comment, scene)
            }
            try await store.read { [comment, scene] rows in
                try expect(rows.comment(comment.id, in: Self.project), equals: comment)
                try expect(rows.commentScenes([comment.id], in: Self.project), equals: [comment.id: scene])
                try expect(rows.comment(comment.id, in: Fixture.id(2)), equals: nil)
                try expect(rows.commentScenes([comment.id, Fixture.id(9)], in: Fixture.id(2)), equals: [:])
            }
            comment.content = CommentContent(document: nil, plainText: "", blobs: [Fixture.id(2)])
            (comment.thread, comment.author, comment.resources) = (Fixture.id(8), Fixture.id(9), [version])
            (comment.isArchived, comment.updatedAt, scene) = (true, Fixture.time(9), CommentScene())
            try await store.write { [comment, scene] in try $0.put(comment, scene) }
            try await store.read { [comment, scene] rows in
                try expect(rows.comment(comment.id, in: Self.project), equals: comment)
                try expect(rows.commentScenes([comment.id], in: Self.project), equals: [comment.id: scene])
                let filter = CommentFilter(.anywhere, resources: [.object(Fixture.object(7))])
                try expect(rows.commentCount(in: Self.project, filter: filter), equals: 0)
            }
            try await expectRefusal("no such project") {
                try await store.write { try $0.put(Fixture.comment(1, in: 3), CommentScene()) }
            }
        },
        Check("META-84: threads and answers, by what they are about and whether they are archived, newest first") {
            store in
            let (version, object) = (CommentResource.version(Fixture.id(1)), CommentResource.object(Fixture.object(1)))
            let moved = CommentResource.version(Fixture.id(2))
            var archived = Fixture.comment(4, in: 1, on: [object], at: 40)
            archived.isArchived = true
            var hidden = Fixture.comment(12, in: 1, thread: 1, by: 8, on: [version], at: 70)
            hidden.isArchived = true
            try await store.write { [archived, hidden] rows in
                for number in 1...2 { try rows.put(Fixture.project(number)) }
                for number in 1...2 {
                    try rows.put(Fixture.model(number, in: 1))
                    try rows.put(Fixture.version(number, of: number, in: 1))
                }
                for comment in [
                    Fixture.comment(1, in: 1, on: [version], at: 10), Fixture.comment(2, in: 1, on: [object], at: 20),
                    Fixture.comment(3, in: 1, on: [version, moved], at: 20), archived,
                    Fixture.comment(10, in: 1, thread: 1, by: 7, on: [version], at: 50),
                    Fixture.comment(11, in: 1, thread: 1, by: 7, on: [version], at: 60), hidden,
                    Fixture.comment(1, in: 2, on: [version], at: 99),
                ] { try rows.put(comment, CommentScene()) }
            }
            func expectIDs(_ filter: CommentFilter, _ numbers: [Int]) async throws {
                try await store.read { rows in
                    let all = try rows.comments(in: Self.project, filter: filter, after: nil, limit: 99)
                    try expect(all.map(\.id), equals: numbers.map { Fixture.id($0) })
                    try expect(rows.commentCount(in: Self.project, filter: filter), equals: numbers.count)
                    let paged = try Self.pages(2) { after, limit in
                        try rows.comments(in: Self.project, filter: filter, after: after, limit: limit)
                    } key: {
                        PageKey(time: $0.createdAt, id: $0.id.rawValue)
                    }
                    try expect(paged, equals: all)
                }
            }
            try await store.read { rows in
                let counts = try rows.threadCounts(
                    about: [version, object, moved, .object(Fixture.object(9))], in: Self.project)
                try expect(counts, equals: [version: 2, object: 1, moved: 1])
            }
            try await expectIDs(CommentFilter(.anywhere), [12, 11, 10, 4, 3, 2, 1])
            try await expectIDs(CommentFilter(.threads), [4, 3, 2, 1])
            try await expectIDs(CommentFilter(.threads, isArchived: false), [3, 2, 1])
            try await expectIDs(CommentFilter(.threads, isArchived: true), [4])
            try await expectIDs(CommentFilter(.replies(Fixture.id(1))), [12, 11, 10])
            try await expectIDs(CommentFilter(.replies(Fixture.id(1)), isArchived: false), [11, 10])
            try await expectIDs(CommentFilter(.threads, resources: [object]), [4, 2])
            try await expectIDs(CommentFilter(.threads, resources: [object, moved]), [4, 3, 2])
            try await expectIDs(CommentFilter(.threads, resources: [CommentResource(.object, version.id)]), [])
            try await expectIDs(CommentFilter(.threads, resources: []), [])
            try await expectIDs(CommentFilter(.threads, model: Fixture.id(1)), [3, 1])
            try await expectIDs(CommentFilter(.threads, model: Fixture.id(2)), [3])
            try await expectIDs(CommentFilter(.threads, model: Fixture.id(9)), [])
        },
        Check("META-86: the answers of many threads at a time, but for archived ones, with their number and authors") {
            store in
            let (one, two): (CommentID, CommentID) = (Fixture.id(1), Fixture.id(2))
            let threads: Set<CommentID> = [one, two, Fixture.id(3), Fixture.id(99)]
            var hidden = Fixture.comment(30, in: 1, thread: 1, by: 9, at: 90)
            hidden.isArchived = true
            try await store.write { [hidden] rows in
                for number in 1...2 { try rows.put(Fixture.project(number)) }
                for number in 1...3 { try rows.put(Fixture.comment(number, in: 1), CommentScene()) }
                for comment in [
                    Fixture.comment(10, in: 1, thread: 1, by: 8, at: 50),
                    Fixture.comment(11, in: 1, thread: 1, by: 7, at: 60),
                    Fixture.comment(12, in: 1, thread: 1, by: 8, at: 70),
                    Fixture.comment(20, in: 1, thread: 2, by: 7, at: 55),
                    hidden, Fixture.comment(10, in: 2, thread: 1, at: 99),
                ] { try rows.put(comment, CommentScene()) }
            }
            try await store.read { rows in
                func replies(_ after: PageKey?, _ limit: Int) throws -> [CommentID: [CommentID]] {
                    try rows.replies(inEach: threads, of: Self.project, after: after, limit: limit)
                        .mapValues { $0.map(\.id) }
                }
                let all: [CommentID: [CommentID]] = [one: [12, 11, 10].map { Fixture.id($0) }, two: [Fixture.id(20)]]
                try expect(replies(nil, 9).filter { !$0.value.isEmpty }, equals: all)
                try expect(replies(nil, 1)[one], equals: [Fixture.id(12)])
                let second = PageKey(time: Fixture.time(60), id: (Fixture.id(11) as CommentID).rawValue)
                try expect(replies(second, 9)[one], equals: [Fixture.id(10)])
                try expect(replies(second, 9)[two], equals: [Fixture.id(20)])
                try expect(rows.replyCounts(inEach: threads, of: Self.project), equals: [one: 3, two: 1])
                let authors: [CommentID: [UserID]] = [one: [Fixture.id(7), Fixture.id(8)], two: [Fixture.id(7)]]
                try expect(rows.replyAuthors(inEach: threads, of: Self.project), equals: authors)
            }
        },
        Check("META-85: views are by person and comment, and go with the project, as comments do") { store in
            let (seven, eight): (UserID, UserID) = (Fixture.id(7), Fixture.id(8))
            @Sendable func view(_ comment: Int, _ user: UserID, _ second: Int64) -> CommentView {
                CommentView(comment: Fixture.id(comment), user: user, at: Fixture.time(second))
            }
            try await store.write { rows in
                for number in 1...2 { try rows.put(Fixture.project(number)) }
                for number in 1...2 { try rows.put(Fixture.comment(1, in: number), CommentScene()) }
                for seen in [view(2, eight, 6), view(1, seven, 4), view(1, eight, 5), view(1, seven, 7)] {
                    try rows.put(seen, in: Self.project)
                }
            }
            try await store.read { rows in
                let comments: Set<CommentID> = [Fixture.id(1), Fixture.id(2)]
                let seen = try rows.commentViews(of: comments, by: seven, in: Self.project)
                try expect(seen, equals: [Fixture.id(1): Fixture.time(7)])
                try expect(rows.commentViews(of: comments, by: seven, in: Fixture.id(2)), equals: [:])
                let all = [view(1, seven, 7), view(1, eight, 5), view(2, eight, 6)]
                try expect(rows.allCommentViews(in: Self.project), equals: all)
            }
            try await expectRefusal("no such project") {
                try await store.write { try $0.put(view(1, seven, 1), in: Fixture.id(3)) }
            }
            try await store.write { try $0.deleteProject(Self.project) }
            try await store.read { rows in
                try expect(rows.comment(Fixture.id(1), in: Self.project), equals: nil)
                try expect(rows.allCommentViews(in: Self.project), equals: [])
                try expect(rows.comment(Fixture.id(1), in: Fixture.id(2)) != nil, "another project's")
            }
        },
    ]
}
