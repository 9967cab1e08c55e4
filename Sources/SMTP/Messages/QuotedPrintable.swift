/// Text as lines of ASCII that no server on the way changes (RFC 2045, section 6.7).
enum QuotedPrintable {
    private static let digits = Array("0123456789ABCDEF".utf8)

    /// Lines end with CR LF, the last one too. None begins with a dot, which SMTP would double.
    static func encode(_ text: String) -> [UInt8] {
        var encoded: [UInt8] = []
        var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        if lines.last?.isEmpty == true { lines.removeLast() }
        for line in lines {
            Self.append(Array(line.utf8), to: &encoded)
        }
        return encoded
    }

    private static func append(_ line: [UInt8], to encoded: inout [UInt8]) {
        var byteCount = 0
        for (index, byte) in line.enumerated() {
            let isLast = index == line.count - 1
            var token = Self.token(byte, isLast: isLast, isFirst: byteCount == 0)
            // One place is for the sign that the line goes on.
            if byteCount + token.count > Limits.encodedLineByteCountMax - (isLast ? 0 : 1) {
                encoded += Array("=\r\n".utf8)
                byteCount = 0
                token = Self.token(byte, isLast: isLast, isFirst: true)
            }
            encoded += token
            byteCount += token.count
        }
        encoded += Array("\r\n".utf8)
    }

    private static func token(_ byte: UInt8, isLast: Bool, isFirst: Bool) -> [UInt8] {
        let isPlain =
            switch byte {
            case UInt8(ascii: "="): false
            case UInt8(ascii: "."): !isFirst
            case UInt8(ascii: " "), UInt8(ascii: "\t"): !isLast
            default: (0x21...0x7E).contains(byte)
            }
        return isPlain
            ? [byte] : [UInt8(ascii: "="), Self.digits[Int(byte >> 4)], Self.digits[Int(byte & 15)]]
    }
}
