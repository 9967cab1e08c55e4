/// A position in a JSON text, and the lexical rules of RFC 8259.
struct JSONCursor {
    static let quote = UInt8(ascii: "\"")
    static let openBrace = UInt8(ascii: "{")
    static let closeBrace = UInt8(ascii: "}")
    static let openBracket = UInt8(ascii: "[")
    static let closeBracket = UInt8(ascii: "]")
    static let comma = UInt8(ascii: ",")
    static let colon = UInt8(ascii: ":")
    private static let backslash = UInt8(ascii: "\\")

    let text: UnsafeRawBufferPointer
    private(set) var offset = 0
    /// The last token opened a container: a comma may not come next.
    var justOpened = false

    init(_ text: UnsafeRawBufferPointer) {
        self.text = text
    }

    var isAtEnd: Bool { self.offset == self.text.count }

    /// The byte at the cursor, or 0 at the end; 0 is no JSON token.
    func peek() -> UInt8 {
        self.offset < self.text.count ? self.text[self.offset] : 0
    }

    mutating func advance() { self.offset += 1 }

    mutating func skipWhitespace() {
        while self.offset < self.text.count {
            switch self.text[self.offset] {
            case 0x20, 0x09, 0x0A, 0x0D: self.offset += 1
            default: return
            }
        }
    }

    mutating func expect(_ byte: UInt8) throws(ObjectTextError) {
        guard self.peek() == byte else { throw .malformed(offset: self.offset) }
        self.offset += 1
    }

    /// Reads a string at its opening quote; the range is what stands between the quotes, escapes as they are.
    mutating func readString() throws(ObjectTextError) -> Range<Int> {
        let start = self.offset + 1
        var index = start
        let end = self.text.count
        while true {
            index = self.text.firstIndex(from: index, ByteMarks.notPlain)
            guard index < end else { throw .malformed(offset: end) }
            let byte = self.text[index]
            if byte == Self.quote {
                self.offset = index + 1
                return start..<index
            }
            if byte == Self.backslash {
                index = try self.skipEscape(at: index)
            } else if byte < 0x20 {
                throw .malformed(offset: index)
            } else {
                index = try self.skipScalar(at: index)
            }
        }
    }

    private func skipEscape(at index: Int) throws(ObjectTextError) -> Int {
        guard index + 1 < self.text.count else { throw .malformed(offset: index) }
        switch self.text[index + 1] {
        case Self.quote, Self.backslash, UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
            UInt8(ascii: "r"), UInt8(ascii: "t"):
            return index + 2
        case UInt8(ascii: "u"):
            guard index + 6 <= self.text.count else { throw .malformed(offset: index) }
            for digit in self.text[(index + 2)..<(index + 6)] where !Self.isHexDigit(digit) {
                throw .malformed(offset: index)
            }
            return index + 6
        default:
            throw .malformed(offset: index)
        }
    }

    /// Skips one multi-byte scalar in its shortest UTF-8 form (RFC 3629 §4).
    private func skipScalar(at index: Int) throws(ObjectTextError) -> Int {
        let lead = self.text[index]
        let (count, second): (Int, ClosedRange<UInt8>) =
            switch lead {
            case 0xC2...0xDF: (2, 0x80...0xBF)
            case 0xE0: (3, 0xA0...0xBF)
            case 0xE1...0xEC, 0xEE...0xEF: (3, 0x80...0xBF)
            case 0xED: (3, 0x80...0x9F)
            case 0xF0: (4, 0x90...0xBF)
            case 0xF1...0xF3: (4, 0x80...0xBF)
            case 0xF4: (4, 0x80...0x8F)
            default: throw .invalidUTF8(offset: index)
            }
        guard index + count <= self.text.count, second.contains(self.text[index + 1]) else {
            throw .invalidUTF8(offset: index)
        }
        for byte in self.text[(index + 2)..<(index + count)] where byte & 0xC0 != 0x80 {
            throw .invalidUTF8(offset: index)
        }
        return index + count
    }

    /// Reads a number, `true`, `false` or `null`; tells whether it was `null`.
    mutating func readScalar() throws(ObjectTextError) -> Bool {
        switch self.peek() {
        case UInt8(ascii: "t"):
            try self.readLiteral("true")
            return false
        case UInt8(ascii: "f"):
            try self.readLiteral("false")
            return false
        case UInt8(ascii: "n"):
            try self.readLiteral("null")
            return true
        default:
            try self.readNumber()
            return false
        }
    }

    /// Reads the numbers that follow a value of an array, as long as nothing but a comma is between them.
    mutating func readFurtherNumbers() throws(ObjectTextError) {
        while self.offset + 1 < self.text.count, self.text[self.offset] == Self.comma,
            self.text[self.offset + 1] &- 0x30 < 10 || self.text[self.offset + 1] == UInt8(ascii: "-")
        {
            self.offset += 1
            try self.readNumber()
        }
    }

    private mutating func readLiteral(_ literal: StaticString) throws(ObjectTextError) {
        guard self.slice(self.offset..<min(self.offset + literal.utf8CodeUnitCount, self.text.count), equals: literal)
        else { throw .malformed(offset: self.offset) }
        self.offset += literal.utf8CodeUnitCount
    }

    private mutating func readNumber() throws(ObjectTextError) {
        if self.peek() == UInt8(ascii: "-") { self.offset += 1 }
        if self.peek() == UInt8(ascii: "0") {
            self.offset += 1
        } else {
            try self.readDigits()
        }
        if self.peek() == UInt8(ascii: ".") {
            self.offset += 1
            try self.readDigits()
        }
        if self.peek() | 0x20 == UInt8(ascii: "e") {
            self.offset += 1
            if self.peek() == UInt8(ascii: "+") || self.peek() == UInt8(ascii: "-") { self.offset += 1 }
            try self.readDigits()
        }
    }

    private mutating func readDigits() throws(ObjectTextError) {
        let start = self.offset
        self.offset = self.text.firstIndex(from: start, ByteMarks.notDigit)
        guard self.offset > start else { throw .malformed(offset: self.offset) }
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 6
    }

    func slice(_ range: Range<Int>, equals literal: StaticString) -> Bool {
        range.count == literal.utf8CodeUnitCount && self.text.holds(literal, at: range.lowerBound)
    }

    func objectID(in range: Range<Int>) -> ObjectID? {
        guard range.count == ObjectID.digitCount else { return nil }
        return ObjectID(hexIn: self.text, at: range.lowerBound)
    }
}
