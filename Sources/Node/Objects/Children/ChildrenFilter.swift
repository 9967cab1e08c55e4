import GraphQL
import Storage

/// Which children are meant, by the values of their fields: conditions in a flat list of `and` and `or`, where `and` binds more.
struct ChildrenFilter: Equatable, Sendable {
    private enum Comparison: String {
        case equal = "="
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
    }

    private struct Condition: Equatable {
        var comparison: Comparison
        var value: FieldValue

        /// What an object does not have holds for no condition; values of another kind are not equal, and neither more nor less.
        func holds(for found: FieldValue) -> Bool {
            guard found != .missing else { return false }
            switch self.comparison {
            case .equal: return found == self.value
            case .notEqual: return found != self.value
            case .less: return found.isComparable(to: self.value) && found.isLess(than: self.value)
            case .lessOrEqual: return found.isComparable(to: self.value) && !self.value.isLess(than: found)
            case .greater: return found.isComparable(to: self.value) && self.value.isLess(than: found)
            case .greaterOrEqual: return found.isComparable(to: self.value) && !found.isLess(than: self.value)
            }
        }
    }

    /// The field of each condition.
    private(set) var paths: [[String]] = []
    private var conditions: [Condition] = []
    /// The conditions that must hold together, as ranges of their places. One range is enough.
    private var alternatives: [Range<Int>] = []

    var isEmpty: Bool { self.conditions.isEmpty }

    /// Reads items of `{field, operator, value, verb}`. The first one's verb means nothing.
    ///
    /// - Throws: ``DomainError``.
    init(_ items: [GraphQLValue]) throws {
        guard items.count <= Limits.objectPathCountMax else {
            throw DomainError(.userInput, "A query has at most \(Limits.objectPathCountMax) conditions.")
        }
        for (place, item) in items.enumerated() {
            guard let field = item.object?["field"]?.string,
                let comparison = item.object?["operator"]?.string.flatMap(Comparison.init),
                let value = item.object?["value"].map(FieldValue.init), value != .compound
            else {
                throw DomainError(
                    .userInput,
                    "A condition has a field, an operator (=, !=, <, <=, > or >=) and a value, which is no list or object."
                )
            }
            self.paths.append(try ChildrenQuery.path(field))
            self.conditions.append(Condition(comparison: comparison, value: value))
            let verb = item.object?["verb"]?.string?.lowercased() ?? "and"
            guard verb == "and" || verb == "or" else {
                throw DomainError(.userInput, "Conditions are joined by and, or by or.")
            }
            if place > 0, verb == "and", let last = self.alternatives.popLast() {
                self.alternatives.append(last.lowerBound..<(place + 1))
            } else {
                self.alternatives.append(place..<(place + 1))
            }
        }
    }

    /// - Parameter values: of ``paths``, in their order.
    func matches(_ values: some RandomAccessCollection<FieldValue>) -> Bool {
        self.isEmpty
            || self.alternatives.contains { range in
                range.allSatisfy {
                    self.conditions[$0].holds(for: values[values.index(values.startIndex, offsetBy: $0)])
                }
            }
    }
}
