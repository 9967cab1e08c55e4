import Foundation

/// Text of a header that is not ASCII, or too long for a line (RFC 2047).
enum EncodedWord {
    /// Words of base 64, one a line, none of which ends within a character's bytes.
    static func encode(_ text: String) -> String {
        var words: [String] = []
        var bytes: [UInt8] = []
        func end() {
            words.append("=?UTF-8?B?\(Data(bytes).base64EncodedString())?=")
            bytes = []
        }
        for scalar in text.unicodeScalars {
            let next = Array(String(scalar).utf8)
            if bytes.count + next.count > Limits.encodedWordByteCountMax { end() }
            bytes += next
        }
        end()
        return words.joined(separator: "\r\n ")
    }
}
