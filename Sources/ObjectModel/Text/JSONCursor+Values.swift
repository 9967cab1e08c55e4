extension JSONCursor {
    /// Skips one value and everything inside it. Containers are only counted: the text was scanned before.
    mutating func skipValue() throws(ObjectTextError) {
        var depth = 0
        repeat {
            self.skipWhitespace()
            switch self.peek() {
            case Self.quote: _ = try self.readString()
            case Self.openBrace, Self.openBracket:
                depth += 1
                self.advance()
            case Self.closeBrace, Self.closeBracket:
                depth -= 1
                self.advance()
            case Self.comma, Self.colon: self.advance()
            default: _ = try self.readScalar()
            }
        } while depth > 0
    }

    /// Reads an object at its opening brace. `member` gets each name, as it stands between its quotes, with the cursor at the
    /// value, and moves the cursor behind it.
    mutating func readObject(
        _ member: (Range<Int>, inout JSONCursor) throws(ObjectTextError) -> Void
    ) throws(ObjectTextError) {
        try self.expect(Self.openBrace)
        self.skipWhitespace()
        while self.peek() != Self.closeBrace {
            let name = try self.readString()
            self.skipWhitespace()
            try self.expect(Self.colon)
            self.skipWhitespace()
            try member(name, &self)
            self.skipWhitespace()
            guard self.peek() == Self.comma else { break }
            self.advance()
            self.skipWhitespace()
        }
        try self.expect(Self.closeBrace)
    }

    /// What a string says, its escapes replaced. Half of a surrogate pair stands for no character.
    func string(in range: Range<Int>) -> String {
        let raw = self.text[range]
        guard raw.contains(UInt8(ascii: "\\")) else { return String(decoding: raw, as: UTF8.self) }
        var units: [UInt16] = []
        var rest = Substring(String(decoding: raw, as: UTF8.self)).utf16
        while let unit = rest.popFirst() {
            guard unit == 0x5C, let mark = rest.popFirst() else {
                units.append(unit)
                continue
            }
            switch UInt8(truncatingIfNeeded: mark) {
            case UInt8(ascii: "b"): units.append(0x08)
            case UInt8(ascii: "f"): units.append(0x0C)
            case UInt8(ascii: "n"): units.append(0x0A)
            case UInt8(ascii: "r"): units.append(0x0D)
            case UInt8(ascii: "t"): units.append(0x09)
            case UInt8(ascii: "u"):
                units.append(UInt16(String(decoding: rest.prefix(4), as: UTF16.self), radix: 16) ?? 0xFFFD)
                rest = rest.dropFirst(4)
            default: units.append(mark)
            }
        }
        return String(decoding: units, as: UTF16.self)
    }
}
