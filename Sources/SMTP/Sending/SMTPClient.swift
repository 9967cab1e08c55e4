import CCurl
import Storage
import Synchronization

/// Speaks SMTP by libcurl. Its calls block: they run on threads of their own, as many as there are attempts at a time.
public struct SMTPClient: MailTransport {
    private static let isReady = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK

    private let settings: SMTPSettings
    private let queue = BlockingQueue(label: "tiebeam.smtp", isConcurrent: true)

    public init(_ settings: SMTPSettings) {
        self.settings = settings
    }

    public func send(_ message: MailMessage) async -> MailOutcome {
        let cancellation = Cancellation()
        let settings = self.settings
        let outcome = await withTaskCancellationHandler {
            try? await self.queue.run { Self.send(message, by: settings, until: cancellation) }
        } onCancel: {
            cancellation.cancel()
        }
        return outcome ?? MailOutcome(.temporary, answer: "The attempt could not be made.")
    }

    private static func send(
        _ message: MailMessage, by settings: SMTPSettings, until cancellation: Cancellation
    ) -> MailOutcome {
        guard self.isReady, let handle = curl_easy_init() else {
            return MailOutcome(.temporary, answer: "libcurl cannot be used.")
        }
        let transfer = Transfer(message.bytes, cancellation)
        let recipients = curl_slist_append(nil, message.to.address)
        defer {
            // It says good-bye to the server, which calls back: the transfer must be there still.
            curl_easy_cleanup(handle)
            curl_slist_free_all(recipients)
            withExtendedLifetime(transfer) {}
        }
        guard Self.set(handle, message, settings), transfer.attach(to: handle),
            tiebeam_curl_setList(handle, CURLOPT_MAIL_RCPT, recipients) == CURLE_OK
        else {
            return MailOutcome(.temporary, answer: "libcurl does not know what is asked of it.")
        }
        let code = curl_easy_perform(handle)
        var status = 0
        _ = tiebeam_curl_responseCode(handle, &status)
        return Attempt(
            error: code, status: status, answer: transfer.answer, isBodySent: transfer.isBodySent,
            isCancelled: cancellation.isCancelled
        ).outcome
    }

    private static func set(_ handle: UnsafeMutableRawPointer, _ message: MailMessage, _ settings: SMTPSettings) -> Bool
    {
        let host = settings.host.contains(":") ? "[\(settings.host)]" : settings.host
        // What follows the slash is the name that this node goes by.
        let url =
            "\(settings.isImplicitTLS ? "smtps" : "smtp")://\(host):\(settings.port)/\(message.from.domain)"
        let texts: [(CURLoption, String?)] = [
            (CURLOPT_URL, url), (CURLOPT_PROTOCOLS_STR, "smtp,smtps"), (CURLOPT_PROXY, ""),
            (CURLOPT_MAIL_FROM, message.from.address), (CURLOPT_USERNAME, settings.credentials?.user),
            (CURLOPT_PASSWORD, settings.credentials?.password), (CURLOPT_CAINFO, settings.authorityFile),
        ]
        let security =
            switch settings.security {
            case .required: CURLUSESSL_ALL
            case .opportunistic: CURLUSESSL_TRY
            case .none: CURLUSESSL_NONE
            }
        let numbers: [(CURLoption, Int)] = [
            (CURLOPT_USE_SSL, Int(security.rawValue)), (CURLOPT_SSL_VERIFYPEER, 1), (CURLOPT_SSL_VERIFYHOST, 2),
            (CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2)), (CURLOPT_NOSIGNAL, 1), (CURLOPT_UPLOAD, 1),
            (CURLOPT_NOPROGRESS, 0), (CURLOPT_FRESH_CONNECT, 1), (CURLOPT_FORBID_REUSE, 1),
            // A look-up of a name that hangs holds nobody up, either.
            (CURLOPT_QUICK_EXIT, 1),
            (CURLOPT_CONNECTTIMEOUT_MS, Limits.connectTime.milliseconds),
            (CURLOPT_TIMEOUT_MS, Limits.attemptTime.milliseconds),
            (CURLOPT_SERVER_RESPONSE_TIMEOUT, Int(Limits.attemptTime.components.seconds)),
        ]
        return texts.allSatisfy { $1 == nil || tiebeam_curl_setText(handle, $0, $1) == CURLE_OK }
            && numbers.allSatisfy { tiebeam_curl_setNumber(handle, $0, $1) == CURLE_OK }
            // The authorities of a file are in place of the system's.
            && (settings.authorityFile == nil || tiebeam_curl_setText(handle, CURLOPT_CAPATH, nil) == CURLE_OK)
    }
}

/// What libcurl knows of an attempt.
private struct Attempt {
    /// Answers that are about this node's account, not about the mail: an operator can put that right.
    private static let accountStatuses = [530, 534, 535, 538]

    var error: CURLcode
    var status: Int
    var answer: String
    /// All of the message, so that an answer is to that.
    var isBodySent: Bool
    var isCancelled: Bool

    var outcome: MailOutcome {
        if self.error == CURLE_OK { return MailOutcome(.delivered, answer: self.answer) }
        if self.isCancelled { return MailOutcome(.interrupted, answer: "The attempt was interrupted.") }
        let isAnswered = self.error == CURLE_SEND_ERROR || self.isBodySent
        if isAnswered, (400...599).contains(self.status), !self.answer.isEmpty {
            let isPermanent = self.status >= 500 && !Self.accountStatuses.contains(self.status)
            return MailOutcome(isPermanent ? .permanent : .temporary, answer: self.answer)
        }
        let reason = String(cString: curl_easy_strerror(self.error))
        let isRefused = self.status >= 400 && !self.answer.isEmpty
        return MailOutcome(.temporary, answer: isRefused ? "\(reason): \(self.answer)" : reason)
    }
}

/// Says to a blocking call that its task is cancelled.
final class Cancellation: Sendable {
    private let flag = Atomic(false)

    var isCancelled: Bool { self.flag.load(ordering: .relaxed) }

    func cancel() { self.flag.store(true, ordering: .relaxed) }
}

extension Duration {
    fileprivate var milliseconds: Int {
        Int(self.components.seconds * 1000 + self.components.attoseconds / 1_000_000_000_000_000)
    }
}
