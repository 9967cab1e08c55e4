import ArgumentParser
import Foundation
import Logging
import ObjectModel
import SMTP

/// The server that brings mails to people.
struct SMTPOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The server that brings mails to people, like smtp://mail.example.com:587 or smtps://mail.example.com.",
            discussion: "Otherwise mails stay in the data directory (tiebeam mail).", valueName: "url"))
    var smtpURL: String?

    @Option(help: ArgumentHelp("What that server knows this node by.", valueName: "name"))
    var smtpUser: String?

    @Option(help: ArgumentHelp("A file with the password for that.", valueName: "file"))
    var smtpPasswordFile: String?

    @Option(
        help: ArgumentHelp("Whom mails come from, like \"Tiebeam <bim@example.com>\".", valueName: "mailbox"))
    var smtpFrom: String?

    @Option(
        help: ArgumentHelp(
            "Whether smtp:// goes on by TLS (STARTTLS): required, opportunistic, if the server offers it, or none."),
        transform: { text in
            guard let security = SMTPSettings.Security(rawValue: text) else {
                throw ValidationError("--smtp-tls is required, opportunistic or none.")
            }
            return security
        })
    var smtpTLS = SMTPSettings.Security.required

    @Option(
        help: ArgumentHelp(
            "A PEM file with the authorities that the server's certificate may come from, in place of the system's.",
            valueName: "file"))
    var smtpCAFile: String?

    @Option(
        help: ArgumentHelp(
            "Try a mail again after so many seconds each time, a hundred times in all.", visibility: .hidden))
    var smtpRetrySeconds: Int?

    var isGiven: Bool { self.smtpURL != nil }

    func validate() throws {
        guard let url = self.smtpURL else {
            let others = [self.smtpUser, self.smtpPasswordFile, self.smtpFrom, self.smtpCAFile]
            guard others.allSatisfy({ $0 == nil }) else {
                throw ValidationError(
                    "--smtp-user, --smtp-password-file, --smtp-from and --smtp-ca-file need --smtp-url.")
            }
            return
        }
        guard let server = Self.server(url) else {
            throw ValidationError("--smtp-url is like smtp://mail.example.com:587 or smtps://mail.example.com.")
        }
        guard let from = self.smtpFrom, Mailbox(from) != nil else {
            throw ValidationError("--smtp-url needs --smtp-from, like \"Tiebeam <bim@example.com>\".")
        }
        guard (self.smtpUser == nil) == (self.smtpPasswordFile == nil) else {
            throw ValidationError("--smtp-user and --smtp-password-file go together.")
        }
        guard self.smtpRetrySeconds.map({ $0 >= 1 }) ?? true else {
            throw ValidationError("--smtp-retry-seconds is 1 or more.")
        }
        let isLocal = ["localhost", "::1"].contains(server.host) || server.host.hasPrefix("127.")
        guard self.smtpUser == nil || server.isImplicitTLS || self.smtpTLS == .required || isLocal else {
            throw ValidationError("A password is sent by TLS only: leave --smtp-tls required.")
        }
    }

    /// What sends mails and has to run; `nil` when none are sent.
    ///
    /// - Throws: ``ConfigurationFailure`` when a file cannot be read.
    func service(
        sending outbox: MailOutbox, publicURL: String?, _ logger: Logger, _ clock: @escaping @Sendable () -> Timestamp
    ) throws -> MailService? {
        guard let url = self.smtpURL, let server = Self.server(url), let from = self.smtpFrom.flatMap({ Mailbox($0) })
        else { return nil }
        if publicURL == nil {
            logger.warning("links in mails have no beginning: --public-url is not given")
        }
        if let file = self.smtpCAFile, !FileManager.default.isReadableFile(atPath: file) {
            throw ConfigurationFailure(text: "The authorities in \(file) cannot be read.")
        }
        let settings = SMTPSettings(
            host: server.host, port: server.port, isImplicitTLS: server.isImplicitTLS, security: self.smtpTLS,
            credentials: try self.credentials(), authorityFile: self.smtpCAFile)
        return MailService(
            queue: outbox, transport: SMTPClient(settings), sender: from, schedule: self.schedule, times: self.times,
            logger: logger, clock: clock)
    }

    private func credentials() throws -> SMTPSettings.Credentials? {
        guard let user = self.smtpUser, let file = self.smtpPasswordFile else { return nil }
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw ConfigurationFailure(text: "The password in \(file) cannot be read.")
        }
        return .init(user: user, password: text.trimmingCharacters(in: .newlines))
    }

    private var schedule: MailSchedule {
        guard let seconds = self.smtpRetrySeconds else { return .standard }
        return MailSchedule(intervals: Array(repeating: .seconds(seconds), count: 99))
    }

    private var times: MailTimes {
        var times = MailTimes()
        if let seconds = self.smtpRetrySeconds { times.lookPause = min(times.lookPause, .seconds(seconds)) }
        return times
    }

    private static func server(_ text: String) -> (host: String, port: Int, isImplicitTLS: Bool)? {
        guard let url = URLComponents(string: text), let scheme = url.scheme?.lowercased(),
            ["smtp", "smtps"].contains(scheme), let host = url.host, !host.isEmpty, url.user == nil,
            url.password == nil, ["", "/"].contains(url.path), url.query == nil, url.fragment == nil
        else { return nil }
        let isImplicitTLS = scheme == "smtps"
        let port = url.port ?? (isImplicitTLS ? 465 : 587)
        guard (1...65_535).contains(port) else { return nil }
        return (host.trimmingCharacters(in: ["[", "]"]).lowercased(), port, isImplicitTLS)
    }
}
