public import ObjectModel

/// Takes a snapshot of the logs of one scope: the operations that another node kept, with gaps where it left some out.
///
/// Operations are put aside as they come. When all are there they are taken in one transaction, beside what is here already.
public struct SnapshotIntake: Sendable {
    private static let pageCount = 512

    private let scope: LogScope
    private let source: NodeID
    private let compacted: [NodeID: UInt64]
    private let intake: OperationIntake

    /// - Parameters:
    ///   - source: the node that sends it.
    ///   - compacted: of each origin, up to where operations may be left out.
    ///   - intake: takes operations of the scope without gaps.
    public init(
        _ scope: LogScope, from source: NodeID, compacted: [NodeID: UInt64], intake: OperationIntake
    ) {
        self.scope = scope
        self.source = source
        self.compacted = compacted
        self.intake = intake
    }

    /// Forgets what was put aside of a snapshot before, which was cut.
    public func begin(in rows: any MetadataWriting) throws {
        try rows.deleteArrived(in: self.scope, from: self.source)
    }

    public func putAside(_ operations: [Operation], in rows: any MetadataWriting) throws {
        try rows.putArrived(operations, from: self.source)
    }

    /// Takes all that was put aside, or nothing.
    ///
    /// - Parameter expectedCount: operations that were put aside since ``begin(in:)``.
    /// - Throws: ``OperationRefusal``, ``StorageError``.
    public func take(_ expectedCount: Int, in rows: any MetadataWriting) throws {
        try self.intake.requireReturn(rows)
        // What operations lead to must be here before any is taken: one that deletes a project lets go of its files.
        let before = try rows.lastSequences(in: self.scope)
        let count = try self.visit(rows) { read in
            let isNew = read.operation.sequence > before[read.operation.origin, default: 0]
            if isNew { try self.intake.require(read, rows) }
        }
        guard count == expectedCount else {
            throw StorageError.corrupt("\(count) operations of a snapshot were put aside, not \(expectedCount)")
        }
        var seen: [NodeID: UInt64] = [:]
        let changes = ConflictChanges()
        try self.visit(rows) { try self.take($0, &seen, changes, in: rows) }
        if let region = self.intake.region {
            try WebhookOutbox(rows, at: region).tell(opened: changes.opened, in: self.scope)
        }
        try self.noteTraces(in: rows)
        let ends = try rows.lastSequences(in: self.scope)
        for (origin, sequence) in self.compacted.merging(seen, uniquingKeysWith: max)
        where ends[origin, default: 0] < sequence {
            throw StorageError.corrupt(
                "a snapshot ends at \(ends[origin, default: 0]) of \(origin), before \(sequence)")
        }
        let marks = try rows.compactedMarks(in: self.scope)
        for (origin, mark) in self.compacted where mark > marks[origin, default: 0] {
            try rows.putCompactedMark(mark, of: origin, in: self.scope)
        }
        try rows.deleteArrived(in: self.scope, from: self.source)
    }

    /// Traces do not say what their nodes had seen, so that they may come before the project.
    private func noteTraces(in rows: any MetadataWriting) throws {
        guard case .project(let project) = self.scope, try rows.project(project) != nil else { return }
        let book = ActivityBook(rows, project)
        try self.visit(rows) { read in
            if read.isTrace, let body = read.content.body { try book.note(read.operation, body) }
        }
    }

    /// Passes all that was put aside to `body`, in its order.
    ///
    /// - Returns: how many operations that are.
    @discardableResult
    private func visit(_ rows: any MetadataWriting, _ body: (DecodedOperation) throws -> Void) throws -> Int {
        var count = 0
        while true {
            let page = try rows.arrivedOperations(
                in: self.scope, from: self.source, skipping: count, limit: Self.pageCount)
            if page.isEmpty { return count }
            for operation in page { try body(DecodedOperation(operation)) }
            count += page.count
        }
    }

    /// - Parameter seen: of each origin, the last operation that any before this one had seen.
    private func take(
        _ read: DecodedOperation, _ seen: inout [NodeID: UInt64], _ changes: ConflictChanges,
        in rows: any MetadataWriting
    ) throws {
        let (operation, content) = (read.operation, read.content)
        let last = try rows.lastSequence(of: operation.origin, in: self.scope)
        guard operation.sequence > last else { return }
        // Those that it had seen are here, came before it, or are left out for what comes.
        guard operation.sequence > seen[operation.origin, default: 0] else {
            throw OperationRefusal.early(
                Dot(origin: operation.origin, sequence: seen[operation.origin, default: 0]), seen: Dot(operation))
        }
        if let fingerprint = content.context.previous, operation.sequence == last + 1 {
            let previous = try rows.operation(Dot(origin: operation.origin, sequence: last), in: self.scope)
                .map { DecodedOperation($0) }
            // What was in a trace's place is not known any more.
            guard previous.map({ $0.isBefore(fingerprint) || $0.isTrace }) ?? false else {
                throw OperationRefusal.forked(Dot(operation))
            }
        }
        guard !read.isTrace || operation.sequence < self.compacted[operation.origin, default: 0] else {
            throw StorageError.corrupt(read.misplacedTrace)
        }
        try rows.appendAfterGap(operation)
        if !read.isTrace {
            try Merge(rows: rows, scope: self.scope, changes: changes).apply(operation, content)
        }
        seen.merge(content.context.seen, uniquingKeysWith: max)
    }
}
