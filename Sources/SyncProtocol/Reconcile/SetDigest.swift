/// Tells by a few bytes whether two sets of keyed ids are equal (Spec §18.2, `RECON-3`).
public struct SetDigest: Hashable, Sendable {
    /// Members of the set; at most ``Limits/sketchObjectCountMax``.
    public var count: Int
    /// Sum of their keyed ids, modulo 2^64.
    public var sum: UInt64

    public init(count: Int = 0, sum: UInt64 = 0) {
        self.count = count
        self.sum = sum
    }

    mutating func insert(_ keyedID: UInt64) {
        self.count += 1
        self.sum &+= keyedID
    }

    mutating func remove(_ keyedID: UInt64) {
        self.count -= 1
        self.sum &-= keyedID
    }
}
