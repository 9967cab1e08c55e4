public import ObjectModel

/// The key of one reconciliation: turns object ids into keyed ids of 64 bits (Spec §18.2, `RECON-2`).
///
/// A keyed id is SipHash-2-4 of the id's binary form. Whoever chooses ids does not know the key, so nobody can choose
/// ids that cancel each other out in a sketch.
public struct SketchKey: Hashable, Sendable {
    public static let byteCount = 16

    private let low: UInt64
    private let high: UInt64

    /// - Precondition: there are exactly ``byteCount`` bytes, and nobody could foresee them.
    public init(_ bytes: [UInt8]) {
        precondition(bytes.count == Self.byteCount, "a key has 16 bytes")
        self.low = Self.word(bytes.prefix(8))
        self.high = Self.word(bytes.suffix(8))
    }

    /// The bytes that the key was made of.
    public var bytes: [UInt8] {
        [self.low, self.high].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) } }
    }

    /// The number that eight bytes are, the lowest first.
    private static func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The keyed id of an object.
    public func keyed(_ id: ObjectID) -> UInt64 {
        var state = SipState(self.low, self.high)
        state.absorb(id.high.byteSwapped)
        state.absorb(id.low.byteSwapped)
        state.absorb(UInt64(ObjectID.byteCount) << 56)
        return state.finish()
    }

    /// The objects among `ids` whose keyed ids are named, in the order of the names; names without an object are left
    /// out.
    public func objects(named names: [UInt64], in ids: [ObjectID]) -> [ObjectID] {
        guard !names.isEmpty else { return [] }
        let wanted = Set(names)
        // Most ids are none of those: a bit for each beginning of a name tells so at once.
        var beginnings = [Bool](repeating: false, count: 1 << 16)
        for name in names { beginnings[Int(name >> 48)] = true }
        var found: [UInt64: ObjectID] = [:]
        for id in ids {
            let keyed = self.keyed(id)
            if beginnings[Int(keyed >> 48)], wanted.contains(keyed) { found[keyed] = id }
        }
        return names.compactMap { found.removeValue(forKey: $0) }
    }
}

/// The four words of SipHash-2-4 (Aumasson and Bernstein 2012).
private struct SipState {
    private var v0: UInt64
    private var v1: UInt64
    private var v2: UInt64
    private var v3: UInt64

    @inline(__always)
    init(_ low: UInt64, _ high: UInt64) {
        self.v0 = low ^ 0x736F_6D65_7073_6575
        self.v1 = high ^ 0x646F_7261_6E64_6F6D
        self.v2 = low ^ 0x6C79_6765_6E65_7261
        self.v3 = high ^ 0x7465_6462_7974_6573
    }

    @inline(__always)
    mutating func absorb(_ word: UInt64) {
        self.v3 ^= word
        self.mix()
        self.mix()
        self.v0 ^= word
    }

    @inline(__always)
    mutating func finish() -> UInt64 {
        self.v2 ^= 0xFF
        self.mix()
        self.mix()
        self.mix()
        self.mix()
        return self.v0 ^ self.v1 ^ self.v2 ^ self.v3
    }

    @inline(__always)
    private mutating func mix() {
        self.v0 &+= self.v1
        self.v2 &+= self.v3
        self.v1 = Self.rotate(self.v1, 13) ^ self.v0
        self.v3 = Self.rotate(self.v3, 16) ^ self.v2
        self.v0 = Self.rotate(self.v0, 32)
        self.v2 &+= self.v1
        self.v0 &+= self.v3
        self.v1 = Self.rotate(self.v1, 17) ^ self.v2
        self.v3 = Self.rotate(self.v3, 21) ^ self.v0
        self.v2 = Self.rotate(self.v2, 32)
    }

    @inline(__always)
    private static func rotate(_ word: UInt64, _ count: UInt64) -> UInt64 {
        word &<< count | word &>> (64 &- count)
    }
}
