/// Writes answers as JSON (RFC 8259), keys in their order.
public struct JSONWriter {
    private static let digits = Array("0123456789abcdef".utf8)

    public private(set) var bytes: [UInt8] = []

    public init() {}

    public static func encode(_ value: GraphQLValue) -> [UInt8] {
        var writer = JSONWriter()
        writer.write(value)
        return writer.bytes
    }

    static func quoted(_ text: String) -> String {
        var writer = JSONWriter()
        writer.write(text)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private mutating func write(_ value: GraphQLValue) {
        switch value {
        case .null: self.append("null")
        case .bool(let flag): self.append(flag ? "true" : "false")
        case .int(let number): self.append("\(number)")
        case .double(let number): self.write(number)
        case .string(let text), .enumeration(let text): self.write(text)
        case .json(let text): self.bytes.append(contentsOf: text)
        case .list(let items):
            self.bytes.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { self.bytes.append(UInt8(ascii: ",")) }
                self.write(item)
            }
            self.bytes.append(UInt8(ascii: "]"))
        case .object(let object):
            self.bytes.append(UInt8(ascii: "{"))
            for (index, pair) in object.pairs.enumerated() {
                if index > 0 { self.bytes.append(UInt8(ascii: ",")) }
                self.write(pair.key)
                self.bytes.append(UInt8(ascii: ":"))
                self.write(pair.value)
            }
            self.bytes.append(UInt8(ascii: "}"))
        }
    }

    private mutating func append(_ text: String) { self.bytes.append(contentsOf: text.utf8) }

    /// The shortest form that reads back the same. JSON has no other numbers than finite ones.
    private mutating func write(_ number: Double) {
        guard number.isFinite else { return self.append("null") }
        if number == number.rounded(), abs(number) < 1e15 {
            self.append("\(Int(number))")
        } else {
            self.append("\(number)")
        }
    }

    private mutating func write(_ text: String) {
        self.bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): self.append("\\\"")
            case UInt8(ascii: "\\"): self.append("\\\\")
            case 0x08: self.append("\\b")
            case 0x09: self.append("\\t")
            case 0x0A: self.append("\\n")
            case 0x0C: self.append("\\f")
            case 0x0D: self.append("\\r")
            case 0x00..<0x20:
                self.append("\\u00")
                self.bytes += [Self.digits[Int(byte >> 4)], Self.digits[Int(byte & 15)]]
            default: self.bytes.append(byte)
            }
        }
        self.bytes.append(UInt8(ascii: "\""))
    }
}
