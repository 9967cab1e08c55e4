import Storage

/// What mails say.
///
/// Links begin with the address that the operator gave (`--public-url`). The header `Host` of a request would let strangers have
/// links to places of their own sent to people.
struct MailTexts: Sendable {
    private static let tokenDigitCount = 50

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
    func verification(to email: String, token: String, code: String) -> Mail {
        Mail(
            to: email, subject: "\(self.serverName): verify your e-mail address",
            text: """
                Somebody, probably you, uses this address on \(self.serverName). To show that it is yours, type this code:

                \(code)

                or open \(self.link("/auth/verifyemail?t=\(token)"))

                Both are good for an hour. If it was not you, ignore this mail.
                """)
    }

    func passwordReset(to email: String, token: String) -> Mail {
        Mail(
            to: email, subject: "\(self.serverName): set another password",
            text: """
                Somebody, probably you, asked to set another password on \(self.serverName). Within an hour, open

                \(self.link("/authn/resetpassword/finalize?t=\(token)"))

                You will have to sign in again everywhere. If it was not you, ignore this mail.
                """)
    }

    /// - Parameter project: its name; `nil` when it is an invitation to the server only.
    func invitation(
        to email: String, by inviter: String, project: String? = nil, message: String?, token: String
    ) -> Mail {
        let place = project.map { "the project \($0) on \(self.serverName)" } ?? self.serverName
        return Mail(
            to: email, subject: "\(self.serverName): \(inviter) invites you",
            text: """
                \(inviter) invites you to \(place). To come, open an account by

                \(self.link("/authn/register?token=\(token)"))

                \(message ?? "")
                """)
    }

    private func link(_ path: String) -> String { "\(self.origin ?? "")\(path)" }
}
