import Storage
import StorageTestKit
import Synchronization

/// The process ended.
struct SimulatedCrash: Error {}

/// Metadata on a disk of its own. The process may end before or after any write.
final class SimulatedStore: MetadataStore {
    enum Fault {
        case beforeCommit
        case afterCommit
    }

    private let rows: Mutex<MemoryMetadataStore>
    private let fault = Mutex<(fault: Fault, skipped: Int)?>(nil)

    init(_ rows: MemoryMetadataStore) {
        self.rows = Mutex(rows)
    }

    /// The next write, or one after so many others, is the last one of the process.
    func fail(_ fault: Fault?, after skipped: Int = 0) {
        self.fault.withLock { $0 = fault.map { ($0, skipped) } }
    }

    /// For a write that is more than metadata.
    func takeFault() -> Fault? {
        self.fault.withLock { armed in
            guard let (fault, skipped) = armed else { return nil }
            armed = skipped > 0 ? (fault, skipped - 1) : nil
            return skipped > 0 ? nil : fault
        }
    }

    var disk: MemoryMetadataStore {
        get { self.rows.withLock { $0 } }
        set { self.rows.withLock { $0 = newValue } }
    }

    func read<Result: Sendable>(_ body: @Sendable (any MetadataReading) throws -> Result) async throws -> Result {
        try await self.disk.read(body)
    }

    func write<Result: Sendable>(_ body: @Sendable (any MetadataWriting) throws -> Result) async throws -> Result {
        let fault = self.takeFault()
        let result = try await self.disk.write { rows in
            let result = try body(rows)
            if fault == .beforeCommit { throw SimulatedCrash() }
            return result
        }
        if fault == .afterCommit { throw SimulatedCrash() }
        return result
    }
}
