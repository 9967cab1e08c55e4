import GraphQL

/// Values as `JSON.stringify` of JavaScript writes them: Speckle's server hashes that text where an object has no id.
enum JavaScriptForm {
    /// Integers beyond are rounded, since JavaScript has no others than doubles.
    private static let wholeNumberMax: UInt = 1 << 53

    /// `value` with all that would be written in another way replaced.
    static func value(of value: GraphQLValue) -> GraphQLValue {
        switch value {
        case .int(let number) where number.magnitude > self.wholeNumberMax:
            .json(Array(self.text(of: Double(number)).utf8))
        case .double(let number): .json(Array(self.text(of: number).utf8))
        case .list(let items): .list(items.map(self.value))
        case .object(let object): .object(self.object(object))
        default: value
        }
    }

    /// Names that are whole numbers come first, in their order.
    private static func object(_ object: GraphQLObject) -> GraphQLObject {
        let indices = object.keys.compactMap { key in UInt32(key).flatMap { "\($0)" == key && $0 < .max ? $0 : nil } }
        var ordered = GraphQLObject()
        for key in indices.sorted().map(String.init) + object.keys {
            if let value = object[key] { ordered[key] = self.value(of: value) }
        }
        return ordered
    }

    /// A number as ECMAScript writes it (ECMA-262 §6.1.6.1.20): Swift has the same digits, but other forms.
    static func text(of number: Double) -> String {
        guard number != 0, number.isFinite else { return number == 0 ? "0" : "null" }
        let parts = "\(abs(number))".split(separator: "e")
        let places = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let fraction = places.count == 2 && places[1] != "0" ? places[1] : ""
        let written = places[0] + fraction
        let digits = written.drop { $0 == "0" }
        // The number is 0.digits times ten to the power of this.
        let power = places[0].count - (written.count - digits.count) + (parts.count == 2 ? Int(parts[1]) ?? 0 : 0)
        return (number < 0 ? "-" : "") + self.text(String(digits.trimmingSuffix { $0 == "0" }), power)
    }

    private static func text(_ digits: String, _ power: Int) -> String {
        switch power {
        case digits.count...21 where power >= 1: digits + String(repeating: "0", count: power - digits.count)
        case 1...21: "\(digits.prefix(power)).\(digits.dropFirst(power))"
        case -5...0: "0." + String(repeating: "0", count: -power) + digits
        default:
            digits.prefix(1) + (digits.count > 1 ? "." + digits.dropFirst() : "") + "e" + (power > 0 ? "+" : "-")
                + "\(abs(power - 1))"
        }
    }
}

extension Substring {
    fileprivate func trimmingSuffix(while isTrimmed: (Character) -> Bool) -> Substring {
        var rest = self
        while let last = rest.last, isTrimmed(last) { rest.removeLast() }
        return rest
    }
}
