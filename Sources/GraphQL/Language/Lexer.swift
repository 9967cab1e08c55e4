/// Cuts a document into tokens (GraphQL §2.1). White space, commas, comments and a byte order mark are skipped.
struct Lexer {
    let source: Source
    private var offset = 0

    init(_ source: Source) {
        self.source = source
        if source.bytes.starts(with: [0xEF, 0xBB, 0xBF]) { self.offset = 3 }
    }

    private var bytes: [UInt8] { self.source.bytes }

    private func byte(_ index: Int) -> UInt8 { index < self.bytes.count ? self.bytes[index] : 0 }

    mutating func next() throws(GraphQLError) -> Token {
        self.skipIgnored()
        let start = self.offset
        guard start < self.bytes.count else { return Token(kind: .endOfFile, offset: start) }
        let byte = self.bytes[start]
        switch byte {
        case UInt8(ascii: "."):
            guard self.byte(start + 1) == byte, self.byte(start + 2) == byte else { throw self.unexpected(start) }
            self.offset = start + 3
            return Token(kind: .punctuator(.spread), offset: start)
        case UInt8(ascii: "\""):
            let isBlock = self.byte(start + 1) == byte && self.byte(start + 2) == byte
            return isBlock ? try self.readBlockString() : try self.readString()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try self.readNumber()
        case UInt8(ascii: "_"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"):
            return self.readName()
        default:
            let mark = byte < 0x80 ? Token.StaticPunctuator(rawValue: String(UnicodeScalar(byte))) : nil
            guard let mark else { throw self.unexpected(start) }
            self.offset = start + 1
            return Token(kind: .punctuator(mark), offset: start)
        }
    }

    private mutating func skipIgnored() {
        while self.offset < self.bytes.count {
            switch self.bytes[self.offset] {
            case 0x09, 0x0A, 0x0D, 0x20, UInt8(ascii: ","): self.offset += 1
            case UInt8(ascii: "#"):
                while self.offset < self.bytes.count, self.bytes[self.offset] != 0x0A, self.bytes[self.offset] != 0x0D {
                    self.offset += 1
                }
            default: return
            }
        }
    }

    private mutating func readName() -> Token {
        let start = self.offset
        while Self.isNameByte(self.byte(self.offset)) { self.offset += 1 }
        return Token(
            kind: .name, offset: start, text: String(decoding: self.bytes[start..<self.offset], as: UTF8.self))
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26
    }

    private mutating func readNumber() throws(GraphQLError) -> Token {
        let start = self.offset
        var isFloat = false
        if self.byte(self.offset) == UInt8(ascii: "-") { self.offset += 1 }
        if self.byte(self.offset) == UInt8(ascii: "0") {
            self.offset += 1
            if self.byte(self.offset) &- 0x30 < 10 {
                throw self.numberError("Invalid number, unexpected digit after 0: \(self.character(self.offset)).")
            }
        } else {
            try self.readDigits()
        }
        if self.byte(self.offset) == UInt8(ascii: ".") {
            isFloat = true
            self.offset += 1
            try self.readDigits()
        }
        if self.byte(self.offset) | 0x20 == UInt8(ascii: "e") {
            isFloat = true
            self.offset += 1
            if self.byte(self.offset) == UInt8(ascii: "+") || self.byte(self.offset) == UInt8(ascii: "-") {
                self.offset += 1
            }
            try self.readDigits()
        }
        let after = self.byte(self.offset)
        if after == UInt8(ascii: ".") || (Self.isNameByte(after) && after &- 0x30 >= 10) {
            throw self.numberError("Invalid number, expected digit but got: \(self.character(self.offset)).")
        }
        return Token(
            kind: isFloat ? .float : .int, offset: start,
            text: String(decoding: self.bytes[start..<self.offset], as: UTF8.self))
    }

    private mutating func readDigits() throws(GraphQLError) {
        guard self.byte(self.offset) &- 0x30 < 10 else {
            throw self.numberError("Invalid number, expected digit but got: \(self.character(self.offset)).")
        }
        while self.byte(self.offset) &- 0x30 < 10 { self.offset += 1 }
    }

    private func numberError(_ text: String) -> GraphQLError { self.source.syntaxError(text, at: self.offset) }

    // MARK: Strings

    private mutating func readString() throws(GraphQLError) -> Token {
        let start = self.offset
        var value: [UInt8] = []
        var index = start + 1
        while index < self.bytes.count {
            let byte = self.bytes[index]
            switch byte {
            case UInt8(ascii: "\""):
                self.offset = index + 1
                return Token(kind: .string, offset: start, text: String(decoding: value, as: UTF8.self))
            case UInt8(ascii: "\\"): index = try self.readEscape(at: index, into: &value)
            case 0x0A, 0x0D: throw self.source.syntaxError("Unterminated string.", at: index)
            default:
                value.append(byte)
                index += 1
            }
        }
        throw self.source.syntaxError("Unterminated string.", at: index)
    }

    private func readEscape(at index: Int, into value: inout [UInt8]) throws(GraphQLError) -> Int {
        let plain: [UInt8: UInt8] = [
            UInt8(ascii: "\""): 0x22, UInt8(ascii: "\\"): 0x5C, UInt8(ascii: "/"): 0x2F, UInt8(ascii: "b"): 0x08,
            UInt8(ascii: "f"): 0x0C, UInt8(ascii: "n"): 0x0A, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09,
        ]
        if let byte = plain[self.byte(index + 1)] {
            value.append(byte)
            return index + 2
        }
        guard self.byte(index + 1) == UInt8(ascii: "u") else {
            throw self.source.syntaxError("Invalid character escape sequence: \(self.text(index, 2)).", at: index)
        }
        let (scalar, end) = try self.readUnicodeEscape(at: index)
        value.append(contentsOf: Array(String(Character(scalar)).utf8))
        return end
    }

    /// `\uXXXX`, a pair of them for a scalar beyond the basic plane, or `\u{X…}`.
    private func readUnicodeEscape(at index: Int) throws(GraphQLError) -> (UnicodeScalar, Int) {
        if self.byte(index + 2) == UInt8(ascii: "{") {
            var end = index + 3
            while end - index < 12, self.byte(end) != UInt8(ascii: "}"), end < self.bytes.count { end += 1 }
            let digits = String(decoding: self.bytes[min(index + 3, self.bytes.count)..<end], as: UTF8.self)
            if self.byte(end) == UInt8(ascii: "}"), digits.allSatisfy(\.isHexDigit), !digits.isEmpty,
                let number = UInt32(digits, radix: 16), let scalar = UnicodeScalar(number)
            {
                return (scalar, end + 1)
            }
            throw self.unicodeError(index, end - index + 1)
        }
        guard let first = self.hex4(index + 2) else { throw self.unicodeError(index, 6) }
        if let scalar = UnicodeScalar(first) { return (scalar, index + 6) }
        if first & 0xFC00 == 0xD800, self.byte(index + 6) == UInt8(ascii: "\\"),
            self.byte(index + 7) == UInt8(ascii: "u"),
            let second = self.hex4(index + 8), second & 0xFC00 == 0xDC00,
            let scalar = UnicodeScalar(0x10000 + (first & 0x3FF) << 10 + second & 0x3FF)
        {
            return (scalar, index + 12)
        }
        throw self.unicodeError(index, 6)
    }

    private func hex4(_ index: Int) -> UInt32? {
        guard index + 4 <= self.bytes.count else { return nil }
        let digits = String(decoding: self.bytes[index..<(index + 4)], as: UTF8.self)
        return digits.allSatisfy(\.isHexDigit) ? UInt32(digits, radix: 16) : nil
    }

    private func unicodeError(_ index: Int, _ count: Int) -> GraphQLError {
        self.source.syntaxError("Invalid Unicode escape sequence: \(self.text(index, count)).", at: index)
    }

    private func text(_ index: Int, _ count: Int) -> String {
        "'\(String(decoding: self.bytes[index..<min(index + count, self.bytes.count)], as: UTF8.self))'"
    }

    private mutating func readBlockString() throws(GraphQLError) -> Token {
        let start = self.offset
        var raw: [UInt8] = []
        var index = start + 3
        while index < self.bytes.count {
            if self.bytes[index...].starts(with: Array("\"\"\"".utf8)) {
                self.offset = index + 3
                let text = Self.blockStringValue(String(decoding: raw, as: UTF8.self))
                return Token(kind: .blockString, offset: start, text: text)
            }
            if self.bytes[index...].starts(with: Array("\\\"\"\"".utf8)) {
                raw.append(contentsOf: Array("\"\"\"".utf8))
                index += 4
            } else {
                raw.append(self.bytes[index])
                index += 1
            }
        }
        throw self.source.syntaxError("Unterminated string.", at: index)
    }

    /// The value of a block string: common indentation and blank lines around it removed (GraphQL §2.9.4).
    static func blockStringValue(_ raw: String) -> String {
        var lines = raw.replacing("\r\n", with: "\n").replacing("\r", with: "\n")
            .split(separator: "\n", omittingEmptySubsequences: false).map { Array($0.unicodeScalars) }
        func indentation(_ line: [UnicodeScalar]) -> Int { line.prefix { $0 == " " || $0 == "\t" }.count }
        let common = lines.dropFirst().filter { indentation($0) < $0.count }.map(indentation).min() ?? 0
        for index in lines.indices.dropFirst() { lines[index].removeFirst(min(common, lines[index].count)) }
        while let first = lines.first, indentation(first) == first.count { lines.removeFirst() }
        while let last = lines.last, indentation(last) == last.count { lines.removeLast() }
        return lines.map { line in String(String.UnicodeScalarView(line)) }.joined(separator: "\n")
    }

    // MARK: Errors

    private func unexpected(_ index: Int) -> GraphQLError {
        let text =
            self.byte(index) == UInt8(ascii: "'")
            ? "Unexpected single quote character ('), did you mean to use a double quote (\")?"
            : "Unexpected character: \(self.character(index))."
        return self.source.syntaxError(text, at: index)
    }

    /// The character at `index` as errors name it.
    private func character(_ index: Int) -> String {
        guard index < self.bytes.count else { return "<EOF>" }
        let scalar =
            String(decoding: self.bytes[index..<min(index + 4, self.bytes.count)], as: UTF8.self)
            .unicodeScalars.first ?? "\u{FFFD}"
        if (0x20...0x7E).contains(scalar.value) { return scalar == "\"" ? "'\"'" : "'\(scalar)'" }
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
