import Foundation
import GRDB
import ObjectModel
import Storage
import StorageTestKit
import Testing

@testable import StorageSQLite

/// What concerns the one file of SQLite, beyond the roles that it plays.
@Suite struct TiebeamDatabaseTests {
    private let directory: TemporaryDirectory
    private var file: URL { self.directory.url.appendingPathComponent("tiebeam.db") }

    init() throws {
        self.directory = try TemporaryDirectory()
    }

    private func fill(_ store: some MetadataStore, users: Range<Int>) async throws {
        try await store.write { rows in
            for number in users { try rows.put(Fixture.user(number, name: String(repeating: "x", count: 500))) }
        }
    }

    @Test("DATABASE-1: a file of a newer release is refused, and left as it is")
    func newerSchema() throws {
        let database = try TiebeamDatabase(file: self.file)
        try database.pool.write { try $0.execute(sql: "PRAGMA user_version = 99") }
        try database.close()
        let before = try Data(contentsOf: self.file)
        for _ in 0..<2 {
            #expect(throws: StorageError.newerSchema(found: 99, known: TiebeamDatabase.migrations.newestSchema)) {
                _ = try TiebeamDatabase(file: self.file)
            }
        }
        #expect(try Data(contentsOf: self.file) == before)
    }

    @Test("DATABASE-2: everything is there when the file is opened again, also beside the first opening")
    func reopen() async throws {
        let first = try TiebeamDatabase(file: self.file)
        let store = first.metadataStore { _, _ in true }
        try await self.fill(store, users: 1..<50)
        let expected = try await MetadataSnapshot(of: store, projects: [])
        let second = try TiebeamDatabase(file: self.file)
        #expect(try await MetadataSnapshot(of: second.metadataStore { _, _ in true }, projects: []) == expected)
        try second.close()
        try first.close()
        let third = try TiebeamDatabase(file: self.file)
        #expect(try await MetadataSnapshot(of: third.metadataStore { _, _ in true }, projects: []) == expected)
    }

    @Test("DATABASE-3: a file that is no database, or a damaged one, is told as such")
    func damaged() async throws {
        func isCorrupt(_ error: any Error) -> Bool { if case StorageError.corrupt = error { true } else { false } }
        try Data(repeating: 0x55, count: 10_000).write(to: self.file)
        #expect { _ = try TiebeamDatabase(file: self.file) } throws: { isCorrupt($0) }
        try FileManager.default.removeItem(at: self.file)

        let database = try TiebeamDatabase(file: self.file)
        try await self.fill(database.metadataStore { _, _ in true }, users: 1..<500)
        try database.close()
        var bytes = try Data(contentsOf: self.file)
        bytes.replaceSubrange(4096..<bytes.count, with: Data(repeating: 0x55, count: bytes.count - 4096))
        try bytes.write(to: self.file)
        await #expect {
            let store = try TiebeamDatabase(file: self.file).metadataStore { _, _ in true }
            _ = try await MetadataSnapshot(of: store, projects: [])
        } throws: { isCorrupt($0) }
    }

    @Test("DATABASE-4: when the database is full the error says so, nothing is half written, and later writes work")
    func full() async throws {
        let database = try TiebeamDatabase(file: self.file)
        let store = database.metadataStore { _, _ in true }
        let manifest = database.blockManifest()
        try await self.fill(store, users: 1..<10)
        let before = try await MetadataSnapshot(of: store, projects: [])
        let records = (1...5_000 as ClosedRange<UInt32>).map { number in
            BlockRecord(
                id: BlockID(rawValue: number),
                location: SegmentLocation(segment: 1, offset: UInt64(number) << 20, byteCount: 1 << 20),
                objectCount: 9, rawByteCount: 1 << 20)
        }
        try await self.limit(database, pageCount: "(SELECT page_count FROM pragma_page_count)")
        await #expect(throws: StorageError.full) { try await self.fill(store, users: 10..<2_000) }
        #expect(throws: StorageError.full) { try manifest.commit(ManifestBatch(blocks: records), joining: nil) }
        #expect(try await MetadataSnapshot(of: store, projects: []) == before)
        #expect(try manifest.blocks(after: nil) == [])
        try await self.limit(database, pageCount: "1073741823")
        try await self.fill(store, users: 10..<2_000)
        try manifest.commit(ManifestBatch(blocks: records), joining: nil)
        #expect(try await store.read { try $0.userCount() } == 1_999)
        #expect(try manifest.blocks(after: nil) == records)
    }

    private func limit(_ database: TiebeamDatabase, pageCount: String) async throws {
        try await database.pool.writeWithoutTransaction { connection in
            let count = try Int.fetchOne(connection, sql: "SELECT \(pageCount)") ?? 0
            _ = try Int.fetchOne(connection, sql: "PRAGMA max_page_count = \(count)")
        }
    }

    @Test("DATABASE-5: a database that was closed answers with an error")
    func closed() async throws {
        let database = try TiebeamDatabase(file: self.file)
        let store = database.metadataStore { _, _ in true }
        try await self.fill(store, users: 1..<2)
        try database.close()
        await #expect(throws: StorageError.self) { _ = try await store.read { try $0.userCount() } }
        await #expect(throws: StorageError.self) { try await self.fill(store, users: 2..<3) }
        #expect(throws: StorageError.self) { _ = try database.blockManifest().blocks(after: nil) }
    }

    @Test("DATABASE-9: a copy of schema 1 keeps its source")
    func schemaOne() async throws {
        let old = try DatabaseQueue(path: self.file.path)
        try await old.write { database in
            try MetadataTables.create(in: database)
            try ObjectTables.create(in: database)
            try database.execute(
                sql: "INSERT INTO mirrors VALUES ('p', 'a.example', 3001, 'https', 'node', 'token', -1, 7, 5)")
            try database.execute(sql: "INSERT INTO local_readers VALUES ('p', 'u'); PRAGMA user_version = 1")
        }
        try old.close()
        let database = try TiebeamDatabase(file: self.file)
        let store = database.metadataStore { _, _ in true }
        let expected = Mirror(
            project: ProjectID(rawValue: "p"), sourceAddress: NodeAddress(host: "a.example", port: 3001, route: .https),
            sourceNode: NodeID(rawValue: "node"), sourceToken: "token", epoch: .max, nextOrdinal: 7,
            createdAt: Timestamp(millisecondsSinceEpoch: 5))
        #expect(try await store.read { try $0.mirrors() } == [expected])
        let role = try await store.read { try $0.role(of: UserID(rawValue: "u"), in: ProjectID(rawValue: "p")) }
        #expect(role == .reviewer)
        try database.close()
    }

    @Test("DATABASE-9: a file of schema 7 learns who made versions, and sets aside what it must")
    func schemaSeven() async throws {
        let (project, grace) = (Fixture.project(1), Fixture.id(7) as UserID)
        let scope = LogScope.project(project.id)
        func operation(
            _ node: Int, _ sequence: UInt64, _ body: OperationBody, seen: [NodeID: UInt64] = [:]
        ) throws -> ObjectModel.Operation {
            ObjectModel.Operation(
                scope: scope, origin: Fixture.node(node), sequence: sequence, timestamp: Fixture.time(1), actor: grace,
                body: try OperationContent(body, OperationContext(seen: seen)).encoded())
        }
        let version = Fixture.version(1, of: 1, in: 1)
        let operations = [
            try operation(1, 1, .projectCreated(project)), try operation(1, 2, .modelCreated(Fixture.model(1, in: 1))),
            try operation(1, 3, .roleChanged(RoleChange(user: grace, role: .contributor))),
            try operation(2, 1, .versionCreated(version), seen: [Fixture.node(1): 3]),
            try operation(1, 4, .roleChanged(RoleChange(user: grace, role: .reviewer))),
        ]
        let database = try TiebeamDatabase(file: self.file)
        let store = database.metadataStore { _, _ in true }
        try await store.write { try MetadataService.apply(operations, in: $0) }
        let conflicts = try await store.read { try $0.conflicts(in: scope) }
        #expect(conflicts.map(\.kind) == [.quarantined, .ownerless])
        // As it was before that was known.
        try await store.write { try $0.put(version) }
        try await database.pool.write { connection in
            try connection.execute(
                sql: """
                    DELETE FROM conflicts WHERE kind = 'quarantined';
                    DELETE FROM live_writes WHERE field IN ('author', 'accepted', 'granted', 'revoked');
                    DROP TABLE project_policies; DROP TABLE purges;
                    PRAGMA user_version = 7;
                    """ + Self.withoutSchemaTen)
        }
        try database.close()
        let newer = try TiebeamDatabase(file: self.file).metadataStore { _, _ in true }
        #expect(try await newer.read { try $0.allVersions(in: project.id) } == [])
        #expect(try await newer.read { try $0.conflicts(in: scope) } == conflicts)
    }

    /// The log of one node.
    private static func apply(_ bodies: [OperationBody], in scope: LogScope, to database: TiebeamDatabase) async throws
    {
        try await database.metadataStore { _, _ in true }.write { rows in
            let operations = try bodies.enumerated().map { place, body in
                Fixture.operation(
                    UInt64(place) + 1, in: scope, body: try OperationContent(body, OperationContext()).encoded())
            }
            try MetadataService.apply(operations, in: rows)
        }
    }

    /// Takes back what schema 14 brought.
    private static let withoutBundles = """
        DROP TABLE ingestion_files;
        DROP INDEX ingestions_by_file;
        DROP INDEX ingestions_of_files;
        ALTER TABLE ingestions DROP COLUMN model;
        ALTER TABLE ingestions DROP COLUMN created_at;
        ALTER TABLE ingestions DROP COLUMN file;
        CREATE TABLE versions_1 (
            id TEXT NOT NULL, project TEXT NOT NULL, model TEXT NOT NULL, root_object TEXT NOT NULL, message TEXT,
            source_application TEXT, total_children_count INTEGER, parents TEXT NOT NULL, author TEXT,
            created_at INTEGER NOT NULL, PRIMARY KEY (project, id)
        ) STRICT;
        INSERT INTO versions_1
        SELECT id, project, model, root_object, message, source_application, total_children_count, parents, author,
            created_at FROM versions;
        DROP TABLE versions;
        ALTER TABLE versions_1 RENAME TO versions;

        """

    private static let withoutApps = """
        DROP TABLE app_secrets; DROP TABLE apps; DROP TABLE token_uses;
        DROP INDEX tokens_by_app; DROP INDEX embed_tokens; DROP INDEX authorization_codes_by_age;
        ALTER TABLE tokens DROP COLUMN family; ALTER TABLE tokens DROP COLUMN resources;
        ALTER TABLE authorization_codes DROP COLUMN code_challenge;

        """

    /// Takes back what the schema of webhooks brought.
    private static let withoutWebhooks = "DROP TABLE webhooks; DROP TABLE webhook_deliveries;\n"

    /// Takes back what schema 20 and later ones brought.
    private static let withoutAccounts =
        withoutWebhooks + """
            DROP TABLE server_settings; DROP TABLE account_proofs; DROP TABLE server_invites;
            DROP TABLE user_emails;
            DROP INDEX users_by_time; DROP INDEX invites_by_token;
            ALTER TABLE invites DROP COLUMN token_hash;

            """

    private static let withoutComments = "DROP TABLE comment_resources; DROP TABLE comments; DROP TABLE comment_views;"

    /// Takes back what schema 10 and later ones brought.
    private static let withoutSchemaTen =
        withoutSchemaFourteen + """

            DROP TABLE invites;
            DROP TABLE ingestions;
            DROP TABLE compacted_marks;
            DROP TABLE acknowledged_marks;
            DROP TABLE regions_heard;
            DROP TABLE arrived_operations;

            """

    /// Takes back what schema 14 and later ones brought.
    private static let withoutSchemaFourteen =
        withoutBundles + withoutComments + withoutApps + withoutAccounts + """

            DROP TABLE favorites;
            DROP TABLE preferences;
            DROP TABLE access_requests;
            DROP TABLE activity;

            """

    @Test("DATABASE-9: the logs of a file of schema 9 are whole, and can be compacted")
    func schemaNine() async throws {
        let (scope, ada) = (LogScope.server, Fixture.user(1))
        let database = try TiebeamDatabase(file: self.file)
        let names = ["Ada", "Ada L.", "Ada Lovelace"]
        let bodies = [.userRegistered(ada)] + names.map { OperationBody.userChanged(UserChange(id: ada.id, name: $0)) }
        try await Self.apply(bodies, in: scope, to: database)
        try await database.pool.write { connection in
            try connection.execute(sql: Self.withoutSchemaTen + "PRAGMA user_version = 9;")
        }
        try database.close()
        let newer = try TiebeamDatabase(file: self.file).metadataStore { _, _ in true }
        #expect(try await newer.read { try $0.compactedMarks(in: scope) } == [:])
        let never = Timestamp(millisecondsSinceEpoch: .max)
        let count = try await LogCompaction(newer, of: scope).run(heldBy: [], before: never, countMin: 1)
        #expect(count == 2)
        #expect(try await newer.read { try $0.compactedMarks(in: scope) } == [Fixture.node(1): 4])
        #expect(try await newer.read { try $0.user(ada.id)?.name } == names.last)
    }

    @Test("DATABASE-10: a file of schema 8 learns the policies that it kept and did not understand")
    func schemaEight() async throws {
        let project = Fixture.project(1)
        let scope = LogScope.project(project.id)
        func operation(_ node: Int, _ sequence: UInt64, _ body: OperationBody, seen: [NodeID: UInt64] = [:]) throws
            -> ObjectModel.Operation
        {
            ObjectModel.Operation(
                scope: scope, origin: Fixture.node(node), sequence: sequence, timestamp: Fixture.time(1), actor: nil,
                body: try OperationContent(body, OperationContext(seen: seen)).encoded())
        }
        let operations = [
            try operation(1, 1, .projectCreated(project)),
            try operation(1, 2, .policyChanged(PolicyChange(regions: .only([Fixture.node(1), Fixture.node(2)])))),
            try operation(
                2, 1, .policyChanged(PolicyChange(regions: .only([Fixture.node(2)]), minimumCopies: 1)),
                seen: [Fixture.node(1): 1]),
        ]
        let database = try TiebeamDatabase(file: self.file)
        let store = database.metadataStore { _, _ in true }
        try await store.write { try MetadataService.apply(operations, in: $0) }
        let expected = try await store.read { (try $0.policy(of: project.id), try $0.conflicts(in: scope)) }
        #expect(expected.0?.regions == .only([Fixture.node(2)]))
        #expect(expected.1.map(\.kind) == [.restricted])
        // As it was before that was known.
        try await database.pool.write { connection in
            try connection.execute(
                sql: """
                    DELETE FROM conflicts; DROP TABLE project_policies; DROP TABLE purges;
                    DELETE FROM live_writes WHERE field IN ('regions', 'home', 'fence', 'edges', 'copies');
                    PRAGMA user_version = 8;
                    """ + Self.withoutSchemaTen)
        }
        try database.close()
        for _ in 0..<2 {
            let newer = try TiebeamDatabase(file: self.file)
            let found = try await newer.metadataStore { _, _ in true }.read {
                (try $0.policy(of: project.id), try $0.conflicts(in: scope))
            }
            #expect(found.0 == expected.0)
            #expect(found.1 == expected.1)
            try newer.close()
        }
    }

    @Test("DATABASE-12: a file of an older schema learns the invitations that it kept and did not understand")
    func schemaWithoutInvites() async throws {
        let (project, eve) = (Fixture.project(1), Fixture.user(2))
        let scope = LogScope.project(project.id)
        let kept = Fixture.invite(1, to: 1, for: .user(eve.id))
        let bodies: [OperationBody] = [
            .projectCreated(project), .inviteCreated(kept),
            .inviteCreated(Fixture.invite(2, to: 1, for: .email("eve@example.org"))), .inviteDeleted(Fixture.id(2)),
        ]
        let database = try TiebeamDatabase(file: self.file)
        try await Self.apply(bodies, in: scope, to: database)
        try await database.pool.write { connection in
            try connection.execute(
                sql: Self.withoutSchemaFourteen + """
                    DROP TABLE invites; DROP TABLE ingestions;
                    DELETE FROM live_writes WHERE entity LIKE 'invite/%';
                    PRAGMA user_version = 10;
                    """)
        }
        try database.close()
        let newer = try TiebeamDatabase(file: self.file).metadataStore { _, _ in true }
        #expect(try await newer.read { try $0.invites(to: project.id) } == [kept])
        #expect(try await newer.read { try $0.invites(for: eve.id) } == [kept])
    }

    @Test("DATABASE-13: a file of an older schema learns the comments that it kept and did not understand")
    func schemaWithoutComments() async throws {
        let project = Fixture.project(1)
        let (thread, reply) = (Fixture.comment(1, in: 1, on: [.object(Fixture.object(1))]), Fixture.comment(2, in: 1))
        let bodies: [OperationBody] = [
            .projectCreated(project), .commentCreated(CommentCreation(thread)),
            .commentCreated(CommentCreation(reply, CommentScene(viewerState: "{}"))),
            .commentChanged(CommentChange(id: reply.id, content: Fixture.words("better"), isArchived: true)),
            .commentViewed(CommentViewing(comment: thread.id, user: Fixture.id(7))),
        ]
        let database = try TiebeamDatabase(file: self.file)
        try await Self.apply(bodies, in: .project(project.id), to: database)
        let store = database.metadataStore { _, _ in true }
        let expected = try await MetadataSnapshot(of: store, projects: [project.id])
        #expect(expected.projects[project.id]?.comments.count == 2)
        #expect(expected.projects[project.id]?.commentViews.count == 1)
        try await database.pool.write { connection in
            try connection.execute(
                sql: Self.withoutSchemaFourteen + """
                    DELETE FROM live_writes WHERE entity LIKE 'comment/%' OR entity LIKE 'view/%';
                    DELETE FROM touches WHERE entity LIKE 'comment/%';
                    PRAGMA user_version = 13;
                    """)
        }
        try database.close()
        let newer = try TiebeamDatabase(file: self.file).metadataStore { _, _ in true }
        #expect(try await MetadataSnapshot(of: newer, projects: [project.id]) == expected)
    }

    @Test("DATABASE-14: a file of an older schema learns the apps that it kept and did not understand")
    func schemaWithoutApps() async throws {
        let ada = Fixture.user(1)
        let kept = Fixture.app(1, by: 1)
        let (ended, granted) = (self.appToken(1, of: kept), self.appToken(2, of: kept))
        let bodies: [OperationBody] = [
            .userRegistered(ada), .appRegistered(kept), .appRegistered(Fixture.app(2, by: 1)),
            .appDeleted(Fixture.id(2)), .tokenCreated(ended),
            .appChanged(AppChange(id: kept.id, registration: kept.registration)), .tokenCreated(granted),
        ]
        let database = try TiebeamDatabase(file: self.file)
        try await Self.apply(bodies, in: .server, to: database)
        try await database.pool.write { connection in
            try connection.execute(
                sql: Self.withoutSchemaFourteen + """
                    DELETE FROM live_writes WHERE entity LIKE 'app/%';
                    PRAGMA user_version = 13;
                    """)
        }
        try database.close()
        let newer = try TiebeamDatabase(file: self.file).metadataStore { _, _ in true }
        #expect(try await newer.read { try $0.apps(by: ada.id) } == [kept])
        #expect(try await newer.read { try $0.tokens(of: ada.id, kind: .app) } == [granted])
    }

    private func appToken(_ number: Int, of app: RegisteredApp) -> Token {
        var token = Fixture.token(number, of: 1, kind: .app)
        token.app = app.id
        return token
    }

    @Test(
        "DATABASE-15: a file of an older schema learns the settings and deletions that it kept and did not understand")
    func schemaWithoutAdministration() async throws {
        let (ada, eve) = (Fixture.user(1), Fixture.user(2))
        let token = Fixture.token(1, of: 2)
        let bodies: [OperationBody] = [
            .userRegistered(ada), .userRegistered(eve), .tokenCreated(token),
            .serverChanged(ServerChange(name: "Old")), .serverChanged(ServerChange(name: "New", inviteOnly: true)),
            .userDeleted(eve.id),
        ]
        let database = try TiebeamDatabase(file: self.file)
        try await Self.apply(bodies, in: .server, to: database)
        try await database.pool.write { connection in
            let rows = SQLiteTransaction(migrating: connection)
            try rows.put(eve)
            try rows.put(token)
            try connection.execute(
                sql: """
                    DELETE FROM live_writes WHERE entity = 'server' OR field = 'deleted';
                    PRAGMA user_version = 19;
                    """ + Self.withoutAccounts)
        }
        try database.close()
        let newer = try TiebeamDatabase(file: self.file).metadataStore { _, _ in true }
        #expect(try await newer.read { try $0.serverSettings() } == ServerSettings(name: "New", isInviteOnly: true))
        #expect(try await newer.read { try $0.users(.init(), offset: 0, limit: 9) } == [ada])
        #expect(try await newer.read { try $0.token(token.id) } == nil)
    }

    @Test(
        "DATABASE-16: a file of an older schema learns the passwords and ended sessions that it kept and did not understand"
    )
    func schemaWithoutProofs() async throws {
        let ada = Fixture.user(1)
        let token = Fixture.token(1, of: 1)
        let kept = Fixture.serverInvite(1, by: 1)
        let bodies: [OperationBody] = [
            .serverInviteCreated(Fixture.serverInvite(2, by: 1)), .serverInviteDeleted(Fixture.id(2)),
            .userRegistered(ada), .tokenCreated(token), .serverInviteCreated(kept),
            .userChanged(UserChange(id: ada.id, isVerified: true, passwordHash: "new")), .sessionsEnded(ada.id),
        ]
        let database = try TiebeamDatabase(file: self.file)
        try await Self.apply(bodies, in: .server, to: database)
        try await database.pool.write { connection in
            let rows = SQLiteTransaction(migrating: connection)
            try rows.put(ada)
            try rows.put(token)
            try connection.execute(
                sql: """
                    DELETE FROM live_writes WHERE field IN ('verified', 'password', 'sessions') OR entity LIKE 'invite/%';
                    PRAGMA user_version = 19;
                    """ + Self.withoutAccounts)
        }
        try database.close()
        let newer = try TiebeamDatabase(file: self.file).metadataStore { _, _ in true }
        #expect(try await newer.read { try $0.user(ada.id)?.passwordHash } == "new")
        #expect(try await newer.read { try $0.user(ada.id)?.isVerified } == true)
        #expect(try await newer.read { try $0.serverInvites(matching: nil, offset: 0, limit: 9) } == [kept])
        #expect(try await newer.read { try $0.token(token.id) } == nil)
    }

    @Test("DATABASE-19: a file of an older schema learns the addresses that it kept and did not understand")
    func schemaWithoutEmails() async throws {
        let (ada, bob) = (Fixture.user(1), Fixture.user(2))
        let added = Fixture.email(11, of: 1, "ada@example.org")
        let bodies: [OperationBody] = [
            .userRegistered(ada), .userRegistered(bob), .emailAdded(added),
            .emailChanged(EmailChange(id: added.id, isVerified: true)),
            .userChanged(UserChange(id: ada.id, primaryEmail: added.id)), .emailDeleted(EmailID(of: ada.id)),
        ]
        let database = try TiebeamDatabase(file: self.file)
        try await Self.apply(bodies, in: .server, to: database)
        try await database.pool.write { connection in
            let rows = SQLiteTransaction(migrating: connection)
            try rows.put(ada)
            try connection.execute(
                sql: Self.withoutWebhooks + """
                    DROP TABLE user_emails;
                    DELETE FROM live_writes WHERE entity LIKE 'email/%' OR field = 'primaryEmail';
                    PRAGMA user_version = 21;
                    """)
        }
        try database.close()
        let newer = try TiebeamDatabase(file: self.file).metadataStore { _, _ in true }
        let known = Fixture.email(11, of: 1, "ada@example.org", isVerified: true)
        #expect(try await newer.read { try $0.emails(of: ada.id) } == [known])
        #expect(try await newer.read { try $0.emails(of: bob.id) } == [UserEmail(opening: bob)])
        #expect(try await newer.read { try $0.user(ada.id)?.email } == added.address)
    }

    @Test("DATABASE-20: a file of an older schema learns the webhooks that it kept and did not understand")
    func schemaWithoutWebhooks() async throws {
        let project = Fixture.project(1)
        var kept = Fixture.webhook(1, of: 1)
        let bodies: [OperationBody] = [
            .projectCreated(project), .webhookCreated(kept), .webhookCreated(Fixture.webhook(2, of: 1)),
            .webhookDeleted(Fixture.id(2)),
            .webhookChanged(WebhookChange(id: kept.id, description: "Grüße", isEnabled: false)),
        ]
        let database = try TiebeamDatabase(file: self.file)
        try await Self.apply(bodies, in: .project(project.id), to: database)
        let expected = try await database.metadataStore { _, _ in true }.read { try $0.webhooks(of: project.id) }
        try await database.pool.write { connection in
            try connection.execute(
                sql: Self.withoutWebhooks + """
                    DELETE FROM live_writes WHERE entity LIKE 'webhook/%';
                    DELETE FROM touches WHERE entity LIKE 'webhook/%';
                    PRAGMA user_version = \(TiebeamDatabase.migrations.newestSchema - 1);
                    """)
        }
        try database.close()
        let newer = try TiebeamDatabase(file: self.file).metadataStore { _, _ in true }
        #expect(try await newer.read { try $0.webhooks(of: project.id) } == expected)
        (kept.description, kept.isEnabled) = ("Grüße", false)
        kept.updatedAt = try #require(expected.first).updatedAt
        #expect(expected == [kept])
    }

    @Test("DATABASE-7: what is acknowledged is on the disk: the writer waits for it, in the write-ahead log too")
    func durability() throws {
        for _ in 0..<2 {
            let database = try TiebeamDatabase(file: self.file)
            let (mode, synchronous) = try database.pool.writeWithoutTransaction { connection in
                (
                    try String.fetchOne(connection, sql: "PRAGMA journal_mode"),
                    try Int.fetchOne(connection, sql: "PRAGMA synchronous")
                )
            }
            #expect(mode == "wal")
            #expect(synchronous == 2, "FULL is 2")
            try database.close()
        }
    }

    @Test("DATABASE-8: after closing, all is in the one file")
    func oneFile() async throws {
        let database = try TiebeamDatabase(file: self.file)
        try await self.fill(database.metadataStore { _, _ in true }, users: 1..<50)
        try database.close()
        let copy = self.directory.url.appendingPathComponent("copy.db")
        try FileManager.default.copyItem(at: self.file, to: copy)
        let store = try TiebeamDatabase(file: copy).metadataStore { _, _ in true }
        #expect(try await store.read { try $0.userCount() } == 49)
    }

    @Test("DATABASE-9: a file of schema 1 is brought to the newest schema, and its mirrors stay")
    func migration() async throws {
        let old = try DatabaseQueue(path: self.file.path)
        try await old.write { database in
            try MetadataTables.create(in: database)
            try ObjectTables.create(in: database)
            try database.execute(
                sql: "INSERT INTO mirrors VALUES (?, 'source.example', 3001, 'direct', ?, 'secret', -1, 7, 5000)",
                arguments: [(Fixture.id(1) as ProjectID).rawValue, Fixture.node(9).rawValue])
            try database.execute(sql: "PRAGMA user_version = 1")
        }
        try old.close()
        for _ in 0..<2 {
            let database = try TiebeamDatabase(file: self.file)
            let store = database.metadataStore { _, _ in true }
            var expected = Fixture.mirror(of: 1)
            (expected.epoch, expected.nextOrdinal) = (.max, 7)
            #expect(try await store.read { try $0.mirrors() } == [expected])
            #expect(try await store.read { try $0.mirrorSources(of: Fixture.id(1)) } == [])
            try database.close()
        }
    }

    @Test("DATABASE-6: whether a root is complete is no question within a commit of objects")
    func completenessWithinCommit() throws {
        let database = try TiebeamDatabase(file: self.file)
        #expect(throws: StorageError.self) {
            try database.blockManifest().commit(ManifestBatch()) { rows in
                _ = try rows.isComplete(Fixture.object(1), in: Fixture.id(1))
            }
        }
    }

    @Test("DATABASE-13: a file of schema 13 learns what it kept and did not understand, and who did what")
    func schemaThirteen() async throws {
        let (project, ada) = (Fixture.project(1), Fixture.user(1))
        let request = AccessRequest(project: project.id, requester: ada.id, createdAt: Fixture.time(2))
        let database = try TiebeamDatabase(file: self.file)
        try await Self.apply(
            [
                .userRegistered(ada),
                .favoriteChanged(FavoriteChange(user: ada.id, project: project.id, isFavorite: true)),
                .preferenceChanged(PreferenceChange(user: ada.id, key: "flag/a", isOn: true)),
            ], in: .server, to: database)
        try await Self.apply(
            [.projectCreated(project), .accessRequested(request)], in: .project(project.id), to: database)
        try await database.pool.write { connection in
            try connection.execute(
                sql: Self.withoutSchemaFourteen + """
                    DELETE FROM live_writes WHERE field IN ('favorite', 'setting') OR entity LIKE 'access/%';
                    PRAGMA user_version = 13;
                    """)
        }
        try database.close()
        let newer = try TiebeamDatabase(file: self.file).metadataStore { _, _ in true }
        #expect(try await newer.read { try $0.favorites(of: ada.id) }.map(\.project) == [project.id])
        #expect(try await newer.read { try $0.preferences(of: ada.id) }.map(\.isOn) == [true])
        #expect(try await newer.read { try $0.accessRequests(to: project.id) } == [request])
        let entries = try await newer.read { try $0.activity(in: project.id, ActivityFilter(), limit: 9) }
        #expect(entries.map(\.facts.action) == ["stream_create"])
    }
}
