public import ObjectModel

/// Which edge may read or write which project, until when, by the leases that a region gave (`LEASE-7`). Lost when the process
/// ends: edges ask again then.
public struct GivenLeases: Sendable {
    private struct Key: Hashable {
        var edge: NodeID
        var project: ProjectID
    }

    private struct Ends {
        var read: ContinuousClock.Instant
        var write: ContinuousClock.Instant?
    }

    /// Above so many, those that have ended are forgotten.
    private static let sweepCount = 4_096

    private var leases: [Key: Ends] = [:]
    private var sweepAt = GivenLeases.sweepCount

    public init() {}

    public mutating func note(
        _ access: Lease.Access, to project: ProjectID, at edge: NodeID, seconds: UInt64, now: ContinuousClock.Instant
    ) {
        let end = now + .seconds(Int64(seconds))
        let key = Key(edge: edge, project: project)
        var ends = self.leases[key] ?? Ends(read: end)
        ends.read = max(ends.read, end)
        if access == .write { ends.write = end }
        self.leases[key] = ends
        guard self.leases.count > self.sweepAt else { return }
        self.leases = self.leases.filter { $0.value.read > now }
        self.sweepAt = max(Self.sweepCount, 2 * self.leases.count)
    }

    /// `nil` when the edge may nothing.
    public func access(of edge: NodeID, to project: ProjectID, now: ContinuousClock.Instant) -> Lease.Access? {
        guard let ends = self.leases[Key(edge: edge, project: project)], ends.read > now else { return nil }
        return ends.write.map { $0 > now } ?? false ? .write : .read
    }
}
