/// One cell of a sketch: what the members of a set that fall into it add up to (Spec §18.3).
public struct SketchCell: Hashable, Sendable {
    /// Exclusive or of their keyed ids.
    public var ids: UInt64
    /// Exclusive or of their checksums.
    public var checksums: UInt32
    /// How many they are; in the difference of two sketches, ours count below zero.
    public var count: Int32

    public init(ids: UInt64 = 0, checksums: UInt32 = 0, count: Int32 = 0) {
        self.ids = ids
        self.checksums = checksums
        self.count = count
    }

    /// Nothing fell into it, or everything was taken out again.
    var isEmpty: Bool { self.count == 0 && self.ids == 0 && self.checksums == 0 }

    /// Takes what fell into `other` out. Counts wrap, so that no peer can make them trap.
    @inline(__always)
    mutating func subtract(_ other: SketchCell) {
        self.ids ^= other.ids
        self.checksums ^= other.checksums
        self.count &-= other.count
    }
}
