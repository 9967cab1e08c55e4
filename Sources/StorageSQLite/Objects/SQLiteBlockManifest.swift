import Foundation
import GRDB
import ObjectModel
import Storage

/// The block manifest in the node's SQLite database, next to the metadata, so that one transaction covers both.
struct SQLiteBlockManifest: BlockManifest {
    private let pool: DatabasePool
    private let metadata: @Sendable (Database) -> any MetadataWriting

    /// - Parameter metadata: the metadata writes of an open transaction.
    init(pool: DatabasePool, metadata: @escaping @Sendable (Database) -> any MetadataWriting) {
        self.pool = pool
        self.metadata = metadata
    }

    func blocks(after last: BlockID?) throws -> [BlockRecord] {
        try SQLiteFailure.translated {
            try self.pool.read { database in
                let rows = try Row.fetchCursor(
                    database, sql: "SELECT * FROM blocks WHERE id > ? ORDER BY id", arguments: [last?.rawValue ?? 0])
                var blocks: [BlockRecord] = []
                while let row = try rows.next() {
                    blocks.append(
                        BlockRecord(
                            id: BlockID(rawValue: row["id"]),
                            location: SegmentLocation(
                                segment: row["segment"], offset: UInt64(row["offset"] as Int64),
                                byteCount: row["byte_count"]),
                            objectCount: row["object_count"], rawByteCount: row["raw_byte_count"]))
                }
                return blocks
            }
        }
    }

    func lastBlockNumber() throws -> UInt32 {
        try SQLiteFailure.translated {
            try self.pool.read { database in
                try UInt32.fetchOne(
                    database,
                    sql: """
                        SELECT max(coalesce((SELECT max(id) FROM blocks), 0),
                                   coalesce((SELECT block FROM last_removed_block), 0))
                        """) ?? 0
            }
        }
    }

    func unusedBlocks() throws -> [BlockID] {
        try SQLiteFailure.translated {
            try self.pool.read { database in
                try UInt32.fetchAll(
                    database,
                    sql: """
                        SELECT id FROM blocks WHERE NOT EXISTS (SELECT 1 FROM extents WHERE block = id) ORDER BY id
                        """
                ).map(BlockID.init(rawValue:))
            }
        }
    }

    func journal(of project: ProjectID) throws -> JournalHead? {
        try SQLiteFailure.translated {
            try self.pool.read { database in
                try Row.fetchOne(
                    database, sql: "SELECT epoch, next_ordinal FROM journals WHERE project = ?",
                    arguments: [project.rawValue]
                ).map { row in
                    JournalHead(
                        epoch: UInt64(bitPattern: row["epoch"] as Int64),
                        nextOrdinal: UInt64(row["next_ordinal"] as Int64))
                }
            }
        }
    }

    func projects() throws -> [ProjectID] {
        try SQLiteFailure.translated {
            try self.pool.read { try String.fetchAll($0, sql: "SELECT DISTINCT project FROM extents ORDER BY project") }
                .map(ProjectID.init(rawValue:))
        }
    }

    func extents(of project: ProjectID) throws -> [Extent] {
        try SQLiteFailure.translated {
            try self.pool.read { database in
                try Row.fetchAll(
                    database, sql: "SELECT * FROM extents WHERE project = ? ORDER BY first_ordinal",
                    arguments: [project.rawValue]
                ).map { row in
                    Extent(
                        firstOrdinal: UInt64(row["first_ordinal"] as Int64), block: BlockID(rawValue: row["block"]),
                        slots: (row["slots"] as Data?).map { .some(Array($0)) } ?? .all,
                        objectCount: row["object_count"])
                }
            }
        }
    }

    func waiting(in project: ProjectID) throws -> [WaitingObject] {
        try SQLiteFailure.translated {
            try self.pool.read { database in
                try Row.fetchAll(
                    database, sql: "SELECT waiter, missing FROM waiting WHERE project = ?",
                    arguments: [project.rawValue]
                ).map { row in
                    WaitingObject(waiter: try Self.id(row["waiter"]), missing: try Self.id(row["missing"]))
                }
            }
        }
    }

    func commit(_ batch: ManifestBatch, joining: (@Sendable (any MetadataWriting) throws -> Void)?) throws {
        try SQLiteFailure.translated {
            try self.pool.write { database in
                try Self.insert(batch.blocks, database)
                for (project, change) in batch.projects.sorted(by: { $0.key < $1.key }) {
                    try Self.apply(change, to: project, database)
                }
                for (project, emptying) in batch.emptied { try Self.empty(project, emptying, database) }
                try Self.move(batch.moved, database)
                try Self.remove(batch.removed, database)
                try joining?(self.metadata(database))
            }
        }
    }

    private static func insert(_ blocks: [BlockRecord], _ database: Database) throws {
        let statement = try database.cachedStatement(sql: "INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?)")
        for block in blocks {
            try statement.execute(arguments: [
                block.id.rawValue, block.location.segment, Int64(block.location.offset), block.location.byteCount,
                block.objectCount, block.rawByteCount,
            ])
        }
    }

    private static func apply(
        _ change: ManifestBatch.ProjectChange, to project: ProjectID, _ database: Database
    ) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO journals VALUES (?, ?, ?)
                ON CONFLICT (project) DO UPDATE SET epoch = excluded.epoch, next_ordinal = excluded.next_ordinal
                """
        ).execute(arguments: [
            project.rawValue, Int64(bitPattern: change.head.epoch), Int64(change.head.nextOrdinal),
        ])
        let insert = try database.cachedStatement(sql: "INSERT INTO extents VALUES (?, ?, ?, ?, ?)")
        for extent in change.extents {
            var slots: Data?
            if case .some(let bits) = extent.slots { slots = Data(bits) }
            try insert.execute(arguments: [
                project.rawValue, Int64(extent.firstOrdinal), extent.block.rawValue, extent.objectCount, slots,
            ])
        }
        let resolve = try database.cachedStatement(sql: "DELETE FROM waiting WHERE project = ? AND missing = ?")
        for id in change.completed { try resolve.execute(arguments: [project.rawValue, Data(id.binary)]) }
        let wait = try database.cachedStatement(sql: "INSERT INTO waiting VALUES (?, ?, ?)")
        for row in change.startedWaiting {
            try wait.execute(arguments: [project.rawValue, Data(row.missing.binary), Data(row.waiter.binary)])
        }
    }

    private static func empty(
        _ project: ProjectID, _ emptying: ManifestBatch.Emptying, _ database: Database
    ) throws {
        var tables = ["extents", "waiting"]
        if emptying == .journalEnds { tables.append("journals") }
        for table in tables {
            try database.cachedStatement(sql: "DELETE FROM \(table) WHERE project = ?")
                .execute(arguments: [project.rawValue])
        }
    }

    private static func move(_ blocks: [BlockRecord], _ database: Database) throws {
        let statement = try database.cachedStatement(
            sql: "UPDATE blocks SET segment = ?, offset = ?, byte_count = ? WHERE id = ?")
        for block in blocks {
            try statement.execute(arguments: [
                block.location.segment, Int64(block.location.offset), block.location.byteCount, block.id.rawValue,
            ])
        }
    }

    private static func remove(_ blocks: [BlockID], _ database: Database) throws {
        guard let last = blocks.max() else { return }
        let statement = try database.cachedStatement(sql: "DELETE FROM blocks WHERE id = ?")
        for block in blocks { try statement.execute(arguments: [block.rawValue]) }
        try database.execute(
            sql: """
                INSERT INTO last_removed_block VALUES (1, ?)
                ON CONFLICT (single) DO UPDATE SET block = max(block, excluded.block)
                """, arguments: [last.rawValue])
    }

    private static func id(_ data: Data) throws -> ObjectID {
        guard data.count == ObjectID.byteCount else { throw StorageError.corrupt("an id of \(data.count) bytes") }
        return data.withUnsafeBytes { ObjectID(binaryIn: $0, at: 0) }
    }
}
