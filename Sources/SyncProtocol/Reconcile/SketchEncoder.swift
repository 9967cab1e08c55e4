public import ObjectModel

/// The sketch of a set: an endless row of cells, made range by range (Spec §18.3).
///
/// Holds 8 bytes for each member, and 24 from the second range on. The first range costs about a tenth of a
/// second for a million members; further ones only what is new.
public struct SketchEncoder: Sendable {
    public private(set) var digest = SetDigest()
    /// Cells that were made so far.
    public private(set) var cellCount = 0
    private var keyedIDs: [UInt64] = []
    /// Where each member stands; empty until a second range is asked for.
    private var positions: [CellIndices] = []

    public init() {}

    /// The sketch of `ids` under `key`; each id stands once.
    public init(_ ids: [ObjectID], key: SketchKey) {
        self.insert(ids, key: key)
    }

    /// Adds members, each once.
    ///
    /// - Precondition: no cells were made, and there are at most ``Limits/sketchObjectCountMax`` members.
    public mutating func insert(_ ids: [ObjectID], key: SketchKey) {
        precondition(self.cellCount == 0, "members come before cells")
        precondition(ids.count <= Limits.sketchObjectCountMax - self.digest.count, "too many members")
        self.keyedIDs.reserveCapacity(self.keyedIDs.count + ids.count)
        for id in ids {
            let keyedID = key.keyed(id)
            self.keyedIDs.append(keyedID)
            self.digest.insert(keyedID)
        }
    }

    /// The next cells, from ``cellCount`` to before `end`; none when they were made already.
    ///
    /// - Precondition: `end` is at most ``Limits/sketchCellCountMax``.
    public mutating func cells(upTo end: Int) -> [SketchCell] {
        precondition(end <= Limits.sketchCellCountMax, "too many cells")
        guard end > self.cellCount else { return [] }
        let range = UInt32(self.cellCount)..<UInt32(end)
        self.cellCount = end
        var cells = [SketchCell](repeating: SketchCell(), count: range.count)
        if range.lowerBound > 0, self.positions.isEmpty { self.findPositions(after: range.lowerBound) }
        cells.withUnsafeMutableBufferPointer { cells in
            var walk = CellWalk(range, cells)
            if self.positions.isEmpty {
                walk.run(self.keyedIDs)
            } else {
                walk.run(self.keyedIDs, from: &self.positions)
            }
        }
        return cells
    }

    /// Finds where each member stands after the first range, which did not note it.
    private mutating func findPositions(after end: UInt32) {
        self.positions = self.keyedIDs.map { CellIndices($0) }
        var cells = [SketchCell](repeating: SketchCell(), count: Int(end))
        cells.withUnsafeMutableBufferPointer { cells in
            var walk = CellWalk(0..<end, cells)
            walk.run(self.keyedIDs, from: &self.positions)
        }
    }
}

/// Puts members into the cells of one range, many at a time.
///
/// The cells of one member follow from each other, and each takes long to compute. So a batch of members goes forward
/// together, each by one cell, which keeps a processor busy; members that leave the range drop out of the batch.
private struct CellWalk {
    private static let batchCount = 256

    /// One member on its way.
    private struct Walker {
        var keyedID: UInt64 = 0
        var position = CellIndices(0)
        var checksum: UInt32 = 0
        /// Its place in the whole set.
        var slot = 0
    }

    private let range: Range<UInt32>
    private let cells: UnsafeMutableBufferPointer<SketchCell>
    private var walkers = [Walker](repeating: Walker(), count: Self.batchCount)

    init(_ range: Range<UInt32>, _ cells: UnsafeMutableBufferPointer<SketchCell>) {
        self.range = range
        self.cells = cells
    }

    /// Members that start from cell 0, and whose places afterwards nobody needs.
    mutating func run(_ keyedIDs: [UInt64]) {
        self.walkers.withUnsafeMutableBufferPointer { walkers in
            for start in stride(from: 0, to: keyedIDs.count, by: Self.batchCount) {
                var count = min(Self.batchCount, keyedIDs.count - start)
                for offset in 0..<count {
                    let keyedID = keyedIDs[start &+ offset]
                    walkers[offset] = Walker(
                        keyedID: keyedID, position: CellIndices(keyedID), checksum: CellIndices.checksum(keyedID))
                }
                while count > 0 { count = Self.step(walkers, count, self.range, self.cells) { _, _ in } }
            }
        }
    }

    /// Members that go on from `positions`.
    mutating func run(_ keyedIDs: [UInt64], from positions: inout [CellIndices]) {
        self.walkers.withUnsafeMutableBufferPointer { walkers in
            positions.withUnsafeMutableBufferPointer { positions in
                var slot = 0
                while slot < keyedIDs.count {
                    var count = 0
                    while slot < keyedIDs.count, count < Self.batchCount {
                        let (keyedID, position) = (keyedIDs[slot], positions[slot])
                        walkers[count] = Walker(
                            keyedID: keyedID, position: position, checksum: CellIndices.checksum(keyedID), slot: slot)
                        count &+= position.index < self.range.upperBound ? 1 : 0
                        slot &+= 1
                    }
                    while count > 0 {
                        count = Self.step(walkers, count, self.range, self.cells) { positions[$0] = $1 }
                    }
                }
            }
        }
    }

    /// Puts each of `count` walkers into its cell and moves it on.
    ///
    /// - Returns: how many are still within the range; they stand first.
    @inline(__always)
    private static func step(
        _ walkers: UnsafeMutableBufferPointer<Walker>, _ count: Int, _ range: Range<UInt32>,
        _ cells: UnsafeMutableBufferPointer<SketchCell>, moved: (Int, CellIndices) -> Void
    ) -> Int {
        var keptCount = 0
        for offset in 0..<count {
            var walker = walkers[offset]
            let index = Int(walker.position.index &- range.lowerBound)
            cells[index].ids ^= walker.keyedID
            cells[index].checksums ^= walker.checksum
            cells[index].count &+= 1
            walker.position.advance()
            moved(walker.slot, walker.position)
            walkers[keptCount] = walker
            keptCount &+= walker.position.index < range.upperBound ? 1 : 0
        }
        return keptCount
    }
}
