public import ObjectModel

/// Reads the operations of a scope that somebody lacks, each after all that its node had seen (Spec §9.4, `OPS-6`).
///
/// Those of a snapshot have gaps (Spec §23). Nothing may be left out of the logs while one is read.
public struct OperationFeed {
    /// Operations that the reader lacks were left out meanwhile. It needs a snapshot.
    public struct Overtaken: Error {}

    /// Operations that are read from a log at a time.
    private static let pageCount = 512

    /// What is left of one origin's log.
    private struct Log {
        var origin: NodeID
        /// What was read.
        var after: UInt64
        var last: UInt64
        /// Of that, what is not handed out.
        var page: ArraySlice<DecodedOperation> = []
    }

    private let metadata: any MetadataStore
    private let scope: LogScope
    private let isSnapshot: Bool
    private var logs: [Log]
    private var order: CausalOrder

    /// - Parameters:
    ///   - ends: of each origin, the last operation to hand out.
    ///   - held: what the reader has of each origin.
    ///   - isSnapshot: whether the logs may have gaps there.
    public init(
        _ metadata: any MetadataStore, of scope: LogScope, upTo ends: [NodeID: UInt64], held: [NodeID: UInt64],
        isSnapshot: Bool = false
    ) {
        self.metadata = metadata
        self.scope = scope
        self.isSnapshot = isSnapshot
        self.logs = ends.sorted { $0.key < $1.key }.map {
            Log(origin: $0.key, after: held[$0.key, default: 0], last: $0.value)
        }
        self.order = CausalOrder(held: held)
    }

    /// The next operations of one origin, in order; `nil` after the last ones.
    ///
    /// - Throws: ``Overtaken``, ``StorageError``.
    public mutating func next() async throws -> [DecodedOperation]? {
        // In the second round it is known of all logs what is left out before their next operations.
        for _ in 0..<2 {
            for place in self.logs.indices {
                try await self.fill(&self.logs[place])
                let count = self.order.take(from: self.logs[place].page)
                guard count > 0 else { continue }
                let run = Array(self.logs[place].page.prefix(count))
                self.logs[place].page.removeFirst(count)
                return run
            }
        }
        guard self.logs.allSatisfy(\.page.isEmpty) else {
            throw StorageError.corrupt("the logs of \(self.scope.name) lack what their operations had seen")
        }
        return nil
    }

    private func fill(_ log: inout Log) async throws {
        guard log.page.isEmpty, log.after < log.last else { return }
        let (scope, origin, after) = (self.scope, log.origin, log.after)
        let limit = min(Self.pageCount, Int(log.last - after))
        let page = try await self.metadata.read { [last = log.last] rows in
            try rows.operations(of: origin, in: scope, after: after, limit: limit).filter { $0.sequence <= last }
        }
        guard self.isSnapshot || page.last?.sequence == after + UInt64(page.count) else { throw Overtaken() }
        log.after = page.last?.sequence ?? log.last
        log.page = page.map { DecodedOperation($0) }[...]
    }
}
