public import ObjectModel

/// Reads the operations of a scope that somebody lacks, each after all that its node had seen (Spec §9.4, `OPS-6`).
public struct OperationFeed {
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
    private var logs: [Log]
    private var order: CausalOrder

    /// - Parameters:
    ///   - ends: of each origin, the last operation to hand out.
    ///   - held: what the reader has of each origin.
    public init(
        _ metadata: any MetadataStore, of scope: LogScope, upTo ends: [NodeID: UInt64], held: [NodeID: UInt64]
    ) {
        self.metadata = metadata
        self.scope = scope
        self.logs = ends.sorted { $0.key < $1.key }.map {
            Log(origin: $0.key, after: held[$0.key, default: 0], last: $0.value)
        }
        self.order = CausalOrder(held: held)
    }

    /// The next operations of one origin; `nil` after the last ones.
    public mutating func next() async throws -> [DecodedOperation]? {
        for place in self.logs.indices {
            try await self.fill(&self.logs[place])
            let count = self.order.take(from: self.logs[place].page)
            guard count > 0 else { continue }
            let run = Array(self.logs[place].page.prefix(count))
            self.logs[place].page.removeFirst(count)
            return run
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
        let page = try await self.metadata.read { rows in
            try rows.operations(of: origin, in: scope, after: after, limit: limit)
        }
        guard let last = page.last else { throw StorageError.corrupt("the log of \(scope.name) has a gap") }
        log.after = last.sequence
        log.page = page.map { DecodedOperation($0) }[...]
    }
}
