import ObjectModel
import Storage

extension RandomWork {
    func changeComments(of project: ProjectID, by user: UserID, using random: inout SeededRandom) async throws {
        let comments = try await self.store.read { rows in
            try rows.comments(in: project, filter: CommentFilter(.anywhere), after: nil, limit: .max)
        }.sorted { $0.id < $1.id }
        let comment = comments.randomElement(using: &random)
        let id = comment?.id ?? Fixture.id(0)
        let content = Fixture.words(self.text(using: &random))
        switch comment == nil ? 0 : Int.random(in: 0..<12, using: &random) {
        case 0..<2:
            let version = try await self.store.read { try $0.newestVersions(in: project, after: nil, limit: 1) }.first
            let resource = version.map { CommentResource.version($0.id) } ?? .object(Fixture.object(1))
            let scene = CommentScene(viewerState: "{}")
            try await self.run(
                CreateComment(project: project, content: content, resources: [resource], scene: scene), by: user)
        case 2..<4:
            let thread = comment?.thread ?? id
            try await self.run(CreateComment(project: project, thread: thread, content: content), by: user)
        case 4..<7: try await self.run(EditComment(project: project, id: id, content: content), by: user)
        case 7..<10:
            let isArchived = !(comment?.isArchived ?? false)
            try await self.run(ArchiveComment(project: project, id: id, isArchived: isArchived), by: user)
        default: try await self.run(MarkCommentViewed(project: project, id: id), by: user)
        }
    }
}
