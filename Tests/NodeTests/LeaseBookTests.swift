import HTTPTypes
import Hummingbird
import ObjectModel
import Storage
import Synchronization
import Testing

@testable import Node

/// What an edge lets people do, by a clock and a region that the test moves.
@Suite struct LeaseBookTests {
    /// A region that answers as it is told, and counts what it is asked.
    private final class Region: EdgeUpstream {
        struct State {
            var access: Lease.Access? = .read
            var connection: Int? = 1
            var seconds: UInt64 = 3600
            var askedCount = 0
            var isTokenSwapped = false
        }

        let state = Mutex(State())

        func set(_ change: (inout State) -> Void) { self.state.withLock { change(&$0) } }
        var askedCount: Int { self.state.withLock { $0.askedCount } }
        var connectionNumber: Int? { self.state.withLock { $0.connection } }
        var regionName: String? { nil }
        var lastHeard: Timestamp? { nil }

        func call(_ request: HTTPRequest, body: RequestBody?, by lease: [UInt8]?) async throws -> Response {
            throw StorageError.unreachable
        }

        func listen(_ request: HTTPRequest) async throws -> Response {
            throw StorageError.unreachable
        }

        func lease(on project: ProjectID, for token: String?) async throws -> SignedLease? {
            try self.state.withLock { state in
                guard state.connection != nil else { throw StorageError.unreachable }
                state.askedCount += 1
                guard let access = state.access else { return nil }
                let holder = token.map { token in
                    Lease.Holder(
                        person: UserID(rawValue: "p"), name: nil,
                        tokenDigest: ContentHash(of: state.isTokenSwapped ? "other" : token),
                        tokenID: TokenID(rawValue: "t"))
                }
                let lease = Lease(
                    region: NodeID(rawValue: "r"), edge: NodeID(rawValue: "e"), project: project, holder: holder,
                    access: access, issuedAt: Timestamp(millisecondsSinceEpoch: 0), seconds: state.seconds)
                return SignedLease(lease: lease, signed: Array("\(access.rawValue) \(state.seconds)".utf8))
            }
        }

        func renew(_ lease: [UInt8], on project: ProjectID) async throws -> SignedLease? { nil }

        /// Leases that were kept are those of `token`.
        func verified(_ signed: [UInt8]) -> Lease? {
            let parts = String(decoding: signed, as: UTF8.self).split(separator: " ").compactMap { UInt64($0) }
            guard parts.count == 2, let access = Lease.Access(rawValue: parts[0]) else { return nil }
            return Lease(
                region: NodeID(rawValue: "r"), edge: NodeID(rawValue: "e"), project: LeaseBookTests.project,
                holder: Lease.Holder(
                    person: UserID(rawValue: "p"), name: nil, tokenDigest: ContentHash(of: "token"),
                    tokenID: TokenID(rawValue: "t")),
                access: access, issuedAt: Timestamp(millisecondsSinceEpoch: 0), seconds: parts[1])
        }
    }

    private final class Store: EdgeStore {
        let leases = Mutex<[LeaseKey: KeptLease]>([:])

        func lease(_ key: LeaseKey) -> KeptLease? { self.leases.withLock { $0[key] } }
        func put(_ lease: KeptLease, at key: LeaseKey) { self.leases.withLock { $0[key] = lease } }
        func removeLease(at key: LeaseKey) { self.leases.withLock { $0[key] = nil } }
        func roots(of project: ProjectID, limit: Int) -> [ObjectID] { [] }
        func note(root: ObjectID, of project: ProjectID, at time: Timestamp) {}
        func lastUses() -> [ProjectID: Timestamp] { [:] }
        func note(lastUses: [ProjectID: Timestamp]) {}
        func forget(_ project: ProjectID) {}
        func append(_ entry: OutboxEntry) {}
        func outbox() -> [OutboxEntry] { [] }
        func removeFromOutbox(_ version: VersionID) {}
        func note(problem: String?, of version: VersionID) {}
        func heard() -> Timestamp? { nil }
        func note(heard time: Timestamp) {}
        func answer(to key: AnswerKey) -> KeptAnswer? { nil }
        func put(_ answer: KeptAnswer, at key: AnswerKey) {}
    }

    private final class Clock: Sendable {
        private let reading = Mutex(UptimeReading(boot: "a", uptime: 0, time: Timestamp(millisecondsSinceEpoch: 0)))

        var now: UptimeReading { self.reading.withLock { $0 } }
        func pass(_ seconds: Int64) {
            self.reading.withLock { reading in
                reading.uptime += seconds * 1000
                reading.time.millisecondsSinceEpoch += seconds * 1000
            }
        }
        func set(_ change: (inout UptimeReading) -> Void) { self.reading.withLock { change(&$0) } }
    }

    private static let project = ProjectID(rawValue: "3a1f09c2d7")
    private let region = Region()
    private let store = Store()
    private let clock = Clock()

    private func book() -> LeaseBook {
        LeaseBook(store: self.store, upstream: self.region) { [clock] in clock.now }
    }

    private func access(_ book: LeaseBook, _ access: Lease.Access = .read) async throws -> Lease.Access? {
        try await book.lease(on: Self.project, for: "token", access)?.lease.access
    }

    @Test("LEASE-6: a young lease is acted by, one older than a minute is asked for first")
    func age() async throws {
        let book = self.book()
        #expect(try await self.access(book) == .read)
        self.clock.pass(9)
        #expect(try await self.access(book) == .read)
        #expect(self.region.askedCount == 1)
        self.region.set { $0.access = nil }
        self.clock.pass(52)
        #expect(try await self.access(book) == nil)
        #expect(self.store.leases.withLock { $0.isEmpty })
        // What was refused is not given while the region is away either.
        self.region.set { $0.connection = nil }
        await #expect(throws: StorageError.unreachable) { try await self.access(book) }
    }

    @Test("LEASE-6: without the region a lease holds until its end, and not beyond it")
    func away() async throws {
        let book = self.book()
        #expect(try await self.access(book) == .read)
        self.region.set { $0.connection = nil }
        self.clock.pass(3599)
        #expect(try await self.access(book) == .read)
        #expect(try await self.access(self.book()) == .read)
        self.clock.pass(1)
        await #expect(throws: StorageError.unreachable) { try await self.access(book) }
        await #expect(throws: StorageError.unreachable) { try await self.access(self.book()) }
    }

    @Test("LEASE-5: the time of day makes no lease longer, and across a start of the machine none that went back")
    func clocks() async throws {
        #expect(try await self.access(self.book()) == .read)
        self.region.set { $0.connection = nil }
        self.clock.pass(3000)
        self.clock.set { $0.time = Timestamp(millisecondsSinceEpoch: -1) }
        #expect(try await self.access(self.book()) == .read)
        self.clock.set { ($0.boot, $0.uptime) = ("b", 1) }
        await #expect(throws: StorageError.unreachable) { try await self.access(self.book()) }
        self.clock.set { $0.time = Timestamp(millisecondsSinceEpoch: 3_599_999) }
        #expect(try await self.access(self.book()) == .read)
        self.clock.set { $0.time = Timestamp(millisecondsSinceEpoch: 3_600_000) }
        await #expect(throws: StorageError.unreachable) { try await self.access(self.book()) }
    }

    @Test("LEASE-7: another connection knows nothing of what was leased before")
    func connections() async throws {
        let book = self.book()
        #expect(try await self.access(book) == .read)
        self.region.set { ($0.connection, $0.access) = (2, nil) }
        #expect(try await self.access(book) == nil)
    }

    @Test("a right that was given since is asked for at once")
    func upgrade() async throws {
        let book = self.book()
        #expect(try await self.access(book) == .read)
        self.region.set { $0.access = .write }
        #expect(try await self.access(book, .write) == .write)
        #expect(try await self.access(book, .write) == .write)
        #expect(self.region.askedCount == 2)
    }

    @Test("LEASE-5: the lease of another token is none")
    func mismatch() async throws {
        self.region.set { $0.isTokenSwapped = true }
        #expect(try await self.access(self.book()) == nil)
    }

    @Test("many who wait ask once")
    func singleFlight() async throws {
        let book = self.book()
        try await withThrowingTaskGroup(of: Lease.Access?.self) { group in
            for _ in 0..<50 { group.addTask { try await self.access(book) } }
            for try await access in group { #expect(access == .read) }
        }
        #expect(self.region.askedCount == 1)
    }
}
