public import ObjectModel

/// A lease as an edge holds it, and what may be done by it now (Spec §21.2).
public struct HeldLease: Equatable, Sendable {
    /// Younger leases are not asked for again, in milliseconds.
    private static let freshTime: Int64 = 10_000
    /// Older ones are asked for before they are acted by (`LEASE-6`), in milliseconds.
    private static let staleTime: Int64 = 60_000

    public enum Use: Equatable, Sendable {
        case act
        /// Act by it, and ask for it again meanwhile.
        case renew
        /// Ask again first. While the region cannot be reached, act by it.
        case ask
        /// Ask again: it does not allow what is wanted. A right that was given since is worth asking for.
        case askForMore
    }

    public var lease: Lease
    /// As it is kept, and shown to a region.
    public var signed: [UInt8]
    public var askedAt: UptimeReading
    /// The connection on which it was asked for; `nil` is one of a process before.
    public var connection: Int?

    public init(lease: Lease, signed: [UInt8], askedAt: UptimeReading, connection: Int?) {
        self.lease = lease
        self.signed = signed
        self.askedAt = askedAt
        self.connection = connection
    }

    /// Whether nobody may be served by it any more.
    public func hasEnded(at now: UptimeReading) -> Bool {
        guard let age = now.milliseconds(since: self.askedAt) else { return true }
        return age >= Int64(self.lease.seconds) * 1000
    }

    /// - Parameter connection: to a region; `nil` when there is none. Another region, or one that began anew, does not know what
    ///   this edge was leased.
    public func use(_ access: Lease.Access, at now: UptimeReading, connection: Int?) -> Use {
        let isKnown = connection == nil || connection == self.connection
        let age = isKnown ? now.milliseconds(since: self.askedAt) ?? .max : .max
        guard age >= Self.freshTime else { return self.lease.access >= access ? .act : .askForMore }
        return age >= Self.staleTime || self.lease.access < access ? .ask : .renew
    }

    /// Whether it is what was asked for (`LEASE-5`).
    public static func matches(_ lease: Lease, _ key: LeaseKey) -> Bool {
        lease.project == key.project && lease.holder?.tokenDigest == key.tokenDigest
    }
}
