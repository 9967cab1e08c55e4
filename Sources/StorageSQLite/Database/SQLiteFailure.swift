import GRDB
import Storage

/// SQLite's errors in the words of ``StorageError``.
enum SQLiteFailure {
    static func translated<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as DatabaseError {
            throw Self.storageError(error)
        }
    }

    static func translated<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let error as DatabaseError {
            throw Self.storageError(error)
        }
    }

    private static func storageError(_ error: DatabaseError) -> StorageError {
        switch error.resultCode.primaryResultCode {
        case .SQLITE_FULL: .full
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: .corrupt("the database is damaged: \(error.message ?? "no details")")
        default: .io("sqlite \(error.extendedResultCode.rawValue): \(error.message ?? "no details")")
        }
    }
}
