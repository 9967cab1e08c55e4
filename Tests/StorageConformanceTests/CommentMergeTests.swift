import ObjectModel
import StorageTestKit
import Testing

@testable import Storage

/// Two regions in which people comment at the same time (Spec §20.3).
@Suite struct CommentMergeTests {
    private struct World {
        let here: Office
        let there: Office
        let project: ProjectID
        let thread: CommentID

        init(_ backend: Backend) async throws {
            (self.here, self.there) = (try await Office(backend), try await Office(backend, at: Fixture.node(2)))
            let project = try await self.here.project().project.id
            self.thread = try await self.here.perform(
                CreateComment(
                    project: project, content: Fixture.words("odd"), resources: [.object(Fixture.object(1))])
            ).id
            self.project = project
            try await self.exchange()
        }

        /// Both hear of everything, and show the same then.
        func exchange(sourceLocation: SourceLocation = #_sourceLocation) async throws {
            var random = SeededRandom(seed: 1)
            for (from, to) in [(self.here, self.there), (self.there, self.here)] {
                try await CausalExchange.run(
                    from: from.backend.store, to: to.backend.store, [.project(self.project)], limit: .max,
                    using: &random)
            }
            var shown: [MetadataSnapshot.ProjectRows?] = []
            for office in [self.here, self.there] {
                let snapshot = try await MetadataSnapshot(of: office.backend.store, projects: [self.project])
                shown.append(snapshot.projects[self.project])
            }
            #expect(shown[0] == shown[1], sourceLocation: sourceLocation)
        }

        func comment(_ id: CommentID) async throws -> ObjectModel.Comment {
            let comment = try await self.here.read { try $0.comment(id, in: self.project) }
            return try #require(comment)
        }

        func edit(_ text: String) -> EditComment {
            EditComment(project: self.project, id: self.thread, content: Fixture.words(text))
        }

        func reply(_ text: String) -> CreateComment {
            CreateComment(project: self.project, thread: self.thread, content: Fixture.words(text))
        }

        func archive(_ id: CommentID, _ isArchived: Bool = true) -> ArchiveComment {
            ArchiveComment(project: self.project, id: id, isArchived: isArchived)
        }

        func conflicts() async throws -> [Conflict] {
            try await self.here.read { try $0.conflicts(in: .project(self.project)) }
        }
    }

    @Test("MERGE-2: of two texts of a comment the later is shown, and both are kept", arguments: Backend.allCases)
    func texts(_ backend: Backend) async throws {
        let world = try await World(backend)
        try await world.here.perform(world.edit("hereabouts"))
        for text in ["once", "twice", "thrice", "there"] { try await world.there.perform(world.edit(text)) }
        try await world.exchange()
        #expect(try await world.comment(world.thread).content == Fixture.words("there"))
        let conflicts = try await world.conflicts()
        #expect(conflicts.map(\.kind) == [.edited])
        #expect(conflicts.map(\.entity) == [.comment(world.thread)])
        let sides = try await world.there.read { try conflicts[0].sides(in: .project(world.project), $0) }
        #expect(Set(sides.map(\.value)) == ["hereabouts", "there"])
        try await world.here.perform(world.edit("both"))
        try await world.exchange()
        #expect(try await world.comment(world.thread).content == Fixture.words("both"))
        #expect(try await world.conflicts().isEmpty)
        // The same words are no conflict.
        for office in [world.here, world.there] { try await office.perform(world.edit("agreed")) }
        try await world.exchange()
        #expect(try await world.conflicts().isEmpty)
    }

    @Test("MERGE-8: what is archived stays so, whatever is written in it elsewhere", arguments: Backend.allCases)
    func archivedAndEdited(_ backend: Backend) async throws {
        let world = try await World(backend)
        let reply = try await world.there.perform(world.reply("a phone number"))
        try await world.exchange()
        try await world.here.perform(world.archive(reply.id))
        let edit = EditComment(project: world.project, id: reply.id, content: Fixture.words("another"))
        try await world.there.perform(edit)
        try await world.exchange()
        #expect(try await world.comment(reply.id).isArchived)
        #expect(try await world.comment(reply.id).content == Fixture.words("another"))
        // Of archiving and bringing back at once, archiving holds.
        try await world.there.perform(world.archive(reply.id, false))
        try await world.exchange()
        try await world.here.perform(world.archive(reply.id))
        try await world.exchange()
        try await world.here.perform(world.archive(reply.id, false))
        let again = Recording(
            body: .commentChanged(CommentChange(id: reply.id, isArchived: true)), project: world.project)
        try await world.there.perform(again)
        try await world.exchange()
        #expect(try await world.comment(reply.id).isArchived)
        #expect(try await world.conflicts().isEmpty)
    }

    @Test("MERGE-8: a thread that was answered elsewhere while it was archived is open", arguments: Backend.allCases)
    func archivedAndAnswered(_ backend: Backend) async throws {
        let world = try await World(backend)
        let seen = try await world.there.perform(world.reply("known"))
        try await world.exchange()
        try await world.here.perform(world.archive(world.thread))
        #expect(try await world.comment(world.thread).isArchived)
        let unseen = try await world.there.perform(world.reply("but wait"))
        try await world.exchange()
        #expect(try await !world.comment(world.thread).isArchived)
        #expect(try await world.comment(unseen.id).content == Fixture.words("but wait"))
        #expect(try await !world.comment(seen.id).isArchived)
        // Whoever knows the answer archives for good; answers that know of that change nothing.
        try await world.there.perform(
            Recording(
                body: .commentChanged(CommentChange(id: world.thread, isArchived: true)), project: world.project))
        try await world.exchange()
        try await world.here.perform(world.reply("too late"))
        try await world.exchange()
        #expect(try await world.comment(world.thread).isArchived)
    }

    @Test("MERGE-2: somebody's views in several regions are one, the last", arguments: Backend.allCases)
    func views(_ backend: Backend) async throws {
        let world = try await World(backend)
        let owner = world.here.owner
        let look = MarkCommentViewed(project: world.project, id: world.thread)
        try await world.here.perform(look)
        for _ in 0..<3 { try await world.there.perform(world.reply("more")) }
        try await world.there.perform(look, by: owner)
        let last = world.there.now
        try await world.exchange()
        for office in [world.here, world.there] {
            let views = try await office.read { try $0.allCommentViews(in: world.project) }
            #expect(views == [CommentView(comment: world.thread, user: owner.id, at: last)])
        }
    }
}
