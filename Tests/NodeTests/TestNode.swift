import Foundation
import GraphQL
import Logging
import ObjectModel
import ObjectStorage
import Storage
import StorageSQLite
import StorageTestKit
import Synchronization

@testable import Node

/// A node's GraphQL within the process, on a database whose statements are counted.
final class TestNode: Sendable {
    private struct Alone: MirrorControl, RegionControl, MailSending {
        var regions: [RegionStatus] { [] }
        func add(_ mirror: Mirror, sources: [MirrorSource], reader: UserID) async throws {}
        func status(of project: ProjectID) async -> MirrorStatus { MirrorStatus() }
        func bring(_ project: ProjectID, from node: NodeID) async throws {}
        func remove(_ name: String) async throws {}
        func send(_ mail: Mail) async {}

        func invite(_ role: NodeRole, reading projects: [ProjectID]?) async throws -> RegionInvitation {
            throw DomainError(.forbidden, "This node stands alone.")
        }
    }

    private let directory: TemporaryDirectory
    let store: any MetadataStore
    let services: NodeServices
    private let service: GraphQLService<APIContext>
    private let statements: StatementCounter

    init(rateLimiter: any RateLimiter = NoRateLimits()) throws {
        self.directory = try TemporaryDirectory()
        let statements = StatementCounter()
        let database = try TiebeamDatabase(
            file: self.directory.url.appendingPathComponent("tiebeam.sqlite"), onStatement: statements.note)
        let blocks = try BlockStore(
            segments: LocalSegments(directory: self.directory.url.appendingPathComponent("segments")),
            manifest: database.blockManifest(), indexDirectory: nil)
        let events = EventBus()
        self.store = database.metadataStore(events: events) { try blocks.isCompleteNow($0, in: $1) }
        self.statements = statements
        let metadata = MetadataService(store: self.store, node: Fixture.node(1), clock: { Fixture.time(1_000) })
        self.services = NodeServices(
            configuration: NodeConfiguration(
                host: "127.0.0.1", port: 0, fileByteCountMax: 1 << 20, bundleFileByteCountMax: 1 << 20, version: "test"),
            metadata: metadata, uses: TokenUses(metadata: metadata, logger: Self.logger),
            objects: blocks, blobs: MemoryBlobs(), links: LinkSigner(secret: []),
            changes: ProjectChanges(), events: events, rateLimiter: rateLimiter,
            gzipCache: nil,
            mirrors: Alone(), roster: { nil }, regions: Alone(), elsewhere: nil, mail: Alone(),
            clock: { Fixture.time(1_000) })
        self.service = try GraphQLRoutes.makeService(Self.logger)
    }

    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Answers a request of `user`, whose token allows everything.
    ///
    /// - Returns: the answer, and how many statements it took.
    func ask(
        _ query: String, _ variables: GraphQLObject = [:], as user: User
    ) async -> (answer: GraphQLResponse, statementCount: Int) {
        let tokens = TokenIssuer(
            metadata: self.services.metadata, uses: self.services.uses, clock: self.services.clock)
        var token = Fixture.token(1, of: 1)
        token.scopes = Scope.allCases
        token.projects = []
        let context = APIContext(
            services: self.services, tokens: tokens, principal: Principal(user: user, token: token),
            origin: "http://node")
        let before = self.statements.count
        let answer = await self.service.execute(GraphQLRequest(query: query, variables: variables), context: context)
        return (answer, self.statements.count - before)
    }
}

/// Counts what is read, not the transactions around it.
private final class StatementCounter: Sendable {
    private let number = Mutex(0)

    var count: Int { self.number.withLock { $0 } }

    @Sendable func note(_ statement: String) {
        guard statement.hasPrefix("SELECT") else { return }
        self.number.withLock { $0 += 1 }
    }
}
