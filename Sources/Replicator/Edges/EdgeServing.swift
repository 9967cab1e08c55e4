public import ObjectModel
import SyncProtocol
public import SyncTransport
import Synchronization

/// What a region does for its edges (Spec §21): answers calls, gives leases, and remembers what it gave.
public struct EdgeServing: Sendable {
    private let signer: LeaseSigner
    let calls: any CallHandler
    private let leaseSeconds: UInt64
    private let clock: @Sendable () -> Timestamp
    private let given = GivenLeases()

    /// - Parameter leaseSeconds: how long edges may go on without this region; at most ``Limits/leaseSecondsMax``.
    public init(
        signer: LeaseSigner, calls: any CallHandler, leaseSeconds: UInt64, clock: @escaping @Sendable () -> Timestamp
    ) {
        self.signer = signer
        self.calls = calls
        self.leaseSeconds = leaseSeconds
        self.clock = clock
    }

    /// Signs a lease, and lets the edge act by it from now on.
    func give(
        _ access: Lease.Access, to project: ProjectID, for holder: Lease.Holder?, at edge: NodeID
    ) -> LeasedMessage {
        self.given.note(access, to: project, at: edge, seconds: self.leaseSeconds)
        return self.signer.sign(
            Lease(
                region: self.signer.node, edge: edge, project: project, holder: holder, access: access,
                issuedAt: self.clock(), seconds: self.leaseSeconds))
    }

    /// What an edge may do by the leases that it was given (`LEASE-7`).
    func access(of edge: NodeID, to project: ProjectID) -> ProjectAccess {
        switch self.given.access(of: edge, to: project) {
        case .write: .write
        case .read: .read
        case nil: .none
        }
    }
}

/// Which edge may read or write which project, until when. Lost when the process ends: edges ask again then.
private final class GivenLeases: Sendable {
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

    private let ends = Mutex<(leases: [Key: Ends], sweepAt: Int)>(([:], GivenLeases.sweepCount))

    func note(_ access: Lease.Access, to project: ProjectID, at edge: NodeID, seconds: UInt64) {
        let now = ContinuousClock.now
        let end = now + .seconds(Int64(seconds))
        self.ends.withLock { state in
            let key = Key(edge: edge, project: project)
            var ends = state.leases[key] ?? Ends(read: end)
            ends.read = max(ends.read, end)
            if access == .write { ends.write = end }
            state.leases[key] = ends
            guard state.leases.count > state.sweepAt else { return }
            state.leases = state.leases.filter { $0.value.read > now }
            state.sweepAt = max(Self.sweepCount, 2 * state.leases.count)
        }
    }

    func access(of edge: NodeID, to project: ProjectID) -> Lease.Access? {
        let now = ContinuousClock.now
        guard let ends = self.ends.withLock({ $0.leases[Key(edge: edge, project: project)] }), ends.read > now else {
            return nil
        }
        return ends.write.map { $0 > now } ?? false ? .write : .read
    }
}
