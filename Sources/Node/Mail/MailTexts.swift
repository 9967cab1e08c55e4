import ObjectModel
import Storage

/// What mails say.
///
/// Links begin with the address that the operator gave (`--public-url`). The header `Host` of a request would let strangers have
/// links to places of their own sent to people.
struct MailTexts: Sendable {
    private static let tokenDigitCount = 50
    /// Of a comment that a mail quotes.
    private static let commentCharacterCountMax = 2000

    private let origin: String?
    private let serverName: String

    init(_ configuration: NodeConfiguration) {
        self.origin = configuration.publicURL
        self.serverName = configuration.serverName
    }

    /// A secret for a link.
    static func token() -> String { RandomDigits.hexadecimal(self.tokenDigitCount) }

    /// - Parameters:
    ///   - token: of the link.
    ///   - code: that is typed in place of the link.
    ///   - now: from when on both are good.
    func verification(to email: String, token: String, code: String, at now: Timestamp) -> Mail {
        self.mail(
            to: email, until: now + AccountProof.lifespan,
            MailContent(
                subject: "\(self.serverName): verify your e-mail address", title: "Verify your e-mail address",
                blocks: [
                    .paragraph(
                        "Somebody, probably you, uses this address on \(self.serverName). To show that it is yours, type this code:"
                    ),
                    .code(code),
                    .link(
                        label: "Verify by one click", lead: "or open ",
                        address: self.link("/auth/verifyemail?t=\(token)")),
                    .paragraph("Both are good for an hour. If it was not you, ignore this mail."),
                ],
                reason: self.reason("somebody gave this address as theirs")))
    }

    /// - Parameter now: from when on the link is good.
    func passwordReset(to email: String, token: String, at now: Timestamp) -> Mail {
        self.mail(
            to: email, until: now + AccountProof.lifespan,
            MailContent(
                subject: "\(self.serverName): set another password", title: "Set another password",
                blocks: [
                    .paragraph(
                        "Somebody, probably you, asked to set another password on \(self.serverName). Within an hour, follow this link:"
                    ),
                    .link(
                        label: "Set another password", address: self.link("/authn/resetpassword/finalize?t=\(token)")),
                    .paragraph("You will have to sign in again everywhere. If it was not you, ignore this mail."),
                ],
                reason: self.reason("somebody said there that they forgot the password")))
    }

    /// - Parameters:
    ///   - project: its name; `nil` when it is an invitation to the server only.
    ///   - end: until when the link is good.
    func invitation(
        to email: String, by inviter: String, project: String? = nil, message: String?, token: String,
        until end: Timestamp? = nil
    ) -> Mail {
        let place = project.map { "the project \($0) on \(self.serverName)" } ?? self.serverName
        var blocks = [MailContent.Block.paragraph("\(inviter) invites you to \(place).")]
        if let message, !message.isEmpty { blocks.append(.quote(message)) }
        blocks += [
            .paragraph("To come, open an account:"),
            .link(label: "Open an account", address: self.link("/authn/register?token=\(token)")),
        ]
        return self.mail(
            to: email, until: end,
            MailContent(
                subject: "\(self.serverName): \(inviter) invites you",
                title: "\(inviter) invites you to \(project ?? self.serverName)", blocks: blocks,
                reason: self.reason("\(inviter) gave this address")))
    }

    // MARK: Notices

    func projectInvitation(to email: String, by inviter: String, project: String, message: String?) -> Mail {
        var blocks: [MailContent.Block] = [
            .paragraph("\(inviter) invites you to the project \(project) on \(self.serverName).")
        ]
        if let message, !message.isEmpty { blocks.append(.quote(message)) }
        blocks.append(.paragraph("You find the invitation in your Speckle connector or viewer, and answer it there."))
        return self.notice(to: email, "\(inviter) invites you to \(project)", blocks, "\(inviter) invited your account")
    }

    func accessRequest(to email: String, by requester: String, project: String) -> Mail {
        self.notice(
            to: email, "\(requester) asks for access to \(project)",
            [
                .paragraph("\(requester) asks for access to the project \(project) on \(self.serverName)."),
                .paragraph("You find the request with the project, and answer it there."),
            ], "you own that project")
    }

    func accessGiven(to email: String, by owner: String, project: String) -> Mail {
        self.notice(
            to: email, "You have access to \(project)",
            [.paragraph("\(owner) gave you access to the project \(project) on \(self.serverName).")],
            "you asked for that")
    }

    func mention(to email: String, by author: String, project: String, text: String) -> Mail {
        let isWhole = text.count <= Self.commentCharacterCountMax
        return self.notice(
            to: email, "\(author) mentioned you in \(project)",
            [
                .paragraph("\(author) mentioned you in a comment on the project \(project):"),
                .quote(isWhole ? text : "\(text.prefix(Self.commentCharacterCountMax))…"),
            ], "somebody mentioned you")
    }

    private func notice(to email: String, _ title: String, _ blocks: [MailContent.Block], _ reason: String) -> Mail {
        self.mail(
            to: email, until: nil,
            MailContent(
                subject: "\(self.serverName): \(title)", title: title, blocks: blocks, reason: self.reason(reason)))
    }

    private func mail(to email: String, until end: Timestamp?, _ content: MailContent) -> Mail {
        // A button that leads nowhere is worse than none.
        let html = self.origin == nil ? nil : MailPage(content: content, serverName: self.serverName).html
        return Mail(to: email, subject: content.subject, text: content.text, html: html, expiresAt: end)
    }

    private func link(_ path: String) -> String { "\(self.origin ?? "")\(path)" }

    private func reason(_ reason: String) -> String {
        let place = self.origin.map { "\(self.serverName) (\($0))" } ?? self.serverName
        return "\(place) wrote this mail by itself, since \(reason). Nobody reads answers to it."
    }
}
