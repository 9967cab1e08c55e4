import GraphQL
import ObjectModel
import Storage
import StorageTestKit
import Testing

/// Lists are read in a number of statements that does not depend on how long they are.
@Suite struct StatementCountTests {
    private let first: ProjectID = Fixture.id(1)
    private static let models = """
        query($p: String!, $n: Int!) { project(id: $p) { models(limit: $n) { totalCount cursor items {
            id name previewUrl author { name } permissions { canUpdate { authorized } canDelete { authorized } }
            childrenTree { fullName }
            versions(limit: 10) { totalCount cursor items {
                id message authorUser { name } model { name } permissions { canUpdate { authorized } } } }
        } } } }
        """
    private static let trees = """
        query($p: String!, $n: Int!) { project(id: $p) { modelsTree(limit: $n) { totalCount items {
            fullName hasChildren updatedAt model { name author { name } } children { fullName } } } } }
        """
    private static let streams = """
        query($n: Int!) { streams(limit: $n) { totalCount items {
            id role favoritedDate favoritesCount collaborators { role name } } } }
        """
    private static let projects = """
        query($n: Int!) { activeUser { projects(limit: $n) { totalCount items {
            id role sourceApps team { role user { name } } permissions { canDelete { authorized } canLoad { authorized } }
        } } } }
        """
    private static let commits = """
        query($p: String!, $n: Int!) { stream(id: $p) { commits(limit: $n) { items {
            id authorName branchName streamName branch { author { name } } } } } }
        """

    private static let comments = """
        query($p: String!, $n: Int!) { project(id: $p) { commentThreads(limit: $n) { totalCount cursor items {
            id rawText viewedAt viewerState screenshot author { name } text { doc attachments { id } }
            viewerResources { modelId objectId } permissions { canArchive { authorized } }
            replies { totalCount cursor items { id viewedAt author { name } permissions { canArchive { authorized } } } }
            replyAuthors { totalCount items { name } }
        } } } }
        """

    private static let webhooks = """
        query($n: Int!) { activeUser { projects(limit: $n) { items { webhooks { totalCount items {
            id url history(limit: 5) { totalCount items { id payload } } } } } } } }
        """

    /// 50 projects with an owner and a reviewer each; the first one with 50 models of three versions, and a thread
    /// about each.
    private static func node() async throws -> TestNode {
        let node = try TestNode()
        try await node.store.write { rows in
            for number in 1...6 { try rows.put(Fixture.user(number)) }
            for number in 1...50 {
                try rows.put(Fixture.project(number))
                for (user, role) in [(1, ProjectRole.owner), (number % 5 + 2, .reviewer)] {
                    try rows.put(Collaborator(project: Fixture.id(number), user: Fixture.id(user), role: role))
                }
                for webhook in 1...2 {
                    try rows.put(Fixture.webhook(webhook, of: number))
                    try rows.put(Fixture.delivery(10 * number + webhook, to: webhook, of: number))
                }
            }
            for number in 1...50 {
                var model = Fixture.model(number, in: 1, name: "model \(number)")
                model.author = Fixture.id(number % 6 + 1)
                try rows.put(model)
                for version in 0..<3 {
                    try rows.put(
                        Fixture.version(number * 3 + version, of: number, in: 1, app: "app", author: version + 1))
                }
                let versions = [CommentResource.version(Fixture.id(number * 3))]
                let thread = Fixture.comment(number, in: 1, by: number % 6 + 1, on: versions, at: Int64(number))
                try rows.put(thread, CommentScene(viewerState: "{}"))
                for reply in 0..<2 {
                    let id = 100 + 2 * number + reply
                    let comment = Fixture.comment(id, in: 1, thread: number, by: id % 6 + 1, on: versions)
                    try rows.put(comment, CommentScene())
                }
            }
        }
        return node
    }

    @Test(
        "50 rows take as many statements as 2",
        arguments: [
            (Self.models, 30), (Self.trees, 8), (Self.projects, 20), (Self.streams, 12), (Self.commits, 12),
            (Self.comments, 30), (Self.webhooks, 12),
        ])
    func bounded(_ query: String, _ most: Int) async throws {
        let node = try await Self.node()
        let user = Fixture.user(1)
        func ask(_ limit: Int) async -> (answer: GraphQLResponse, statementCount: Int) {
            await node.ask(query, ["p": .string(self.first.rawValue), "n": .int(limit)], as: user)
        }
        let (few, many) = (await ask(2), await ask(50))
        #expect(many.answer.errors.isEmpty && few.answer.errors.isEmpty)
        #expect(many.answer.json.count > 5 * few.answer.json.count, "there is more to read")
        #expect(many.statementCount == few.statementCount)
        #expect((1...most).contains(many.statementCount))
    }
}
