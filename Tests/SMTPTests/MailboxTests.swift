import Testing

@testable import SMTP

@Suite struct MailboxTests {
    @Test(
        "operators write it in three ways",
        arguments: [
            ("bim@example.com", nil), ("<bim@example.com>", nil), ("Tiebeam <bim@example.com>", "Tiebeam"),
            ("\"Tiebeam, Paris\" <bim@example.com>", "Tiebeam, Paris"), ("Bürobau <bim@example.com>", "Bürobau"),
        ] as [(String, String?)])
    func written(text: String, name: String?) {
        let mailbox = Mailbox(text)
        #expect(mailbox?.address == "bim@example.com")
        #expect(mailbox?.name == name)
    }

    @Test(
        "what is no address of ASCII is none",
        arguments: [
            "", "@", "ada", "ada@", "@example.com", "a@b@c", "a b@example.com", "ada@exa mple.com", "ada@example..com",
            ".ada@example.com", "ada@example.com\r\nRCPT TO:<eve@example.org>", "ada@example.com>", "<ada@example.com",
            "\"a b\"@example.com", "ada@[127.0.0.1]", "ädä@example.com", "ada@exämple.com", "a,b@example.com",
            String(repeating: "a", count: 65) + "@example.com", "a@" + String(repeating: "a", count: 253),
        ])
    func refused(text: String) {
        #expect(Mailbox(address: text) == nil)
    }

    @Test("names are quoted, or encoded")
    func header() {
        #expect(Mailbox(address: "a.b+c@x-y.example")?.header == "a.b+c@x-y.example")
        #expect(Mailbox(name: "A \"B\" \\", address: "a@b.c")?.header == "\"A \\\"B\\\" \\\\\"\r\n <a@b.c>")
        #expect(Mailbox(name: "Ü", address: "a@b.c")?.header == "=?UTF-8?B?w5w=?=\r\n <a@b.c>")
    }
}
