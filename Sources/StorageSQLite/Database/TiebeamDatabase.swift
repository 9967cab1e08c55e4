public import Foundation
import GRDB
public import ObjectModel
public import Storage

/// The one SQLite file of a data directory: metadata, logs and the block manifest.
public final class TiebeamDatabase: Sendable {
    let pool: DatabasePool

    /// Reads run on the threads of tasks, of which there are as many as processors, and on a few queues beside them: nobody
    /// waits for a reader.
    private static let readerCountMax = ProcessInfo.processInfo.activeProcessorCount + 8

    /// Opens or creates the database and brings it to the newest schema. Blocks the calling thread.
    ///
    /// - Parameter onStatement: hears of each statement that is run, for tests and diagnosis.
    /// - Throws: ``StorageError/newerSchema(found:known:)`` for a file of a newer release, which is left untouched;
    ///   ``StorageError/corrupt(_:)`` for a file that is not a database.
    public init(file: URL, onStatement: (@Sendable (String) -> Void)? = nil) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.maximumReaderCount = Self.readerCountMax
        if let onStatement {
            configuration.prepareDatabase { $0.trace(options: .statement) { onStatement($0.description) } }
        }
        self.pool = try SQLiteFailure.translated {
            try Self.migrations.refuseNewer(file)
            let pool = try DatabasePool(path: file.path, configuration: configuration)
            // What is acknowledged is durable, in WAL mode too. Opening the pool has set NORMAL, after everything that
            // the configuration prepares.
            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            try Self.migrations.run(on: pool)
            // What would keep readers from opening is told now.
            try pool.read { _ in }
            return pool
        }
    }

    /// - Parameters:
    ///   - events: where those who watch are told from.
    ///   - isComplete: asks the object store; called within a write transaction.
    public func metadataStore(
        events: EventBus = EventBus(), isComplete: @escaping @Sendable (ObjectID, ProjectID) throws -> Bool
    ) -> some MetadataStore {
        SQLiteMetadataStore(pool: self.pool, events: events, isComplete: isComplete)
    }

    /// The manifest of the object store in the same file.
    public func blockManifest() -> some BlockManifest {
        SQLiteBlockManifest(pool: self.pool) { database in
            SQLiteTransaction(database) { root, _ in
                throw StorageError.io("completeness of \(root) was asked for within a commit of objects")
            }
        }
    }

    /// Gives every journal a new epoch: positions in them that others have kept mean nothing any more. Call it before the
    /// object store reads the manifest.
    public func renumberJournals() throws {
        try SQLiteFailure.translated {
            try self.pool.write { try $0.execute(sql: "UPDATE journals SET epoch = random()") }
        }
    }

    /// Closes the file once all reads and writes have ended. All is in the one file then, unless another connection
    /// is reading it.
    public func close() throws {
        try SQLiteFailure.translated {
            // The pool closes its readers last, and those do not empty the write-ahead log.
            _ = try? self.pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
            try self.pool.close()
        }
    }
}
