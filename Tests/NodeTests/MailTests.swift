import Testing

@testable import Node

@Suite struct MailTests {
    @Test("what people are called steers no terminal and begins no header")
    func plain() {
        let mail = Mail(to: "a@b\u{1B}[2J", subject: "Ann\r\nBcc: eve@example.org", text: "one\n\u{1B}[31mtwo\u{202E}")
        #expect(mail.recipient == "a@b [2J")
        #expect(mail.subject == "Ann  Bcc: eve@example.org")
        #expect(mail.text == "one\n [31mtwo ")
    }
}
