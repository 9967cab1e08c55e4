/// A JSON value, to compare what was decoded with what a vector says.
enum JSONValue: Equatable, Sendable, Decodable {
    case null
    case bool(Bool)
    case number(UInt64)
    case negative(Int64)
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(UInt64.self) {
            self = .number(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .negative(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .list(value)
        } else if let value = try? container.decode([String: JSONValue].self) {
            self = .object(value)
        } else {
            self = .null
        }
    }

    subscript(key: String) -> JSONValue? {
        if case .object(let members) = self { members[key] } else { nil }
    }

    var text: String? { if case .text(let value) = self { value } else { nil } }
    var list: [JSONValue]? { if case .list(let value) = self { value } else { nil } }

    static func hex(_ bytes: some Sequence<UInt8>) -> JSONValue {
        .text(bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
    }

    static func signed(_ value: Int64) -> JSONValue { value < 0 ? .negative(value) : .number(UInt64(value)) }
}

extension [UInt8] {
    /// The bytes that hexadecimal digits stand for.
    init(hex: String) {
        let digits = [UInt8](hex.utf8).map { $0 < 0x3A ? $0 - 0x30 : $0 - 0x57 }
        self = stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
