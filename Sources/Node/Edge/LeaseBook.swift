import ObjectModel
import Storage
import Synchronization

/// The leases that an edge holds: what people may do, as its region said last (Spec §21.2).
///
/// A lease is asked for once in a while for each token and project. While the region can be reached nothing is allowed by a
/// lease that is older than a minute; while it cannot, until the lease ends.
actor LeaseBook {
    /// Leases that are in memory.
    private static let countMax = 16_384

    private let store: any EdgeStore
    private let upstream: any EdgeUpstream
    private let clock: @Sendable () -> UptimeReading
    private let files = BlockingQueue(label: "leases", isConcurrent: true)
    private var held: [LeaseKey: HeldLease] = [:]
    private var asking: [LeaseKey: Task<HeldLease?, any Error>] = [:]

    init(store: any EdgeStore, upstream: any EdgeUpstream, clock: @escaping @Sendable () -> UptimeReading) {
        self.store = store
        self.upstream = upstream
        self.clock = clock
    }

    /// The lease that whoever shows `token` may act by now; `nil` when the region refuses one.
    ///
    /// - Throws: ``StorageError/unreachable`` when there is none and the region cannot be asked.
    func lease(on project: ProjectID, for token: String?, _ access: Lease.Access = .read) async throws -> SignedLease? {
        let key = LeaseKey(tokenDigest: token.map { ContentHash(of: $0) }, project: project)
        guard let held = try await self.heldLease(at: key) else { return try await self.ask(key, token)?.signedLease }
        switch held.use(access, at: self.clock(), connection: self.upstream.connectionNumber) {
        case .act: return held.signedLease
        case .renew:
            Task { try? await self.ask(key, token) }
            return held.signedLease
        case .ask:
            do {
                return try await self.ask(key, token)?.signedLease
            } catch StorageError.unreachable {
                return held.signedLease
            }
        case .askForMore: return try await self.ask(key, token)?.signedLease
        }
    }

    /// What is held and has not ended.
    private func heldLease(at key: LeaseKey) async throws -> HeldLease? {
        guard let held = try await self.keptLease(at: key), !held.hasEnded(at: self.clock()) else { return nil }
        return held
    }

    private func keptLease(at key: LeaseKey) async throws -> HeldLease? {
        if let held = self.held[key] { return held }
        guard let kept = try await self.files.run({ [store] in try store.lease(key) }),
            let lease = self.upstream.verified(kept.signed), HeldLease.matches(lease, key)
        else { return nil }
        let held = HeldLease(lease: lease, signed: kept.signed, askedAt: kept.askedAt, connection: nil)
        self.hold(held, at: key)
        return held
    }

    private func hold(_ held: HeldLease, at key: LeaseKey) {
        if self.held.count >= Self.countMax { self.held.removeAll() }
        self.held[key] = held
    }

    /// Asks the region, once for all who wait.
    private func ask(_ key: LeaseKey, _ token: String?) async throws -> HeldLease? {
        if let asking = self.asking[key] { return try await asking.value }
        let asking = Task { try await self.askNow(key, token) }
        self.asking[key] = asking
        defer { self.asking[key] = nil }
        return try await asking.value
    }

    private func askNow(_ key: LeaseKey, _ token: String?) async throws -> HeldLease? {
        let (askedAt, connection) = (self.clock(), self.upstream.connectionNumber)
        guard let lease = try await self.upstream.lease(on: key.project, for: token),
            HeldLease.matches(lease.lease, key)
        else {
            self.held[key] = nil
            try await self.files.run { [store] in try store.removeLease(at: key) }
            return nil
        }
        let held = HeldLease(lease: lease.lease, signed: lease.signed, askedAt: askedAt, connection: connection)
        self.hold(held, at: key)
        try await self.files.run { [store] in
            try store.put(KeptLease(signed: lease.signed, askedAt: askedAt), at: key)
        }
        return held
    }
}

extension HeldLease {
    fileprivate var signedLease: SignedLease { SignedLease(lease: self.lease, signed: self.signed) }
}
