public import ObjectModel
import Storage
import SyncProtocol
public import SyncTransport
import Synchronization

/// What a region does for its edges (Spec §21): answers calls, gives leases, and remembers what it gave.
public struct EdgeServing: Sendable {
    private let signer: LeaseSigner
    let calls: any CallHandler
    private let leaseSeconds: UInt64
    private let clock: @Sendable () -> Timestamp
    private let given = SharedLeases()

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
        self.given.leases.withLock {
            $0.note(access, to: project, at: edge, seconds: self.leaseSeconds, now: .now)
        }
        return self.signer.sign(
            Lease(
                region: self.signer.node, edge: edge, project: project, holder: holder, access: access,
                issuedAt: self.clock(), seconds: self.leaseSeconds))
    }

    /// What an edge may do by the leases that it was given (`LEASE-7`).
    func access(of edge: NodeID, to project: ProjectID) -> ProjectAccess {
        switch self.given.leases.withLock({ $0.access(of: edge, to: project, now: .now) }) {
        case .write: .write
        case .read: .read
        case nil: .none
        }
    }
}

private final class SharedLeases: Sendable {
    let leases = Mutex(GivenLeases())
}
