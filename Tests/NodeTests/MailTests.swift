import ObjectModel
import Testing

@testable import Node

@Suite struct MailTests {
    @Test("what people are called steers no terminal and begins no header")
    func plain() {
        let mail = Mail(
            to: "a@b\u{1B}[2J", subject: "Ann\r\nBcc: eve@example.org", text: "one\n\u{1B}[31mtwo\u{202E}",
            html: "<p>\u{202E}</p>\n")
        #expect(mail.recipient == "a@b [2J")
        #expect(mail.subject == "Ann  Bcc: eve@example.org")
        #expect(mail.text == "one\n [31mtwo ")
        #expect(mail.html == "<p> </p>\n")
    }

    @Test("what people wrote is text in a page, too")
    func escaped() throws {
        let page = try #require(self.invitation(publicURL: "https://bim.example.com").html)
        #expect(page.contains("&lt;b onload=&quot;x&quot;&gt;Eve&#39;s &amp; co"))
        #expect(page.contains("&lt;script&gt;"))
        #expect(!page.contains("<script"))
    }

    @Test("without an address of this server there is no page, whose button would lead nowhere")
    func withoutOrigin() {
        let mail = self.invitation(publicURL: nil)
        #expect(mail.html == nil)
        #expect(mail.text.contains("\n\n/authn/register?token=abc\n\n"))
    }

    @Test("links and codes are of no use after an hour")
    func expiry() {
        let texts = MailTexts(self.configuration(publicURL: nil))
        let now = Timestamp(millisecondsSinceEpoch: 1000)
        let end = Timestamp(millisecondsSinceEpoch: 3_601_000)
        #expect(texts.verification(to: "a@b", token: "t", code: "123456", at: now).expiresAt == end)
        #expect(texts.passwordReset(to: "a@b", token: "t", at: now).expiresAt == end)
    }

    private func invitation(publicURL: String?) -> Mail {
        MailTexts(self.configuration(publicURL: publicURL)).invitation(
            to: "a@b", by: "<b onload=\"x\">Eve's & co", message: "<script>", token: "abc")
    }

    private func configuration(publicURL: String?) -> NodeConfiguration {
        NodeConfiguration(
            host: "localhost", port: 0, publicURL: publicURL, fileByteCountMax: 1, bundleFileByteCountMax: 1,
            version: "1")
    }
}
