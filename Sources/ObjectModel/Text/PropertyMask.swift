/// Which top-level properties of an object to give away.
public enum PropertyMask: Equatable, Sendable {
    case include(Set<String>)
    case exclude(Set<String>)

    /// The object's text with only the chosen properties; what remains stands as it was uploaded.
    ///
    /// Names with escapes in them are compared as they are written.
    public func apply(to text: UnsafeRawBufferPointer) throws(ObjectTextError) -> [UInt8] {
        var cursor = JSONCursor(text)
        var output: [UInt8] = [JSONCursor.openBrace]
        cursor.skipWhitespace()
        try cursor.expect(JSONCursor.openBrace)
        cursor.skipWhitespace()
        while cursor.peek() != JSONCursor.closeBrace {
            let start = cursor.offset
            let key = try cursor.readString()
            cursor.skipWhitespace()
            try cursor.expect(JSONCursor.colon)
            cursor.skipWhitespace()
            try cursor.skipValue()
            if self.keeps(String(decoding: text[key], as: UTF8.self)) {
                if output.count > 1 { output.append(JSONCursor.comma) }
                output.append(contentsOf: text[start..<cursor.offset])
            }
            cursor.skipWhitespace()
            guard cursor.peek() == JSONCursor.comma else { break }
            cursor.advance()
            cursor.skipWhitespace()
        }
        try cursor.expect(JSONCursor.closeBrace)
        output.append(JSONCursor.closeBrace)
        return output
    }

    private func keeps(_ name: String) -> Bool {
        switch self {
        case .include(let names): names.contains(name)
        case .exclude(let names): !names.contains(name)
        }
    }
}

extension JSONCursor {
    /// Skips one value and everything inside it. Containers are only counted: the text was scanned before.
    fileprivate mutating func skipValue() throws(ObjectTextError) {
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
}
