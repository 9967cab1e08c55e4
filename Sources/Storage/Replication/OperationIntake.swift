public import ObjectModel

/// Takes operations of other nodes once all that they lead to is here.
public struct OperationIntake: Sendable {
    /// How far another node's clock may be ahead, in milliseconds. Its operations would else be later than all that is written
    /// here for as long.
    public static let clockAheadMax: Int64 = 60_000

    private let scope: LogScope
    private let now: Timestamp?
    let region: NodeID?
    private let purge: Purge?
    private let held: [NodeID: UInt64]

    /// - Parameters:
    ///   - now: by the clock of this node; `nil` where only one node writes.
    ///   - region: this node, where it is a region, and may have to remove projects.
    ///   - purge: what this region had to remove when it asked, where the source knows what excluded it
    ///     (``Purge/isLifted(by:)``).
    ///   - held: what this region said that it holds when it asked.
    public init(
        _ scope: LogScope, now: Timestamp?, region: NodeID? = nil, purge: Purge? = nil, held: [NodeID: UInt64] = [:]
    ) {
        self.scope = scope
        self.now = now
        self.region = region
        self.purge = purge
        self.held = held
    }

    /// Takes all of `operations`, or none.
    ///
    /// - Throws: ``OperationRefusal``, ``StorageError``.
    public func take(_ operations: [DecodedOperation], in rows: any MetadataWriting) throws {
        for read in operations { try self.require(read, rows) }
        try self.requireReturn(rows)
        try MetadataService.apply(operations, in: rows, at: self.region)
    }

    func require(_ read: DecodedOperation, _ rows: any MetadataWriting) throws {
        try self.requireTime(of: read.operation)
        // It would show other rows than the others.
        guard self.region == nil || !read.isWithheld else { throw OperationRefusal.withheld(Dot(read.operation)) }
        if let body = read.content.body { try self.requireContent(of: body, rows) }
    }

    /// A region that had to remove a project takes nothing of it from somebody who has not heard of that. What was on its way
    /// when it had to comes too late, and leans on what is not here any more.
    func requireReturn(_ rows: any MetadataWriting) throws {
        guard self.region != nil, case .project(let project) = self.scope, let purge = try rows.purge(of: project)
        else {
            return
        }
        guard purge.exclusion == self.purge?.exclusion, try rows.lastSequences(in: self.scope).covers(self.held) else {
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

    /// Versions become visible by their operations, each only with its whole closure, or all of its files.
    private func requireContent(of body: OperationBody, _ rows: any MetadataWriting) throws {
        guard case .project(let project) = self.scope else { return }
        switch body {
        case .versionCreated(let version):
            guard try rows.isComplete(version.root, in: project) else {
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
