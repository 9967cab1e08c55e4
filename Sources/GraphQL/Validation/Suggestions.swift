/// Finds names that somebody may have meant.
enum Suggestions {
    private static let countMax = 5

    /// ` Did you mean 'a' or 'b'?`, or nothing.
    static func phrase(_ input: String, among options: [String], after words: String? = nil) -> String {
        self.phrase(self.closest(to: input, among: options).map { "'\($0)'" }, after: words)
    }

    /// - Parameter quoted: the suggestions as they are to be shown.
    static func phrase(_ quoted: [String], after words: String? = nil) -> String {
        let shown = quoted.prefix(self.countMax)
        guard let last = shown.last else { return "" }
        let lead = words.map { "\($0) " } ?? ""
        let list =
            switch shown.count {
            case 1: last
            case 2: shown.joined(separator: " or ")
            default: shown.dropLast().joined(separator: ", ") + ", or \(last)"
            }
        return " Did you mean \(lead)\(list)?"
    }

    /// The options within reach of `input`, nearest first.
    static func closest(to input: String, among options: [String]) -> [String] {
        // Comparing takes time that grows with the square of the length.
        guard input.utf8.count <= 128 else { return [] }
        let threshold = Int(Double(input.count) * 0.4) + 1
        let near = options.compactMap { option -> (String, Int)? in
            self.distance(input, option, max: threshold).map { (option, $0) }
        }
        return near.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.map(\.0)
    }

    /// Edits between two names: insertions, deletions, replacements and swaps of neighbours; a change of case counts 1.
    private static func distance(_ input: String, _ option: String, max threshold: Int) -> Int? {
        if input == option { return 0 }
        if input.lowercased() == option.lowercased() { return 1 }
        let left = Array(input.lowercased().utf8)
        let right = Array(option.lowercased().utf8)
        guard abs(left.count - right.count) <= threshold, right.count <= 256 else { return nil }
        var previous2: [Int] = []
        var previous = Array(0...right.count)
        for row in 1...Swift.max(1, left.count) where row <= left.count {
            var current = [row]
            for column in 1...Swift.max(1, right.count) where column <= right.count {
                let cost = left[row - 1] == right[column - 1] ? 0 : 1
                var value = Swift.min(previous[column] + 1, current[column - 1] + 1, previous[column - 1] + cost)
                if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
                    value = Swift.min(value, previous2[column - 2] + 1)
                }
                current.append(value)
            }
            guard (current.min() ?? 0) <= threshold else { return nil }
            (previous2, previous) = (previous, current)
        }
        return previous[right.count] <= threshold ? previous[right.count] : nil
    }
}
