/// An address, perhaps with the name of whoever has it.
///
/// Addresses are ASCII: few servers take others (RFC 6531), and a domain can be written in ASCII always (`xn--…`). Of the rest, local
/// parts in quotation marks and addresses of numbers are left out: nobody has such.
public struct Mailbox: Equatable, Sendable {
    public let name: String?
    public let address: String

    /// `nil` for what is no address.
    public init?(name: String? = nil, address: String) {
        guard Self.isAddress(address) else { return nil }
        let name = name.map(MailText.oneLine)
        self.name = name?.isEmpty == true ? nil : name
        self.address = address
    }

    /// As operators write it: `bim@example.com`, `Tiebeam <bim@example.com>` or `"Tiebeam, Paris" <bim@example.com>`.
    public init?(_ text: String) {
        guard text.hasSuffix(">"), let start = text.lastIndex(of: "<") else {
            self.init(address: text)
            return
        }
        var name = text[..<start]
        while name.last == " " { name.removeLast() }
        while name.first == " " { name.removeFirst() }
        if name.count >= 2, name.first == "\"", name.last == "\"" { name = name.dropFirst().dropLast() }
        self.init(name: String(name), address: String(text[text.index(after: start)...].dropLast()))
    }

    var domain: String { String(self.address.split(separator: "@")[1]) }

    /// As it stands in a header.
    var header: String {
        guard let name = self.name else { return self.address }
        return "\(Self.phrase(name))\r\n <\(self.address)>"
    }

    private static func phrase(_ name: String) -> String {
        guard MailText.isPlain(name) else { return EncodedWord.encode(name) }
        var phrase = "\""
        for character in name {
            if character == "\"" || character == "\\" { phrase.append("\\") }
            phrase.append(character)
        }
        return phrase + "\""
    }

    private static func isAddress(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2, text.utf8.count <= Limits.addressByteCountMax,
            parts[0].count <= Limits.localPartByteCountMax
        else { return false }
        let marks = Set("!#$%&'*+-/=?^_`{|}~".utf8)
        return Self.isDotted(parts[0]) { Self.isLetterOrDigit($0) || marks.contains($0) }
            && Self.isDotted(parts[1]) { Self.isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
    }

    private static func isDotted(_ text: Substring.UTF8View, _ isAllowed: (UInt8) -> Bool) -> Bool {
        text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
            !label.isEmpty && label.allSatisfy(isAllowed)
        }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
