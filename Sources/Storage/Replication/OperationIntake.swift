public import ObjectModel

/// Takes operations of other nodes once all that they lead to is here.
public struct OperationIntake: Sendable {
    /// How far another node's clock may be ahead, in milliseconds. Its operations would else be later than all that is written
    /// here for as long.
    public static let clockAheadMax: Int64 = 60_000

    private let scope: LogScope
    private let now: Timestamp?
    private let node: NodeID?

    /// - Parameters:
    ///   - now: by the clock of this node; `nil` where only one node writes.
    ///   - node: this region; `nil` where only one node writes.
    public init(_ scope: LogScope, now: Timestamp?, node: NodeID? = nil) {
        self.scope = scope
        self.now = now
        self.node = node
    }

    /// Takes all of `operations`, or none.
    ///
    /// - Throws: ``OperationRefusal``, ``StorageError``.
    public func take(_ operations: [DecodedOperation], in rows: any MetadataWriting) throws {
        for read in operations {
            try self.requireTime(of: read.operation)
            if let body = read.content.body { try self.requireContent(of: body, rows) }
        }
        try MetadataService.apply(operations, in: rows)
        if let node, case .project(let project) = self.scope, try !rows.admits(region: node, to: project) {
            throw OperationRefusal.excluded(project)
        }
    }

    private func requireTime(of operation: Operation) throws {
        guard let now else { return }
        let (ahead, isOverflow) = operation.timestamp.millisecondsSinceEpoch.subtractingReportingOverflow(
            now.millisecondsSinceEpoch)
        guard isOverflow || ahead <= Self.clockAheadMax else {
            throw OperationRefusal.future(Dot(operation), milliseconds: ahead)
        }
    }

    /// Versions become visible by their operations, each only with its whole closure.
    private func requireContent(of body: OperationBody, _ rows: any MetadataWriting) throws {
        guard case .project(let project) = self.scope else { return }
        switch body {
        case .versionCreated(let version):
            guard try rows.isComplete(version.rootObject, in: project) else {
                throw OperationRefusal.incomplete(version.id)
            }
        case .blobCreated(let blob):
            guard try rows.content(blob.digest, in: project) == blob.content else {
                throw OperationRefusal.fileMissing(blob.id)
            }
        default: return
        }
    }
}
