/// A document's text, and where lines begin in it.
public struct Source: Sendable {
    let bytes: [UInt8]

    public init(_ text: String) {
        self.bytes = Array(text.utf8)
    }

    /// The place of the byte at `offset`.
    public func location(of offset: Int) -> SourceLocation {
        var line = 1
        var lineStart = 0
        var index = 0
        let end = min(offset, self.bytes.count)
        while index < end {
            let byte = self.bytes[index]
            index += 1
            if byte == 0x0A || (byte == 0x0D && (index >= self.bytes.count || self.bytes[index] != 0x0A)) {
                line += 1
                lineStart = index
            }
        }
        // Continuation bytes of UTF-8 are no characters of their own.
        let column = self.bytes[lineStart..<max(lineStart, end)].count { $0 & 0xC0 != 0x80 }
        return SourceLocation(line: line, column: column + 1)
    }

    func syntaxError(_ description: String, at offset: Int) -> GraphQLError {
        GraphQLError(
            "Syntax Error: \(description)", code: .parseFailed, locations: [self.location(of: offset)])
    }
}
