/// What texts must be to stand in a header.
enum MailText {
    /// Without anything that ends a line or steers a terminal: a space is there in its place.
    static func oneLine(_ text: String) -> String {
        var line = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let isControl = [.control, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
            line.append(isControl ? " " : scalar)
        }
        return String(line)
    }

    /// Whether a line may stand in a header as it is. What looks like an encoded word may not.
    static func isPlain(_ line: String) -> Bool {
        line.utf8.count <= Limits.plainHeaderByteCountMax && line.utf8.allSatisfy { (0x20...0x7E).contains($0) }
            && line.first != " " && line.last != " " && !line.contains("=?")
    }
}
