import Foundation
import GRDB
import ObjectModel
import Storage
import StorageTestKit
import Synchronization
import Testing

@testable import StorageSQLite

/// How SQLite goes about statements that read of many things at a time.
@Suite struct BatchPlanTests {
    private final class Statements: Sendable {
        private let texts = Mutex<Set<String>>([])

        var all: Set<String> { self.texts.withLock { $0 } }

        @Sendable func note(_ text: String) {
            guard text.contains("json_each") else { return }
            self.texts.withLock { _ = $0.insert(text) }
        }
    }

    /// Runs each statement once.
    private static func readAll(_ rows: any MetadataReading) throws {
        let (project, user) = (Fixture.id(1) as ProjectID, Fixture.id(1) as UserID)
        let (models, threads) = ([Fixture.id(1)] as Set<ModelID>, [Fixture.id(1)] as Set<CommentID>)
        _ = try (rows.users([user]), rows.projects([project]), rows.roles(of: user, in: [project]))
        _ = try (rows.collaborators(ofEach: [project]), rows.sourceApplications(inEach: [project]))
        _ = try (rows.models(models, in: project), rows.versionCounts(ofEach: models, in: project))
        _ = try (rows.versions([Fixture.id(1)], in: project), rows.blobs([Fixture.id(1)], in: project))
        _ = try rows.threadCounts(about: [.version(Fixture.id(1))], in: project)
        _ = try rows.commentScenes(threads, in: project)
        _ = try (rows.replyCounts(inEach: threads, of: project), rows.replyAuthors(inEach: threads, of: project))
        _ = try rows.commentViews(of: threads, by: user, in: project)
        let endpoint = WebhookDelivery.Endpoint(Fixture.id(1), in: project)
        _ = try (rows.webhooks(ofEach: [project]), rows.deliveries(toEach: [endpoint], limit: 10))
        _ = try rows.deliveryCounts(toEach: [endpoint])
        for after in [nil, PageKey(time: Fixture.time(1), id: "a")] {
            _ = try rows.versions(ofEach: models, in: project, after: after, limit: 10)
            _ = try rows.replies(inEach: threads, of: project, after: after, limit: 10)
        }
    }

    /// The steps of a plan that cost more with each row of a table, or of a project that is not asked for as a whole.
    private static func growingSteps(of statement: String, _ connection: Database) throws -> [String] {
        let plan = try connection.makeStatement(sql: "EXPLAIN QUERY PLAN \(statement)")
        plan.setUncheckedArguments(StatementArguments())
        let asksForProjects = statement.contains("project IN (")
        return try Row.fetchAll(plan).map { $0["detail"] as String }.filter { step in
            (step.hasPrefix("SCAN") && !step.contains("VIRTUAL TABLE"))
                || (step.hasSuffix("(project=?)") && !asksForProjects)
        }
    }

    @Test("DATABASE-17: what is read of many things at a time costs no more with each one that is not asked for")
    func plans() async throws {
        let directory = try TemporaryDirectory()
        let statements = Statements()
        let database = try TiebeamDatabase(
            file: directory.url.appendingPathComponent("tiebeam.db"), onStatement: statements.note)
        try await database.metadataStore { _, _ in true }.read { try Self.readAll($0) }
        let texts = statements.all
        #expect(texts.count == 21)
        let growing = try await database.pool.read { connection in
            try texts.filter { try !Self.growingSteps(of: $0, connection).isEmpty }
        }
        #expect(growing == [])
    }

    @Test("DATABASE-20: what is due for webhooks is looked up, however much waits and however much is finished")
    func deliveryPlans() async throws {
        let directory = try TemporaryDirectory()
        let statements = Mutex<Set<String>>([])
        let database = try TiebeamDatabase(file: directory.url.appendingPathComponent("tiebeam.db")) { text in
            if text.contains("webhook_deliveries") { statements.withLock { _ = $0.insert(text) } }
        }
        let store = database.metadataStore { _, _ in true }
        try await store.write { rows in
            var aside = Fixture.delivery(2, to: 2, of: 1)
            aside.isAside = true
            for delivery in [Fixture.delivery(1, to: 1, of: 1), aside] { try rows.put(delivery) }
        }
        try await store.read { rows in
            _ = try rows.dueDeliveries(at: Fixture.time(9), besides: [], count: 9, limit: 9)
            _ = try rows.nextDueTime(besides: [])
            _ = try rows.unfinishedDeliveries(to: WebhookDelivery.Endpoint(Fixture.id(1), in: Fixture.id(1)))
        }
        try await store.write { _ = try $0.deleteFinishedDeliveries(before: Fixture.time(9), limit: 9) }
        let texts = statements.withLock { $0 }.filter { text in
            ["SELECT", "WITH", "DELETE"].contains { text.hasPrefix($0) }
        }
        #expect(texts.count == 6)
        let steps = try await database.pool.read { connection in
            try texts.flatMap { text in
                let plan = try connection.makeStatement(sql: "EXPLAIN QUERY PLAN \(text)")
                plan.setUncheckedArguments(StatementArguments())
                return try Row.fetchAll(plan).map { $0["detail"] as String }
            }
        }
        // But for what the statement itself found, and the heads of partial indexes.
        let growing = steps.filter { step in
            let found = ["found", "run", "ends", "aside", "CONSTANT ROW"]
            return step.hasPrefix("SCAN") && !found.contains { step == "SCAN \($0)" }
                && !step.contains("webhook_deliveries_waiting") && !step.contains("webhook_deliveries_aside")
        }
        #expect(growing == [])
    }
}
