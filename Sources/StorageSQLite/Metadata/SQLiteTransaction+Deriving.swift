import GRDB
import ObjectModel
import Storage

/// Rows that a release before did not keep, when the schema changes.
extension SQLiteTransaction {
    /// What versions lead to is as complete as it was.
    convenience init(migrating database: Database) {
        self.init(database) { _, _ in true }
    }

    /// Derives what logs say that was kept and not understood.
    ///
    /// - Parameters:
    ///   - scopes: whose logs may say it; all when `nil`.
    ///   - fields: those that are new of these operations; all when `nil`.
    ///   - isNew: whether the release before did not know an operation.
    static func deriveNew(
        in database: Database, only scopes: [LogScope]? = nil, fields: Set<MergeField>? = nil,
        where isNew: (OperationBody) -> Bool
    ) throws {
        let rows = SQLiteTransaction(migrating: database)
        for scope in try scopes ?? rows.scopes() {
            try MetadataService.noteNew(scope, in: rows, fields: fields, where: isNew)
        }
    }
}
