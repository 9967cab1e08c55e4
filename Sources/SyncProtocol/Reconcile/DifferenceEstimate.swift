/// How far apart two sets are, judged by cells that cannot be decoded yet (Spec §18.5).
///
/// A cell's count in the difference of two sketches is a sum of as many independent steps of 1 or -1 as members differ,
/// each taken with the cell's probability. So its square, once the part that is known is taken out, tells their number:
/// 64 cells to about a fifth, a thousand to about a twentieth.
struct DifferenceEstimate: Sendable {
    private let countDifference: Int
    private var squares = 0.0
    private var squareCount = 0

    init(countDifference: Int) {
        self.countDifference = countDifference
    }

    /// Takes the count of the next cell, before anything is taken out of it.
    mutating func add(_ count: Int32, index: Int) {
        guard index > 0 else { return }  // every member is in cell 0
        let place = Double(index)
        let probability = (2 * place + 2) / ((place + 1.5) * (place + 1.5))
        let rest = Double(count) - Double(self.countDifference) * probability
        self.squares += rest * rest / (probability * (1 - probability))
        self.squareCount += 1
    }

    /// About how many members differ.
    var value: Int {
        let least = abs(self.countDifference)
        guard self.squareCount > 0 else { return least }
        return max(least, Int(min(self.squares / Double(self.squareCount), Double(Limits.sketchObjectCountMax))))
    }

    /// How many cells to have next, when `count` were not enough.
    ///
    /// While the estimate is rough, less is asked for than it says: a further message costs less than cells that nobody
    /// needs.
    func cellCountWanted(have count: Int) -> Int {
        let error = (2 / Double(max(self.squareCount, 1))).squareRoot()
        let needed = Self.cellCountNeeded(Double(self.value))
        let wanted = error > 0.1 ? needed * (1 - 1.5 * error) : needed * (1 + error / 4)
        return max(Int(wanted), count + max(32, count / 16))
    }

    /// How many cells a difference of so many members most often needs.
    private static func cellCountNeeded(_ differenceCount: Double) -> Double {
        1.36 * differenceCount + differenceCount.squareRoot()
    }
}
