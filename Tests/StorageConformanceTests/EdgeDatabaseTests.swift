import Foundation
import GRDB
import ObjectModel
import Storage
import StorageSQLite
import StorageTestKit
import Testing

/// What an edge keeps beside objects.
@Suite struct EdgeDatabaseTests {
    private static let project = ProjectID(rawValue: "3a1f09c2d7")
    private let directory: TemporaryDirectory

    init() throws { self.directory = try TemporaryDirectory() }

    private var file: URL { self.directory.url.appendingPathComponent("edge.sqlite") }

    /// Runs `body` on the file, and closes it.
    private func opened<Result>(_ body: (EdgeDatabase) throws -> Result) throws -> Result {
        let database = try EdgeDatabase(file: self.file)
        let result = try body(database)
        try database.close()
        return result
    }

    private static func entry(_ number: Int) -> OutboxEntry {
        OutboxEntry(
            version: QueuedVersion(
                id: VersionID(rawValue: "v\(number)"), project: self.project, model: ModelID(rawValue: "m"),
                rootObject: Fixture.object(UInt64(number)), message: "message \(number)", sourceApplication: nil,
                totalChildrenCount: number, parents: [VersionID(rawValue: "p")], createdAt: Fixture.time(Int64(number))),
            lease: [1, UInt8(number)])
    }

    @Test("leases are kept for each token and project, the last one of each")
    func leases() throws {
        let key = LeaseKey(tokenDigest: ContentHash(of: "a"), project: Self.project)
        let everybody = LeaseKey(tokenDigest: nil, project: Self.project)
        func lease(_ byte: UInt8) -> KeptLease {
            KeptLease(
                signed: [byte], askedAt: UptimeReading(boot: "b", uptime: Int64(byte), time: Fixture.time(Int64(byte))))
        }
        try self.opened { (database: EdgeDatabase) throws in
            try database.put(lease(1), at: key)
            try database.put(lease(2), at: key)
            try database.put(lease(3), at: everybody)
        }
        try self.opened { (database: EdgeDatabase) throws in
            #expect(try database.lease(key) == lease(2))
            #expect(try database.lease(everybody) == lease(3))
            #expect(try database.lease(LeaseKey(tokenDigest: ContentHash(of: "b"), project: Self.project)) == nil)
            #expect(try database.lease(LeaseKey(tokenDigest: ContentHash(of: "a"), project: .server)) == nil)
            try database.removeLease(at: key)
            #expect(try database.lease(key) == nil)
        }
    }

    @Test("when projects were used is kept, the last time of each, until they are given up with their roots")
    func uses() throws {
        let other = ProjectID(rawValue: "other")
        try self.opened { (database: EdgeDatabase) throws in
            #expect(try database.lastUses() == [:])
            try database.note(lastUses: [Self.project: Fixture.time(1), other: Fixture.time(2)])
            try database.note(lastUses: [Self.project: Fixture.time(3)])
            for project in [Self.project, other] {
                try database.note(root: Fixture.object(1), of: project, at: Fixture.time(1))
            }
        }
        try self.opened { (database: EdgeDatabase) throws in
            #expect(try database.lastUses() == [Self.project: Fixture.time(3), other: Fixture.time(2)])
            try database.forget(Self.project)
            #expect(try database.lastUses() == [other: Fixture.time(2)])
            #expect(try database.roots(of: Self.project, limit: 9) == [])
            #expect(try database.roots(of: other, limit: 9) == [Fixture.object(1)])
        }
    }

    @Test("the outbox keeps its order, and entries until they are removed")
    func outbox() throws {
        try self.opened { (database: EdgeDatabase) throws in
            for number in [3, 1, 2] { try database.append(Self.entry(number)) }
            #expect(throws: StorageError.self) { try database.append(Self.entry(1)) }
        }
        try self.opened { (database: EdgeDatabase) throws in
            #expect(try database.outbox() == [3, 1, 2].map(Self.entry))
            try database.note(problem: "no such model", of: VersionID(rawValue: "v1"))
            try database.removeFromOutbox(VersionID(rawValue: "v3"))
            #expect(try database.outbox().map(\.problem) == ["no such model", nil])
            try database.note(problem: nil, of: VersionID(rawValue: "v1"))
            // A number is not given away again: what comes later stands behind.
            try database.removeFromOutbox(VersionID(rawValue: "v2"))
            try database.append(Self.entry(4))
            #expect(try database.outbox() == [1, 4].map(Self.entry))
        }
    }

    @Test("answers are kept for each token and request, the last one of each")
    func answers() throws {
        let key = AnswerKey(tokenDigest: ContentHash(of: "a"), request: ContentHash(of: "r"))
        func answer(_ text: String) -> KeptAnswer {
            KeptAnswer(contentType: "application/json", body: Array(text.utf8), time: Fixture.time(1))
        }
        try self.opened { (database: EdgeDatabase) throws in
            try database.put(answer("1"), at: key)
            try database.put(answer("2"), at: key)
        }
        try self.opened { (database: EdgeDatabase) throws in
            #expect(try database.answer(to: key) == answer("2"))
            #expect(try database.answer(to: AnswerKey(tokenDigest: nil, request: key.request)) == nil)
        }
    }

    @Test("the last moment at which the region was heard does not go back")
    func heard() throws {
        try self.opened { (database: EdgeDatabase) throws in
            #expect(try database.heard() == nil)
            for time in [2, 3, 1] as [Int64] { try database.note(heard: Fixture.time(time)) }
        }
        try self.opened { (database: EdgeDatabase) throws in
            #expect(try database.heard() == Fixture.time(3))
        }
    }

    @Test("roots come the last ones first, each once")
    func roots() throws {
        try self.opened { (database: EdgeDatabase) throws in
            for (number, time) in [(1, 1), (2, 2), (1, 3)] as [(UInt64, Int64)] {
                try database.note(root: Fixture.object(number), of: Self.project, at: Fixture.time(time))
            }
            #expect(try database.roots(of: Self.project, limit: 5) == [Fixture.object(1), Fixture.object(2)])
            #expect(try database.roots(of: Self.project, limit: 1) == [Fixture.object(1)])
            #expect(try database.roots(of: .server, limit: 5).isEmpty)
        }
    }

    @Test("a file of a newer release is left alone")
    func newer() throws {
        try self.opened { _ in }
        try DatabaseQueue(path: self.file.path).write { try $0.execute(sql: "PRAGMA user_version = 99") }
        let before = try Data(contentsOf: self.file)
        #expect(throws: StorageError.newerSchema(found: 99, known: 2)) { _ = try EdgeDatabase(file: self.file) }
        #expect(try Data(contentsOf: self.file) == before)
    }
}
