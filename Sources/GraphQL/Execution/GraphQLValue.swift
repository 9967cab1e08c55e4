/// A value of a request or an answer, as JSON knows it.
public enum GraphQLValue: Equatable, Sendable {
    case null
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
    /// An enum's value; in JSON a string.
    case enumeration(String)
    case list([GraphQLValue])
    case object(GraphQLObject)
    /// Valid JSON in UTF-8 that goes into an answer as it is. Requests have none.
    case json([UInt8])

    public var string: String? {
        switch self {
        case .string(let text), .enumeration(let text): text
        default: nil
        }
    }

    public var int: Int? { if case .int(let number) = self { number } else { nil } }
    /// Also of a whole number.
    public var double: Double? {
        switch self {
        case .double(let number): number
        case .int(let number): Double(number)
        default: nil
        }
    }

    public var bool: Bool? { if case .bool(let flag) = self { flag } else { nil } }
    public var list: [GraphQLValue]? { if case .list(let items) = self { items } else { nil } }
    public var object: GraphQLObject? { if case .object(let object) = self { object } else { nil } }
    public var isNull: Bool { self == .null }
}

/// Names and values in order.
public struct GraphQLObject: Equatable, Sendable, ExpressibleByDictionaryLiteral {
    public private(set) var keys: [String] = []
    private var values: [String: GraphQLValue] = [:]

    public init() {}

    public init(dictionaryLiteral elements: (String, GraphQLValue)...) {
        for (key, value) in elements { self[key] = value }
    }

    public var isEmpty: Bool { self.keys.isEmpty }
    public var count: Int { self.keys.count }

    /// A key keeps the place that it was first given.
    public subscript(key: String) -> GraphQLValue? {
        get { self.values[key] }
        set {
            if let newValue {
                if self.values.updateValue(newValue, forKey: key) == nil { self.keys.append(key) }
            } else if self.values.removeValue(forKey: key) != nil {
                self.keys.removeAll { $0 == key }
            }
        }
    }

    /// Each name with its value, in order.
    public var pairs: [(key: String, value: GraphQLValue)] {
        self.keys.map { ($0, self.values[$0] ?? .null) }
    }
}
