import Storage

/// What mails say.
///
/// Links begin with the address that the operator gave (`--public-url`). The header `Host` of a request would let strangers have
/// links to places of their own sent to people.
struct MailTexts: Sendable {
    private let origin: String?
    private let serverName: String

    init(_ configuration: NodeConfiguration) {
        self.origin = configuration.publicURL
        self.serverName = configuration.serverName
    }

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

    private func link(_ path: String) -> String { "\(self.origin ?? "")\(path)" }
}
