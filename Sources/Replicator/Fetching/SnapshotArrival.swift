import ObjectModel
import Storage

/// A snapshot that is on its way: puts its operations aside, some at a time, and takes all of them in the end.
struct SnapshotArrival {
    private let intake: SnapshotIntake
    private let metadata: any MetadataStore
    private var waiting: [Operation] = []
    private var waitingByteCount = 0
    private var operationCount = 0
    /// OPS messages that came.
    var messageCount = 0

    /// Forgets what was put aside of one before.
    init(_ intake: SnapshotIntake, _ metadata: any MetadataStore) async throws {
        self.intake = intake
        self.metadata = metadata
        try await metadata.write { try intake.begin(in: $0) }
    }

    mutating func putAside(_ operations: [Operation]) async throws {
        self.operationCount += operations.count
        self.waiting += operations
        self.waitingByteCount += operations.reduce(0) { $0 + $1.body.count }
        guard self.waitingByteCount >= Limits.arrivedByteCountTarget else { return }
        try await self.metadata.write { [intake, waiting] in try intake.putAside(waiting, in: $0) }
        (self.waiting, self.waitingByteCount) = ([], 0)
    }

    /// Takes all that came, in one transaction.
    ///
    /// - Throws: ``OperationRefusal``, ``StorageError``.
    func take() async throws {
        try await self.metadata.write { [intake, waiting, operationCount] rows in
            try intake.putAside(waiting, in: rows)
            try intake.take(operationCount, in: rows)
        }
    }
}
