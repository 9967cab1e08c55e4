public import ObjectModel

/// What may be left out of logs, what other regions are known to hold, and snapshots that are on their way. Local to the
/// node: never in a log.
public protocol CompactionReading {
    /// Of each origin, up to where operations may be left out of its log. Behind that, every one is there.
    func compactedMarks(in scope: LogScope) throws -> [NodeID: UInt64]
    /// Operations that the logs of a scope have.
    func operationCount(in scope: LogScope) throws -> Int
    /// Of each origin, up to where a region said that it holds its log durably; empty when it never did.
    func acknowledgedMarks(of region: NodeID, in scope: LogScope) throws -> [NodeID: UInt64]
    /// When regions were heard last, as far as that was noted.
    func regionsHeard() throws -> [NodeID: Timestamp]
    /// Operations of a snapshot that were put aside, in the order in which they came.
    ///
    /// - Parameter count: how many of them to pass over.
    func arrivedOperations(
        in scope: LogScope, from source: NodeID, skipping count: Int, limit: Int
    ) throws -> [Operation]
}

public protocol CompactionWriting {
    /// Inserts or replaces by scope and origin.
    func putCompactedMark(_ sequence: UInt64, of origin: NodeID, in scope: LogScope) throws
    /// Leaves an operation out of its log.
    func deleteOperation(_ dot: Dot, in scope: LogScope) throws
    /// Puts what is left of an operation in its place.
    func replace(_ operation: Operation) throws
    /// Appends an operation of a snapshot: those between it and the last one are left out.
    func appendAfterGap(_ operation: Operation) throws
    /// From now on a region is known to hold exactly these.
    func putAcknowledgedMarks(_ marks: [NodeID: UInt64], of region: NodeID, in scope: LogScope) throws
    /// Inserts or replaces by region.
    func putRegionHeard(_ region: NodeID, at time: Timestamp) throws
    /// Puts operations of a snapshot aside, behind those that were before.
    func putArrived(_ operations: [Operation], from source: NodeID) throws
    func deleteArrived(in scope: LogScope, from source: NodeID) throws
}

extension CompactionReading {
    /// Whether a reader that holds `held` lacks operations that may be left out here.
    public func needsSnapshot(_ held: [NodeID: UInt64], in scope: LogScope) throws -> Bool {
        try self.compactedMarks(in: scope).contains { held[$0.key, default: 0] < $0.value }
    }
}
