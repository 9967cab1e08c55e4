public import ObjectModel

/// The sketch of a set: an endless row of cells, made range by range (Spec §18.3).
///
/// Holds 8 bytes for each member, and 24 once cells are asked for. A million members take about a tenth of a second for
/// the first range, and for each further one little more than what is new in it.
public struct SketchEncoder: Sendable {
    public private(set) var digest = SetDigest()
    /// Cells that were made so far.
    public private(set) var cellCount = 0
    private var keyedIDs: [UInt64] = []
    /// Where each member stands; empty until cells are asked for.
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
        if self.keyedIDs.isEmpty { self.keyedIDs.reserveCapacity(ids.count) }
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
        if self.positions.isEmpty { self.positions = self.keyedIDs.map { CellIndices($0) } }
        cells.withUnsafeMutableBufferPointer { cells in
            self.positions.withUnsafeMutableBufferPointer { positions in
                CellWalk(range: range, cells: cells, positions: positions).run(self.keyedIDs)
            }
        }
        return cells
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

    let range: Range<UInt32>
    let cells: UnsafeMutableBufferPointer<SketchCell>
    /// Where each member stands; each is moved behind the range.
    let positions: UnsafeMutableBufferPointer<CellIndices>

    func run(_ keyedIDs: [UInt64]) {
        withUnsafeTemporaryAllocation(of: Walker.self, capacity: Self.batchCount) { walkers in
            walkers.initialize(repeating: Walker())
            var slot = 0
            while slot < keyedIDs.count {
                var count = 0
                while slot < keyedIDs.count, count < Self.batchCount {
                    let (keyedID, position) = (keyedIDs[slot], self.positions[slot])
                    walkers[count] = Walker(
                        keyedID: keyedID, position: position, checksum: CellIndices.checksum(keyedID), slot: slot)
                    count &+= position.index < self.range.upperBound ? 1 : 0
                    slot &+= 1
                }
                while count > 0 { count = self.step(walkers, count) }
            }
        }
    }

    /// Puts each of `count` walkers into its cell and moves it on.
    ///
    /// - Returns: how many are still within the range; they stand first.
    private func step(_ walkers: UnsafeMutableBufferPointer<Walker>, _ count: Int) -> Int {
        var keptCount = 0
        for offset in 0..<count {
            var walker = walkers[offset]
            let index = Int(walker.position.index &- self.range.lowerBound)
            self.cells[index].ids ^= walker.keyedID
            self.cells[index].checksums ^= walker.checksum
            self.cells[index].count &+= 1
            walker.position.advance()
            self.positions[walker.slot] = walker.position
            walkers[keptCount] = walker
            keptCount &+= walker.position.index < self.range.upperBound ? 1 : 0
        }
        return keptCount
    }
}
