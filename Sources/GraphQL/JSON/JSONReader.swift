/// Why bytes are not JSON, or too much of it.
public struct JSONError: Error, Equatable, Sendable {
    /// In bytes from the start.
    public var offset: Int
    public var isTooDeep = false
}

/// Reads JSON (RFC 8259) into values. Of names that are given twice the last one counts.
public struct JSONReader {
    private let bytes: [UInt8]
    private let depthMax: Int
    private var offset = 0

    /// - Parameter depthMax: how deep arrays and objects may nest.
    public static func decode(_ bytes: [UInt8], depthMax: Int) throws(JSONError) -> GraphQLValue {
        var reader = JSONReader(bytes, depthMax)
        let value = try reader.readValue(0)
        reader.skipWhitespace()
        guard reader.offset == bytes.count else { throw reader.error }
        return value
    }

    private init(_ bytes: [UInt8], _ depthMax: Int) {
        self.bytes = bytes
        self.depthMax = depthMax
    }

    private var error: JSONError { JSONError(offset: self.offset) }
    private var byte: UInt8 { self.offset < self.bytes.count ? self.bytes[self.offset] : 0 }

    private mutating func skipWhitespace() {
        while self.offset < self.bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(self.bytes[self.offset]) {
            self.offset += 1
        }
    }

    private mutating func skip(_ byte: Character) -> Bool {
        self.skipWhitespace()
        guard self.byte == byte.asciiValue else { return false }
        self.offset += 1
        return true
    }

    private mutating func expect(_ byte: Character) throws(JSONError) {
        guard self.skip(byte) else { throw self.error }
    }

    private mutating func readValue(_ depth: Int) throws(JSONError) -> GraphQLValue {
        guard depth <= self.depthMax else { throw JSONError(offset: self.offset, isTooDeep: true) }
        self.skipWhitespace()
        switch self.byte {
        case UInt8(ascii: "{"): return .object(try self.readObject(depth))
        case UInt8(ascii: "["): return .list(try self.readList(depth))
        case UInt8(ascii: "\""): return .string(try self.readString())
        case UInt8(ascii: "t"): return try self.readLiteral("true", .bool(true))
        case UInt8(ascii: "f"): return try self.readLiteral("false", .bool(false))
        case UInt8(ascii: "n"): return try self.readLiteral("null", .null)
        default: return try self.readNumber()
        }
    }

    private mutating func readLiteral(_ text: String, _ value: GraphQLValue) throws(JSONError) -> GraphQLValue {
        guard self.bytes[self.offset...].starts(with: text.utf8) else { throw self.error }
        self.offset += text.utf8.count
        return value
    }

    private mutating func readObject(_ depth: Int) throws(JSONError) -> GraphQLObject {
        self.offset += 1
        var object = GraphQLObject()
        if self.skip("}") { return object }
        repeat {
            self.skipWhitespace()
            guard self.byte == UInt8(ascii: "\"") else { throw self.error }
            let key = try self.readString()
            try self.expect(":")
            object[key] = try self.readValue(depth + 1)
        } while self.skip(",")
        try self.expect("}")
        return object
    }

    private mutating func readList(_ depth: Int) throws(JSONError) -> [GraphQLValue] {
        self.offset += 1
        var items: [GraphQLValue] = []
        if self.skip("]") { return items }
        repeat { items.append(try self.readValue(depth + 1)) } while self.skip(",")
        try self.expect("]")
        return items
    }

    private mutating func readNumber() throws(JSONError) -> GraphQLValue {
        let start = self.offset
        var isWhole = true
        if self.byte == UInt8(ascii: "-") { self.offset += 1 }
        if self.byte == UInt8(ascii: "0") { self.offset += 1 } else { try self.readDigits() }
        if self.byte == UInt8(ascii: ".") {
            isWhole = false
            self.offset += 1
            try self.readDigits()
        }
        if self.byte | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            self.offset += 1
            if self.byte == UInt8(ascii: "+") || self.byte == UInt8(ascii: "-") { self.offset += 1 }
            try self.readDigits()
        }
        let text = String(decoding: self.bytes[start..<self.offset], as: UTF8.self)
        if isWhole, let number = Int(text) { return .int(number) }
        guard let number = Double(text), number.isFinite else { throw self.error }
        return .double(number)
    }

    private mutating func readDigits() throws(JSONError) {
        guard self.byte &- 0x30 < 10 else { throw self.error }
        while self.byte &- 0x30 < 10 { self.offset += 1 }
    }

    private mutating func readString() throws(JSONError) -> String {
        self.offset += 1
        var text: [UInt8] = []
        while self.offset < self.bytes.count {
            let byte = self.bytes[self.offset]
            switch byte {
            case UInt8(ascii: "\""):
                self.offset += 1
                guard let string = String(validating: text, as: UTF8.self) else { throw self.error }
                return string
            case UInt8(ascii: "\\"): try self.readEscape(into: &text)
            case 0x00..<0x20: throw self.error
            default:
                text.append(byte)
                self.offset += 1
            }
        }
        throw self.error
    }

    private mutating func readEscape(into text: inout [UInt8]) throws(JSONError) {
        let marks = Array("\"\\/bfnrt".utf8)
        let meanings: [UInt8] = [0x22, 0x5C, 0x2F, 0x08, 0x0C, 0x0A, 0x0D, 0x09]
        self.offset += 1
        if let index = marks.firstIndex(of: self.byte) {
            text.append(meanings[index])
            self.offset += 1
            return
        }
        var number = try self.readUnit()
        if number & 0xFC00 == 0xD800, self.byte == UInt8(ascii: "\\") {
            self.offset += 1
            let low = try self.readUnit()
            guard low & 0xFC00 == 0xDC00 else { throw self.error }
            number = 0x10000 + (number & 0x3FF) << 10 + low & 0x3FF
        }
        // Half of a pair stands for no character.
        text.append(contentsOf: Array(String(UnicodeScalar(number) ?? "\u{FFFD}").utf8))
    }

    private mutating func readUnit() throws(JSONError) -> UInt32 {
        guard self.byte == UInt8(ascii: "u"), self.offset + 5 <= self.bytes.count else { throw self.error }
        let digits = self.bytes[(self.offset + 1)..<(self.offset + 5)]
        guard digits.allSatisfy({ $0 &- 0x30 < 10 || ($0 | 0x20) &- 0x61 < 6 }),
            let number = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw self.error }
        self.offset += 5
        return number
    }
}
