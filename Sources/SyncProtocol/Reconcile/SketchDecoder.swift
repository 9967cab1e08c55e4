/// Finds the difference between two sets from the cells of both (Spec §18.4).
///
/// Takes the cells in their order, as many at a time as there are, and keeps what it found, so that more cells go on
/// from there. Whatever the cells hold, it never traps, and takes out no more members than there are cells (`RECON-7`).
public struct SketchDecoder: Sendable {
    /// A member that was found.
    private struct Found {
        var keyedID: UInt64
        /// 1 for one that only the peer has, -1 for one that only we have.
        var sign: Int32
        /// Its first cell that did not come yet.
        var position: CellIndices
    }

    private let ours: SetDigest
    private let theirs: SetDigest
    /// The cells of the peer without ours, and without what was found.
    private var cells: [SketchCell] = []
    private var found: [Found] = []
    /// Cells that may hold one member alone.
    private var candidates: [Int] = []
    private var estimate: DifferenceEstimate

    public init(ours: SetDigest, theirs: SetDigest) {
        self.ours = ours
        self.theirs = theirs
        self.estimate = DifferenceEstimate(countDifference: theirs.count - ours.count)
    }

    /// Cells that were taken.
    public var cellCount: Int { self.cells.count }
    /// About how many members are in one of the sets only.
    public var estimatedCount: Int { max(self.estimate.value, self.found.count) }
    /// How many cells to have next; more than ``cellCount``, perhaps more than a sketch may have.
    public var cellCountWanted: Int { self.estimate.cellCountWanted(have: self.cellCount) }

    /// What the cells say so far.
    public enum Step: Equatable, Sendable {
        case needMore
        case complete(SketchDifference)
        /// The cells are not those of the set that the peer described.
        case inconsistent
    }

    /// Takes the next cells.
    ///
    /// - Parameters:
    ///   - theirs: cells of the peer, from ``cellCount`` on.
    ///   - ours: our own cells of the same range.
    /// - Precondition: both are as many, and together there are at most ``Limits/sketchCellCountMax``.
    public mutating func add(_ theirs: [SketchCell], minus ours: [SketchCell]) -> Step {
        let start = self.cells.count
        precondition(theirs.count == ours.count, "cells of two ranges")
        precondition(theirs.count <= Limits.sketchCellCountMax - start, "too many cells")
        self.cells.reserveCapacity(start + theirs.count)
        for (their, our) in zip(theirs, ours) {
            var cell = their
            cell.subtract(our)
            self.estimate.add(cell.count, index: self.cells.count)
            self.cells.append(cell)
        }
        for place in self.found.indices { self.takeOut(place) }
        self.candidates.append(contentsOf: start..<self.cells.count)
        while let index = self.candidates.popLast() {
            guard let sign = self.lone(index) else { continue }
            guard self.found.count < self.cells.count else { return .inconsistent }
            let keyedID = self.cells[index].ids
            self.found.append(Found(keyedID: keyedID, sign: sign, position: CellIndices(keyedID)))
            self.takeOut(self.found.count - 1)
        }
        guard let first = self.cells.first, first.isEmpty else { return .needMore }
        return self.result().map { .complete($0) } ?? .inconsistent
    }

    /// The sign of the one member that a cell holds; `nil` when it holds none or several.
    private func lone(_ index: Int) -> Int32? {
        let cell = self.cells[index]
        guard cell.count == 1 || cell.count == -1 else { return nil }
        guard CellIndices.checksum(cell.ids) == cell.checksums else { return nil }
        // A member is found in a cell of its own only: taking it out empties the cell.
        var position = CellIndices(cell.ids)
        while Int(position.index) < index { position.advance() }
        return Int(position.index) == index ? cell.count : nil
    }

    /// Takes a member out of its cells, from its position on.
    private mutating func takeOut(_ place: Int) {
        let member = self.found[place]
        let share = SketchCell(
            ids: member.keyedID, checksums: CellIndices.checksum(member.keyedID), count: member.sign)
        var position = member.position
        while Int(position.index) < self.cells.count {
            let index = Int(position.index)
            self.cells[index].subtract(share)
            if self.cells[index].count == 1 || self.cells[index].count == -1 { self.candidates.append(index) }
            position.advance()
        }
        self.found[place].position = position
    }

    /// What was found; `nil` when it does not lead from our set to the peer's.
    private func result() -> SketchDifference? {
        var difference = SketchDifference()
        var digest = self.ours
        var last: UInt64?
        for member in self.found.sorted(by: { $0.keyedID < $1.keyedID }) {
            guard member.keyedID != last else { return nil }
            last = member.keyedID
            if member.sign > 0 {
                difference.onlyTheirs.append(member.keyedID)
                digest.insert(member.keyedID)
            } else {
                difference.onlyOurs.append(member.keyedID)
                digest.remove(member.keyedID)
            }
        }
        return digest == self.theirs ? difference : nil
    }
}
