import ObjectModel
import Storage
import Synchronization

/// The leases that an edge holds: what people may do, as its region said last (Spec §21.2).
///
/// A lease is asked for once in a while for each token and project. While the region can be reached nothing is allowed by a
/// lease that is older than a minute; while it cannot, until the lease ends.
actor LeaseBook {
    /// Younger leases are not asked for again.
    private static let freshTime: Int64 = 10_000
    /// Older ones are asked for before they are acted by (`LEASE-6`), in milliseconds.
    private static let staleTime: Int64 = 60_000
    /// Leases that are in memory.
    private static let countMax = 16_384

    private struct Held {
        var lease: SignedLease
        var askedAt: UptimeReading
        /// The connection on which it was asked for; `nil` is one of a process before.
        var connection: Int?
    }

    private let store: any EdgeStore
    private let upstream: any EdgeUpstream
    private let clock: @Sendable () -> UptimeReading
    private let files = BlockingQueue(label: "leases", isConcurrent: true)
    private var held: [LeaseKey: Held] = [:]
    private var asking: [LeaseKey: Task<Held?, any Error>] = [:]

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
        guard let held = try await self.heldLease(at: key) else { return try await self.ask(key, token)?.lease }
        // Another region, or one that began anew, does not know what this edge was leased.
        let connection = self.upstream.connectionNumber
        let isKnown = connection == nil || connection == held.connection
        let age = isKnown ? self.clock().milliseconds(since: held.askedAt) ?? .max : .max
        guard age >= Self.freshTime else {
            // A right that was given since is worth asking for.
            return held.lease.lease.access >= access ? held.lease : try await self.ask(key, token)?.lease
        }
        guard age >= Self.staleTime || held.lease.lease.access < access else {
            Task { try? await self.ask(key, token) }
            return held.lease
        }
        do {
            return try await self.ask(key, token)?.lease
        } catch StorageError.unreachable {
            return held.lease
        }
    }

    /// What is held and has not ended.
    private func heldLease(at key: LeaseKey) async throws -> Held? {
        let held = try await self.keptLease(at: key)
        guard let held, let age = self.clock().milliseconds(since: held.askedAt),
            age < Int64(held.lease.lease.seconds) * 1000
        else { return nil }
        return held
    }

    private func keptLease(at key: LeaseKey) async throws -> Held? {
        if let held = self.held[key] { return held }
        guard let kept = try await self.files.run({ [store] in try store.lease(key) }),
            let lease = self.upstream.verified(kept.signed), Self.matches(lease, key)
        else { return nil }
        let held = Held(lease: SignedLease(lease: lease, signed: kept.signed), askedAt: kept.askedAt, connection: nil)
        self.hold(held, at: key)
        return held
    }

    private func hold(_ held: Held, at key: LeaseKey) {
        if self.held.count >= Self.countMax { self.held.removeAll() }
        self.held[key] = held
    }

    /// Asks the region, once for all who wait.
    private func ask(_ key: LeaseKey, _ token: String?) async throws -> Held? {
        if let asking = self.asking[key] { return try await asking.value }
        let asking = Task { try await self.askNow(key, token) }
        self.asking[key] = asking
        defer { self.asking[key] = nil }
        return try await asking.value
    }

    private func askNow(_ key: LeaseKey, _ token: String?) async throws -> Held? {
        let (askedAt, connection) = (self.clock(), self.upstream.connectionNumber)
        guard let lease = try await self.upstream.lease(on: key.project, for: token), Self.matches(lease.lease, key)
        else {
            self.held[key] = nil
            try await self.files.run { [store] in try store.removeLease(at: key) }
            return nil
        }
        let held = Held(lease: lease, askedAt: askedAt, connection: connection)
        self.hold(held, at: key)
        try await self.files.run { [store] in
            try store.put(KeptLease(signed: lease.signed, askedAt: askedAt), at: key)
        }
        return held
    }

    /// Whether it is what was asked for (`LEASE-5`).
    private static func matches(_ lease: Lease, _ key: LeaseKey) -> Bool {
        lease.project == key.project && lease.holder?.tokenDigest == key.tokenDigest
    }
}
