import ObjectModel
import StorageTestKit
import Testing

@testable import Storage

@Suite struct CommentCommandTests {
    @Test(
        "COMMAND-70: threads are about what is there, and answers about what their thread is",
        arguments: Backend.allCases)
    func create(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, main) = try await office.project()
        let version = try await office.version(1, of: main)
        let resources: [CommentResource] = [.version(version.id), .object(Fixture.object(9))]
        let scene = CommentScene(viewerState: "{}")
        let thread = try await office.perform(
            CreateComment(project: project.id, content: Fixture.words("odd"), resources: resources, scene: scene),
            appends: .project(project.id)
        ) { [.commentCreated(CommentCreation($0, scene))] }
        #expect((thread.author, thread.createdAt, thread.updatedAt) == (office.owner.id, office.now, office.now))
        #expect((thread.thread, thread.resources, thread.isArchived) == (nil, resources, false))
        let reply = try await office.perform(
            CreateComment(project: project.id, thread: thread.id, content: Fixture.words("why?")), by: office.guest)
        #expect((reply.thread, reply.author, reply.resources) == (thread.id, office.guest.id, resources))
        let changed = try await office.read { try $0.comment(thread.id, in: project.id) }
        #expect(changed?.updatedAt == reply.createdAt, "an answer is news of its thread")
        #expect(try await office.read { try $0.project(project.id)?.updatedAt } == version.createdAt)

        let absent: [[CommentResource]] = [
            [], [.version(Fixture.id(99))], [CommentResource(.project, "0123456789")],
            Array(repeating: .object(Fixture.object(9)), count: 1001),
        ]
        for resources in absent {
            let command = CreateComment(project: project.id, content: Fixture.words("x"), resources: resources)
            try await office.refuses(command, .commentCreate, in: [project.id])
        }
        let refusals: [(CreateComment, DomainError.Code)] = [
            (CreateComment(project: project.id, thread: reply.id, content: Fixture.words("x")), .commentCreate),
            (CreateComment(project: project.id, thread: Fixture.id(99), content: Fixture.words("x")), .commentNotFound),
            (CreateComment(project: Fixture.id(99), thread: thread.id, content: Fixture.words("x")), .projectNotFound),
        ]
        for (command, code) in refusals { try await office.refuses(command, code, in: [project.id]) }
        let answer = CreateComment(project: project.id, thread: thread.id, content: Fixture.words("x"))
        try await office.refuses(answer, .unauthorized, by: nil, in: [project.id])
    }

    @Test(
        "COMMAND-71: a comment says something, shows files of its project only, and fits", arguments: Backend.allCases)
    func contents(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, _) = try await office.project()
        let (other, _) = try await office.project("Quay")
        func add(to project: Project) async throws -> Blob {
            let content = Fixture.content(3)
            return try await office.perform(AddBlob(project: project.id, fileName: "a.png", content: content))
        }
        let (own, foreign) = (try await add(to: project), try await add(to: other))
        func command(_ content: CommentContent) -> CreateComment {
            CreateComment(project: project.id, content: content, resources: [.object(Fixture.object(1))])
        }
        func content(_ document: String?, _ blobs: [BlobID]) -> CommentContent {
            CommentContent(document: document, plainText: "", blobs: blobs)
        }
        let comment = try await office.perform(command(content(nil, [own.id])))
        let long = String(repeating: "x", count: OperationContent.byteCountMax)
        let refusals: [(CommentContent, DomainError.Code)] = [
            (content(nil, []), .userInput), (content("{}", [foreign.id]), .invalidAttachments),
            (content("{}", [own.id, Fixture.id(99)]), .invalidAttachments), (content(long, []), .userInput),
        ]
        for (content, code) in refusals {
            try await office.refuses(command(content), code, in: [project.id])
            let edit = EditComment(project: project.id, id: comment.id, content: content)
            try await office.refuses(edit, code, in: [project.id])
        }
    }

    @Test("COMMAND-72: a screenshot is a file of the project, in the same transaction", arguments: Backend.allCases)
    func screenshot(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, _) = try await office.project()
        let comment = try await office.perform(
            CreateComment(
                project: project.id, content: Fixture.words("look"), resources: [.object(Fixture.object(1))],
                screenshot: Fixture.content(5)))
        let (scene, blobs) = try await office.read { rows in
            (
                try rows.commentScenes([comment.id], in: project.id)[comment.id],
                try rows.blobs(in: project.id, named: nil, after: nil, limit: 9)
            )
        }
        #expect(blobs.map(\.content) == [Fixture.content(5)])
        #expect(scene == CommentScene(screenshot: blobs.first?.id))
    }

    @Test(
        "COMMAND-73: comments are written anew, archived and brought back, and that is told",
        arguments: Backend.allCases)
    func change(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, _) = try await office.project()
        var events = office.backend.events.events(of: .scope(.project(project.id))).makeAsyncIterator()
        func expectEvent(_ told: DomainEvent?, _ change: DomainEvent.Change, _ comment: ObjectModel.Comment) {
            let subject = DomainEvent.Subject.comment(comment.id, thread: comment.thread)
            #expect(told == DomainEvent(scope: .project(project.id), subject: subject, change: change))
        }
        let thread = try await office.perform(
            CreateComment(project: project.id, content: Fixture.words("a"), resources: [.object(Fixture.object(1))]))
        expectEvent(try await events.next(), .created, thread)
        let reply = try await office.perform(
            CreateComment(project: project.id, thread: thread.id, content: Fixture.words("b")))
        // That the thread has another time after it is not told.
        expectEvent(try await events.next(), .created, reply)
        let edited = try await office.perform(
            EditComment(project: project.id, id: reply.id, content: Fixture.words("c")),
            appends: .project(project.id)
        ) { [.commentChanged(CommentChange(id: $0.id, content: Fixture.words("c")))] }
        #expect((edited.content, edited.updatedAt) == (Fixture.words("c"), office.now))
        expectEvent(try await events.next(), .updated, reply)
        let archive = ArchiveComment(project: project.id, id: thread.id, isArchived: true)
        try await office.perform(archive, appends: .project(project.id)) { _ in
            [.commentChanged(CommentChange(id: thread.id, isArchived: true))]
        }
        expectEvent(try await events.next(), .deleted, thread)
        try await office.perform(archive, appends: .project(project.id)) { _ in [] }
        #expect(try await office.read { try $0.comment(thread.id, in: project.id)?.isArchived } == true)
        // Somebody who sees that it is archived answers: it stays so.
        let late = try await office.perform(
            CreateComment(project: project.id, thread: thread.id, content: Fixture.words("d")))
        expectEvent(try await events.next(), .created, late)
        #expect(try await office.read { try $0.comment(thread.id, in: project.id)?.isArchived } == true)
        try await office.perform(ArchiveComment(project: project.id, id: thread.id, isArchived: false))
        expectEvent(try await events.next(), .created, thread)
        for id in [Fixture.id(99), CommentID(rawValue: "")] {
            let edit = EditComment(project: project.id, id: id, content: Fixture.words("x"))
            try await office.refuses(edit, .commentNotFound, in: [project.id])
            let archive = ArchiveComment(project: project.id, id: id, isArchived: true)
            try await office.refuses(archive, .commentNotFound, in: [project.id])
        }
    }

    @Test("COMMAND-74: looking at a thread is noted once for each time that it changed", arguments: Backend.allCases)
    func views(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, _) = try await office.project()
        let thread = try await office.perform(
            CreateComment(project: project.id, content: Fixture.words("a"), resources: [.object(Fixture.object(1))]))
        let look = MarkCommentViewed(project: project.id, id: thread.id)
        func seen(by user: User) async throws -> Timestamp? {
            try await office.read { try $0.commentViews(of: [thread.id], by: user.id, in: project.id)[thread.id] }
        }
        let viewing = OperationBody.commentViewed(CommentViewing(comment: thread.id, user: office.owner.id))
        try await office.perform(look, appends: .project(project.id)) { _ in [viewing] }
        let first = office.now
        for _ in 0..<3 { try await office.perform(look, appends: .project(project.id)) { _ in [] } }
        #expect(try await seen(by: office.owner) == first)
        #expect(try await seen(by: office.guest) == nil)
        try await office.perform(
            CreateComment(project: project.id, thread: thread.id, content: Fixture.words("b")), by: office.guest)
        try await office.perform(look, appends: .project(project.id)) { _ in [viewing] }
        #expect(try await seen(by: office.owner) == office.now)
        // The first one is over: it goes when logs are compacted.
        let live = try await office.read { rows in
            try rows.liveWrites(of: .view(thread.id, office.owner.id), in: .project(project.id))
        }
        #expect(live.count == 1)
        try await office.refuses(look, .unauthorized, by: nil, in: [project.id])
    }

    @Test("COMMAND-75: whoever may write only at home may look everywhere", arguments: Backend.allCases)
    func viewsAwayFromHome(_ backend: Backend) async throws {
        let office = try await Office(backend)
        let (project, _) = try await office.project()
        let thread = try await office.perform(
            CreateComment(project: project.id, content: Fixture.words("a"), resources: [.object(Fixture.object(1))]))
        let home = PolicyChange(home: ProjectHome(node: Fixture.node(2), epoch: 1))
        try await office.service.store.write { rows in
            let content = OperationContent(.policyChanged(home), OperationContext(seen: [Office.node: 3]))
            try MetadataService.apply(
                [Fixture.operation(1, by: 2, in: .project(project.id), body: try content.encoded())], in: rows)
        }
        let answer = CreateComment(project: project.id, thread: thread.id, content: Fixture.words("b"))
        try await office.refuses(answer, .homeElsewhere, in: [project.id])
        try await office.perform(MarkCommentViewed(project: project.id, id: thread.id))
        let seen = try await office.read {
            try $0.commentViews(of: [thread.id], by: office.owner.id, in: project.id)[thread.id]
        }
        #expect(seen != nil)
    }
}
