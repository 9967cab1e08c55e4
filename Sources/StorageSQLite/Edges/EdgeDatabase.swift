public import Foundation
import GRDB
public import ObjectModel
public import Storage
import Synchronization

/// An edge's leases, answers and the versions that it has, in a file of their own.
public final class EdgeDatabase: EdgeStore {
    /// Bodies of answers that are kept, in bytes, all together.
    private static let answerByteCountMax = 256 << 20
    /// Answers that go at once when there are too many.
    private static let answerSweepCount = 1_024

    private static let migrations = Migrations([
        { database in
            try database.execute(
                sql: """
                    CREATE TABLE leases (
                      token BLOB NOT NULL, project TEXT NOT NULL, signed BLOB NOT NULL, boot TEXT NOT NULL,
                      uptime INTEGER NOT NULL, time INTEGER NOT NULL, PRIMARY KEY (token, project)
                    ) WITHOUT ROWID, STRICT;
                    CREATE TABLE roots (
                      project TEXT NOT NULL, object BLOB NOT NULL, time INTEGER NOT NULL, PRIMARY KEY (project, object)
                    ) WITHOUT ROWID, STRICT;
                    CREATE TABLE answers (
                      token BLOB NOT NULL, request BLOB NOT NULL, contentType TEXT NOT NULL, body BLOB NOT NULL,
                      time INTEGER NOT NULL, PRIMARY KEY (token, request)
                    ) STRICT;
                    CREATE INDEX answersByTime ON answers (time);
                    CREATE TABLE outbox (
                      number INTEGER PRIMARY KEY AUTOINCREMENT, version TEXT NOT NULL UNIQUE, content BLOB NOT NULL,
                      lease BLOB NOT NULL, problem TEXT
                    ) STRICT;
                    CREATE TABLE heard (number INTEGER PRIMARY KEY CHECK (number = 1), time INTEGER NOT NULL) STRICT;
                    """)
        },
        { database in
            try database.execute(
                sql: "CREATE TABLE uses (project TEXT PRIMARY KEY, time INTEGER NOT NULL) WITHOUT ROWID, STRICT")
        },
    ])

    private let queue: DatabaseQueue
    /// Of the answers' bodies, at most: what was replaced counts until the next sweep.
    private let answerByteCount = Mutex(0)

    /// Opens or creates the file. Blocks the calling thread.
    ///
    /// - Throws: ``StorageError``.
    public init(file: URL) throws {
        self.queue = try SQLiteFailure.translated {
            try Self.migrations.refuseNewer(file)
            var configuration = Configuration()
            configuration.busyMode = .timeout(10)
            configuration.prepareDatabase { database in
                try database.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
            }
            let queue = try DatabaseQueue(path: file.path, configuration: configuration)
            try Self.migrations.run(on: queue)
            return queue
        }
        let byteCount = try self.read { try Self.answerByteCount(in: $0) }
        self.answerByteCount.withLock { $0 = byteCount }
    }

    private static func answerByteCount(in database: Database) throws -> Int {
        try Int.fetchOne(database, sql: "SELECT coalesce(sum(length(body)), 0) FROM answers") ?? 0
    }

    private func read<Result>(_ body: (Database) throws -> Result) throws -> Result {
        try SQLiteFailure.translated { try self.queue.read(body) }
    }

    private func write<Result>(_ body: (Database) throws -> Result) throws -> Result {
        try SQLiteFailure.translated { try self.queue.write(body) }
    }

    /// Everybody's is the empty one.
    private static func column(_ token: ContentHash?) -> Data { Data(token?.binary ?? []) }

    public func lease(_ key: LeaseKey) throws -> KeptLease? {
        try self.read { database in
            try Row.fetchOne(
                database, sql: "SELECT signed, boot, uptime, time FROM leases WHERE token = ? AND project = ?",
                arguments: [Self.column(key.tokenDigest), key.project.rawValue]
            ).map { row in
                let askedAt = UptimeReading(
                    boot: row["boot"], uptime: row["uptime"], time: Timestamp(millisecondsSinceEpoch: row["time"]))
                return KeptLease(signed: Array(row["signed"] as Data), askedAt: askedAt)
            }
        }
    }

    public func put(_ lease: KeptLease, at key: LeaseKey) throws {
        try self.write { database in
            try database.execute(
                sql:
                    "INSERT OR REPLACE INTO leases (token, project, signed, boot, uptime, time) VALUES (?, ?, ?, ?, ?, ?)",
                arguments: [
                    Self.column(key.tokenDigest), key.project.rawValue, Data(lease.signed), lease.askedAt.boot,
                    lease.askedAt.uptime, lease.askedAt.time.millisecondsSinceEpoch,
                ])
        }
    }

    public func removeLease(at key: LeaseKey) throws {
        try self.write { database in
            try database.execute(
                sql: "DELETE FROM leases WHERE token = ? AND project = ?",
                arguments: [Self.column(key.tokenDigest), key.project.rawValue])
        }
    }

    public func roots(of project: ProjectID, limit: Int) throws -> [ObjectID] {
        try self.read { database in
            try Data.fetchAll(
                database, sql: "SELECT object FROM roots WHERE project = ? ORDER BY time DESC LIMIT ?",
                arguments: [project.rawValue, limit]
            ).map { data in data.withUnsafeBytes { ObjectID(binaryIn: $0, at: 0) } }
        }
    }

    public func note(root: ObjectID, of project: ProjectID, at time: Timestamp) throws {
        var binary: [UInt8] = []
        root.appendBinary(to: &binary)
        try self.write { [binary] database in
            try database.execute(
                sql: "INSERT OR REPLACE INTO roots (project, object, time) VALUES (?, ?, ?)",
                arguments: [project.rawValue, Data(binary), time.millisecondsSinceEpoch])
        }
    }

    public func lastUses() throws -> [ProjectID: Timestamp] {
        try self.read { database in
            let rows = try Row.fetchAll(database, sql: "SELECT project, time FROM uses")
            return Dictionary(
                uniqueKeysWithValues: rows.map {
                    (ProjectID(rawValue: $0["project"]), Timestamp(millisecondsSinceEpoch: $0["time"]))
                })
        }
    }

    public func note(lastUses: [ProjectID: Timestamp]) throws {
        try self.write { database in
            let statement = try database.cachedStatement(
                sql: "INSERT OR REPLACE INTO uses (project, time) VALUES (?, ?)")
            for (project, time) in lastUses {
                try statement.execute(arguments: [project.rawValue, time.millisecondsSinceEpoch])
            }
        }
    }

    public func forget(_ project: ProjectID) throws {
        try self.write { database in
            for table in ["uses", "roots"] {
                try database.execute(
                    sql: "DELETE FROM \(table) WHERE project = ?", arguments: [project.rawValue])
            }
        }
    }

    public func append(_ entry: OutboxEntry) throws {
        let content = try JSONEncoder().encode(entry.version)
        try self.write { database in
            try database.execute(
                sql: "INSERT INTO outbox (version, content, lease, problem) VALUES (?, ?, ?, ?)",
                arguments: [entry.version.id.rawValue, content, Data(entry.lease), entry.problem])
        }
    }

    public func outbox() throws -> [OutboxEntry] {
        try self.read { database in
            try Row.fetchAll(database, sql: "SELECT content, lease, problem FROM outbox ORDER BY number").map { row in
                guard let version = try? JSONDecoder().decode(QueuedVersion.self, from: row["content"] as Data) else {
                    throw StorageError.corrupt("an entry of the outbox cannot be read")
                }
                return OutboxEntry(version: version, lease: Array(row["lease"] as Data), problem: row["problem"])
            }
        }
    }

    public func removeFromOutbox(_ version: VersionID) throws {
        try self.write { database in
            try database.execute(sql: "DELETE FROM outbox WHERE version = ?", arguments: [version.rawValue])
        }
    }

    public func note(problem: String?, of version: VersionID) throws {
        try self.write { database in
            try database.execute(
                sql: "UPDATE outbox SET problem = ? WHERE version = ?", arguments: [problem, version.rawValue])
        }
    }

    public func heard() throws -> Timestamp? {
        try self.read { database in
            try Int64.fetchOne(database, sql: "SELECT time FROM heard").map(Timestamp.init(millisecondsSinceEpoch:))
        }
    }

    public func note(heard time: Timestamp) throws {
        try self.write { database in
            try database.execute(
                sql: """
                    INSERT INTO heard (number, time) VALUES (1, ?)
                    ON CONFLICT (number) DO UPDATE SET time = max(time, excluded.time)
                    """, arguments: [time.millisecondsSinceEpoch])
        }
    }

    public func answer(to key: AnswerKey) throws -> KeptAnswer? {
        try self.read { database in
            try Row.fetchOne(
                database, sql: "SELECT contentType, body, time FROM answers WHERE token = ? AND request = ?",
                arguments: [Self.column(key.tokenDigest), Data(key.request.binary)]
            ).map { row in
                KeptAnswer(
                    contentType: row["contentType"], body: Array(row["body"] as Data),
                    time: Timestamp(millisecondsSinceEpoch: row["time"]))
            }
        }
    }

    public func put(_ answer: KeptAnswer, at key: AnswerKey) throws {
        try self.write { database in
            try database.execute(
                sql: "INSERT OR REPLACE INTO answers (token, request, contentType, body, time) VALUES (?, ?, ?, ?, ?)",
                arguments: [
                    Self.column(key.tokenDigest), Data(key.request.binary), answer.contentType, Data(answer.body),
                    answer.time.millisecondsSinceEpoch,
                ])
            let byteCount = self.answerByteCount.withLock { count in
                count += answer.body.count
                return count
            }
            guard byteCount > Self.answerByteCountMax else { return }
            try database.execute(
                sql: "DELETE FROM answers WHERE rowid IN (SELECT rowid FROM answers ORDER BY time LIMIT ?)",
                arguments: [Self.answerSweepCount])
            let rest = try Self.answerByteCount(in: database)
            self.answerByteCount.withLock { $0 = rest }
        }
    }

    public func close() throws { try SQLiteFailure.translated { try self.queue.close() } }
}
