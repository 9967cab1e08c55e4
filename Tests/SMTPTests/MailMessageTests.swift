import ObjectModel
import Testing

@testable import SMTP

@Suite struct MailMessageTests {
    private let sender = Mailbox("Tiebeam <bim@example.com>")
    private let recipient = Mailbox(address: "ada@example.org")

    private func message(subject: String = "Hello", text: String, html: String? = nil) throws -> MailMessage {
        MailMessage(
            from: try #require(self.sender), to: try #require(self.recipient), subject: subject,
            date: Timestamp(millisecondsSinceEpoch: 1_769_860_800_000), id: "1769860800000-5f0c2a91", text: text,
            html: html)
    }

    private func text(_ message: MailMessage) -> String { String(decoding: message.bytes, as: UTF8.self) }

    @Test("a text is these bytes")
    func plain() throws {
        let message = try self.message(text: "Grüße,\nAda = 1 \n.dot\n")
        #expect(
            self.text(message) == """
                From: "Tiebeam"\r
                 <bim@example.com>\r
                To: ada@example.org\r
                Subject: Hello\r
                Date: Sat, 31 Jan 2026 12:00:00 +0000\r
                Message-ID: <1769860800000-5f0c2a91@example.com>\r
                MIME-Version: 1.0\r
                Auto-Submitted: auto-generated\r
                Content-Type: text/plain; charset=utf-8\r
                Content-Transfer-Encoding: quoted-printable\r
                \r
                Gr=C3=BC=C3=9Fe,\r
                Ada =3D 1=20\r
                =2Edot\r

                """)
    }

    @Test("a text with its page is these bytes")
    func alternative() throws {
        let message = try self.message(text: "One", html: "<p>One</p>")
        let content = self.text(message).split(separator: "Auto-Submitted: auto-generated\r\n")[1]
        #expect(
            content == """
                Content-Type: multipart/alternative;\r
                 boundary="=_1769860800000-5f0c2a91"\r
                \r
                --=_1769860800000-5f0c2a91\r
                Content-Type: text/plain; charset=utf-8\r
                Content-Transfer-Encoding: quoted-printable\r
                \r
                One\r
                --=_1769860800000-5f0c2a91\r
                Content-Type: text/html; charset=utf-8\r
                Content-Transfer-Encoding: quoted-printable\r
                \r
                <p>One</p>\r
                --=_1769860800000-5f0c2a91--\r

                """)
    }

    @Test("nothing that people write begins a header", arguments: ["\r\n", "\n", "\r", "\u{2028}", "\u{85}", "\0"])
    func injection(end: String) throws {
        var message = try self.message(subject: "Hi\(end)Bcc: eve@example.org", text: "One")
        message.from = try #require(Mailbox(name: "T\(end)Bcc: eve@example.org", address: "bim@example.com"))
        let headers = self.text(message).split(separator: "\r\n\r\n")[0].split(separator: "\r\n")
        #expect(headers.count == 10)
        #expect(!headers.contains { $0.hasPrefix("Bcc") })
        #expect(headers.contains { $0.hasPrefix("Subject: Hi ") && $0.hasSuffix(" Bcc: eve@example.org") })
    }

    @Test("subjects that are not ASCII, are long or look encoded are encoded words")
    func subjects() {
        #expect(EncodedWord.encode("Grüße") == "=?UTF-8?B?R3LDvMOfZQ==?=")
        let long = EncodedWord.encode(String(repeating: "棟", count: 40))
        #expect(long.split(separator: "\r\n ").count == 3)
        #expect(long.split(separator: "\r\n").allSatisfy { $0.count <= 76 })
        #expect(!MailText.isPlain("=?UTF-8?B?SGk=?="))
        #expect(!MailText.isPlain(String(repeating: "a", count: 61)))
        #expect(MailText.isPlain("Tiebeam: verify your e-mail address"))
    }

    @Test("lines are short, and decode to what they were", arguments: [0, 1, 74, 75, 76, 77, 150, 151, 152, 153, 5000])
    func lines(count: Int) throws {
        for unit in ["a", "ü", " ", ".", "=", "🏗"] {
            let line = String(repeating: unit, count: count)
            let encoded = QuotedPrintable.encode(line + "\nend")
            let lines = String(decoding: encoded, as: UTF8.self).split(separator: "\r\n")
            #expect(lines.allSatisfy { $0.utf8.count <= 76 && !$0.hasPrefix(".") && !$0.hasSuffix(" ") })
            #expect(encoded.allSatisfy { $0 < 0x80 })
            #expect(Self.decoded(encoded) == line + "\r\nend\r\n")
        }
    }

    /// As RFC 2045 says, apart from the encoder.
    private static func decoded(_ encoded: [UInt8]) -> String {
        var (bytes, rest) = ([UInt8](), encoded[...])
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "=") else {
                bytes.append(byte)
                continue
            }
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            rest = rest.dropFirst(2)
            if digits != "\r\n" { bytes.append(UInt8(digits, radix: 16) ?? 0) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(
        "dates are RFC 5322's",
        arguments: [
            (0, "Thu, 1 Jan 1970 00:00:00 +0000"), (951_782_399_999, "Mon, 28 Feb 2000 23:59:59 +0000"),
            (951_782_400_000, "Tue, 29 Feb 2000 00:00:00 +0000"),
            (1_796_083_199_000, "Mon, 30 Nov 2026 23:59:59 +0000"),
            (4_107_542_400_000, "Mon, 1 Mar 2100 00:00:00 +0000"), (-5, "Thu, 1 Jan 1970 00:00:00 +0000"),
        ])
    func dates(milliseconds: Int64, text: String) {
        #expect(MailDate.text(Timestamp(millisecondsSinceEpoch: milliseconds)) == text)
    }
}
