public import ObjectModel

/// Leaves out of the logs of one scope what nobody asks for any more and nothing is made of (`docs/adr/0010-compaction.md`).
///
/// Marks move first, in a transaction of their own, so that nobody is sent a log with a hole; then operations go, some in each
/// transaction. What a crash leaves, the next run removes.
public struct LogCompaction: Sendable {
    /// Operations that are looked at in one transaction.
    private static let pageCount = 256

    private let metadata: any MetadataStore
    private let scope: LogScope

    public init(_ metadata: any MetadataStore, of scope: LogScope) {
        self.metadata = metadata
        self.scope = scope
    }

    /// - Parameters:
    ///   - regions: that must hold what goes.
    ///   - time: operations from then on stay, for readers that nobody counts.
    ///   - countMin: operations that must be new among those that may go. Else, or when they are few beside those that were
    ///     kept, nothing happens: each run looks at all that was kept.
    /// - Returns: how many operations went.
    public func run(heldBy regions: [NodeID], before time: Timestamp, countMin: Int) async throws -> Int {
        let (before, marks, keptCount) = try await self.metadata.read { [scope] rows in
            var marks = try rows.stableMarks(in: scope, heldBy: regions)
            let before = try rows.compactedMarks(in: scope)
            for (origin, mark) in marks {
                marks[origin] = try Self.lastSequence(
                    of: origin, in: scope, from: before[origin, default: 0], upTo: mark, before: time, rows)
            }
            let newCount = Self.newCount(before, marks)
            return (before, marks, newCount < countMin ? 0 : try rows.operationCount(in: scope))
        }
        let newCount = Self.newCount(before, marks)
        guard newCount > 0, newCount >= countMin, newCount >= (keptCount - newCount) / 4 else { return 0 }
        try await self.metadata.write { [scope] rows in
            for (origin, mark) in marks where mark > before[origin, default: 0] {
                try rows.putCompactedMark(mark, of: origin, in: scope)
            }
        }
        var count = 0
        for (origin, mark) in marks.sorted(by: { $0.key < $1.key }) {
            count += try await self.sweep(origin, upTo: mark)
        }
        return count
    }

    private static func newCount(_ before: [NodeID: UInt64], _ marks: [NodeID: UInt64]) -> Int {
        marks.reduce(0) { $0 + Int(clamping: $1.value - before[$1.key, default: 0]) }
    }

    /// The last operation of those up to `end` that was made before `time`. Operations of one origin are in the order of
    /// their times.
    private static func lastSequence(
        of origin: NodeID, in scope: LogScope, from first: UInt64, upTo end: UInt64, before time: Timestamp,
        _ rows: any MetadataReading
    ) throws -> UInt64 {
        var (last, beyond) = (first, max(first, end) + 1)
        while beyond - last > 1 {
            let middle = last + (beyond - last) / 2
            let operation = try rows.operation(Dot(origin: origin, sequence: middle), in: scope)
            if let operation, operation.timestamp < time { last = middle } else { beyond = middle }
        }
        return last
    }

    /// The operation at the mark stays: the next one names its fingerprint.
    private func sweep(_ origin: NodeID, upTo mark: UInt64) async throws -> Int {
        var (last, count) = (UInt64(0), 0)
        while last < mark {
            let (end, needless) = try await self.metadata.read { [scope, last] rows in
                let page = try rows.operations(of: origin, in: scope, after: last, limit: Self.pageCount)
                    .filter { $0.sequence < mark }
                let needless = try page.map { DecodedOperation($0) }.filter { !(try Self.isNeeded($0, rows)) }
                return (page.last?.sequence, needless)
            }
            guard let end else { break }
            if !needless.isEmpty { try await self.metadata.write { try self.leaveOut(needless, of: $0) } }
            count += needless.count
            last = end
        }
        return count
    }

    /// What was done in a project stays known as long as the project is there.
    private func leaveOut(_ operations: [DecodedOperation], of rows: any MetadataWriting) throws {
        let isThere = try Self.hasActivity(self.scope, rows)
        for decoded in operations {
            if isThere, let trace = try decoded.trace {
                try rows.replace(trace)
            } else {
                try rows.deleteOperation(Dot(decoded.operation), in: self.scope)
            }
        }
    }

    private static func hasActivity(_ scope: LogScope, _ rows: any MetadataReading) throws -> Bool {
        guard case .project(let project) = scope else { return false }
        return try rows.project(project) != nil
    }

    /// Whether rows, conflicts or times may be made of the operation, now or later. One that is not needed never is again.
    static func isNeeded(_ read: DecodedOperation, _ rows: any MetadataReading) throws -> Bool {
        let (operation, scope) = (read.operation, read.operation.scope)
        guard let body = read.content.body, body.belongs(to: scope) else { return true }
        if read.isTrace { return try Self.hasActivity(scope, rows) }
        let dot = Dot(operation)
        for entity in Set(body.writes(by: dot, operation.actor).map(\.entity)) {
            if try rows.liveWrites(of: entity, in: scope).contains(where: { $0.dot == dot }) { return true }
        }
        guard scope != .server else { return false }
        return try body.touched.contains { entity in
            try rows.lastTouch(of: entity, in: scope).map { $0 <= operation.timestamp } ?? true
        }
    }
}
