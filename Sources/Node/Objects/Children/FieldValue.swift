import GraphQL

/// The value of one field of an object, as far as queries for children compare it.
///
/// Ordered by kind first: text, numbers, truth, null, all else, and last what an object does not have.
enum FieldValue: Equatable, Sendable {
    /// In UTF-8, compared byte by byte.
    case text([UInt8])
    case number(Double)
    case truth(Bool)
    case null
    /// A list or an object: none is less than another.
    case compound
    case missing

    /// Reads the value that `text` is.
    init(json text: ArraySlice<UInt8>) {
        switch text.first {
        case UInt8(ascii: "{"), UInt8(ascii: "["): self = .compound
        case nil: self = .missing
        default: self = (try? JSONReader.decode(Array(text), depthMax: 0)).map(FieldValue.init) ?? .compound
        }
    }

    init(_ value: GraphQLValue) {
        switch value {
        case .null: self = .null
        case .bool(let flag): self = .truth(flag)
        case .int(let number): self = .number(Double(number))
        case .double(let number): self = .number(number)
        case .string(let text), .enumeration(let text): self = .text(Array(text.utf8))
        case .list, .object, .json: self = .compound
        }
    }

    /// As much of it as children are ordered by: many of these are held at a time.
    var orderKey: FieldValue {
        guard case .text(let text) = self else { return self }
        return .text(Array(text.prefix(Limits.orderedTextByteCountMax)))
    }

    private var rank: Int {
        switch self {
        case .text: 0
        case .number: 1
        case .truth: 2
        case .null: 3
        case .compound: 4
        case .missing: 5
        }
    }

    /// Whether both are of a kind whose values have an order.
    func isComparable(to other: FieldValue) -> Bool { self.rank == other.rank && self.rank <= 2 }

    /// Whether the value comes before another one. What an object does not have comes last in either direction.
    func precedes(_ other: FieldValue, descending: Bool) -> Bool {
        if self == .missing || other == .missing { return self != .missing && other == .missing }
        return descending ? other.isLess(than: self) : self.isLess(than: other)
    }

    func isLess(than other: FieldValue) -> Bool {
        switch (self, other) {
        case (.text(let left), .text(let right)): left.lexicographicallyPrecedes(right)
        case (.number(let left), .number(let right)): left < right
        case (.truth(let left), .truth(let right)): !left && right
        default: self.rank < other.rank
        }
    }
}
