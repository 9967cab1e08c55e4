/// The cells that one keyed id falls into, in ascending order (Spec §18.3, `RECON-5`).
///
/// Cell 0 always, each later cell i with the probability (2i + 2) / (i + 1.5)^2, about 1 / (1 + i / 2), and independent
/// of the others: the mapping of Yang, Gilad and Alizadeh, *Practical Rateless Set Reconciliation*, 2024. A pure function
/// of the keyed id: both sides find the same cells.
struct CellIndices {
    /// Multiplier of the generator.
    static let multiplier: UInt64 = 0xDA94_2042_E4DD_58B5

    /// The next cell that the id falls into; ``UInt32/max`` for one that no sketch reaches.
    private(set) var index: UInt32 = 0
    private var state: UInt64

    init(_ keyedID: UInt64) {
        self.state = Self.mixed(keyedID) | 1
    }

    /// The checksum of a keyed id (`RECON-4`).
    @inline(__always)
    static func checksum(_ keyedID: UInt64) -> UInt32 {
        UInt32(truncatingIfNeeded: Self.mixed(keyedID) &>> 32)
    }

    /// Spreads every bit over all (the last step of MurmurHash3).
    @inline(__always)
    static func mixed(_ value: UInt64) -> UInt64 {
        var value = value
        value ^= value &>> 33
        value &*= 0xFF51_AFD7_ED55_8CCD
        value ^= value &>> 33
        value &*= 0xC4CE_B9FE_1A85_EC53
        return value ^ value &>> 33
    }

    /// Goes on to the next cell.
    @inline(__always)
    mutating func advance() {
        self.state &*= Self.multiplier
        self.index = Self.next(after: self.index, state: self.state)
    }

    /// The cell after `index`. The gap is computed in IEEE 754 binary64, each operation rounded once.
    @inline(__always)
    static func next(after index: UInt32, state: UInt64) -> UInt32 {
        let part = Double(Int64(bitPattern: state &>> 12) &+ 1)  // 1 to 2^52, exact
        let gap = (Double(index) + 1.5) * (0x1p26 / part.squareRoot() - 1)  // 0 to 2^59
        return UInt32(clamping: Int64(index) &+ 1 &+ Int64(gap))
    }
}
