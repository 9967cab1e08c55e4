import Foundation
import Logging
import Node
import ObjectModel
import ObjectStorage
import SMTP
import Storage
import Synchronization

/// Keeps mails as files of the data directory, each from before it is sent. Without a server that brings them to people they are the
/// operator's to read (`tiebeam mail`).
final class MailOutbox: MailSending, MailQueue {
    /// The oldest go when there are more, those that wait last.
    private static let countMax = 10_000

    private let files: MailFiles
    private let isSending: Bool
    private let logger: Logger
    private let clock: @Sendable () -> Timestamp
    private let queue = BlockingQueue(label: "tiebeam.mail", isConcurrent: false)
    /// When each mail that waits is due; `nil` before the files were read.
    private let waiting = Mutex([String: Timestamp]?.none)
    private let addition: AsyncStream<Void>.Continuation

    let additions: AsyncStream<Void>

    /// - Parameter isSending: whether mails are sent. Those that were written while none were stay the operator's.
    init(_ data: URL, isSending: Bool, logger: Logger, clock: @escaping @Sendable () -> Timestamp) {
        self.files = MailFiles(in: data)
        self.isSending = isSending
        self.logger = logger
        self.clock = clock
        (self.additions, self.addition) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    // MARK: Writing

    func send(_ mail: Mail) async {
        let now = self.clock()
        let delivery = self.isSending ? MailDelivery(waitingFrom: now) : nil
        let file = MailFile(mail, id: RandomDigits.hexadecimal(8), at: now, delivery: delivery)
        do {
            try await self.queue.run {
                try self.makeRoom()
                try self.files.write(file)
                self.note(file)
            }
            self.addition.yield()
        } catch {
            self.logger.error("a mail could not be kept", metadata: ["error": "\(error)"])
        }
    }

    private func makeRoom() throws {
        try self.files.create()
        let names = try self.files.names()
        let excess = names.count + 1 - Self.countMax
        guard excess > 0 else { return }
        let waiting = self.waiting.withLock { Set(($0 ?? [:]).keys) }
        let rest = names.filter { !waiting.contains($0) }
        for name in (rest + names.filter(waiting.contains)).prefix(excess) {
            if waiting.contains(name) {
                self.logger.error("a mail is dropped: too many wait", metadata: ["mail.id": "\(name)"])
            }
            try self.files.remove(name)
            self.waiting.withLock { _ = $0?.removeValue(forKey: name) }
        }
    }

    /// Called on the queue only, as is everything that changes files.
    private func note(_ file: MailFile) {
        self.waiting.withLock { $0?[file.name] = file.delivery?.nextAttemptAt }
    }

    // MARK: Sending

    func due(at now: Timestamp, besides busy: Set<String>, limit: Int) async throws -> [QueuedMail] {
        try await self.queue.run {
            try self.readOnce()
            try self.takeRetries(at: now)
            let due = self.waiting.withLock { waiting in
                (waiting ?? [:]).filter { $0.value <= now && !busy.contains($0.key) }
            }
            let first = due.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.prefix(limit)
            return first.compactMap { self.queued($0.key) }
        }
    }

    func settle(_ id: String, _ delivery: MailDelivery) async throws {
        try await self.queue.run {
            // It may have been dropped in the meantime.
            guard self.files.exists(id) else { return self.waiting.withLock { _ = $0?.removeValue(forKey: id) } }
            var file = try self.files.read(id)
            file.delivery = delivery
            if delivery.state == .sent || delivery.state == .expired { file.forget() }
            try self.files.write(file)
            self.note(file)
        }
    }

    private func readOnce() throws {
        guard self.waiting.withLock({ $0 == nil }) else { return }
        var waiting: [String: Timestamp] = [:]
        for name in try self.files.names() {
            do {
                waiting[name] = try self.files.read(name).delivery?.nextAttemptAt
            } catch {
                self.logger.error("a mail cannot be read", metadata: ["mail.id": "\(name)", "error": "\(error)"])
            }
        }
        self.waiting.withLock { $0 = waiting }
    }

    /// Lets mails wait again that the operator wants to be tried.
    private func takeRetries(at now: Timestamp) throws {
        for name in try self.files.retries() {
            if var file = try? self.files.read(name), file.text != nil {
                file.delivery = MailDelivery(waitingFrom: now)
                try self.files.write(file)
                self.note(file)
            }
            try self.files.endRetry(name)
        }
    }

    private func queued(_ name: String) -> QueuedMail? {
        guard let file = try? self.files.read(name), let text = file.text, let delivery = file.delivery else {
            self.waiting.withLock { _ = $0?.removeValue(forKey: name) }
            self.logger.error("a mail cannot be read", metadata: ["mail.id": "\(name)"])
            return nil
        }
        return QueuedMail(
            id: name, createdAt: file.createdAt, recipient: file.to, subject: file.subject, text: text,
            html: file.html, expiresAt: file.expiresAt, delivery: delivery)
    }
}
