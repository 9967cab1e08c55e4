public import Logging
public import ObjectModel
public import ServiceLifecycle
import Synchronization

/// Sends the mails that wait, a few at a time.
///
/// What became of a mail is written after the server has it: a program that dies between the two sends it once more, under the
/// same Message-ID.
public final class MailService: Service {
    private let queue: any MailQueue
    private let transport: any MailTransport
    private let sender: Mailbox
    private let schedule: MailSchedule
    private let logger: Logger
    private let clock: @Sendable () -> Timestamp
    private let jitter: @Sendable () -> Double
    private let times: MailTimes

    private let busy = Mutex(Set<String>())
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    /// - Parameters:
    ///   - sender: whom mails come from.
    ///   - jitter: a number from 0 to 1, another one each time.
    public init(
        queue: any MailQueue, transport: any MailTransport, sender: Mailbox, schedule: MailSchedule = .standard,
        times: MailTimes = MailTimes(), logger: Logger, clock: @escaping @Sendable () -> Timestamp,
        jitter: @escaping @Sendable () -> Double = { .random(in: 0...1) }
    ) {
        self.queue = queue
        self.transport = transport
        self.sender = sender
        self.schedule = schedule
        self.times = times
        self.logger = logger
        self.clock = clock
        self.jitter = jitter
        (self.signals, self.signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Returns within some seconds after a graceful shutdown began: attempts under way have time to end.
    public func run() async {
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                group.addTask { for await _ in self.queue.additions { self.signal.yield() } }
                group.addTask { await self.look() }
                self.signal.yield()
                for await _ in self.signals { await self.begin(in: &group) }
                await self.attemptsEnd(within: self.times.stopping)
                group.cancelAll()
            }
        } onGracefulShutdown: {
            self.signal.finish()
        }
    }

    /// Time goes by without anybody saying so.
    private func look() async {
        while (try? await Task.sleep(for: self.times.lookPause)) != nil { self.signal.yield() }
    }

    private func begin(in group: inout DiscardingTaskGroup) async {
        let busy = self.busy.withLock { $0 }
        let room = Limits.connectionCountMax - busy.count
        guard room > 0 else { return }
        do {
            for mail in try await self.queue.due(at: self.clock(), besides: busy, limit: room) {
                self.busy.withLock { _ = $0.insert(mail.id) }
                group.addTask {
                    await self.attempt(mail)
                    self.busy.withLock { _ = $0.remove(mail.id) }
                    self.signal.yield()
                }
            }
        } catch {
            self.logger.error("mails are not sent", metadata: ["error": "\(error)"])
        }
    }

    private func attempt(_ mail: QueuedMail) async {
        let delivery = await self.delivery(of: mail)
        guard delivery != mail.delivery else { return }
        self.log(delivery, mail)
        while true {
            do {
                return try await self.queue.settle(mail.id, delivery)
            } catch {
                // While it cannot be written down, it must not be sent again.
                self.logger.error("it is not written down what became of a mail", metadata: ["error": "\(error)"])
                guard (try? await Task.sleep(for: self.times.errorPause)) != nil else { return }
            }
        }
    }

    private func delivery(of mail: QueuedMail) async -> MailDelivery {
        if let end = mail.expiresAt, end <= self.clock() { return mail.delivery.expired(at: self.clock()) }
        let outcome: MailOutcome
        if let recipient = Mailbox(address: mail.recipient) {
            outcome = await self.transport.send(
                MailMessage(
                    from: self.sender, to: recipient, subject: mail.subject, date: mail.createdAt, id: mail.id,
                    text: mail.text, html: mail.html))
        } else {
            outcome = MailOutcome(.permanent, answer: "The address is none that mails are sent to.")
        }
        return mail.delivery.settled(
            by: outcome, at: self.clock(), schedule: self.schedule, jitter: self.jitter())
    }

    private func log(_ delivery: MailDelivery, _ mail: QueuedMail) {
        let metadata: Logger.Metadata = [
            "mail.id": "\(mail.id)", "answer": "\(delivery.answer ?? "")", "attempts": "\(delivery.attemptCount)",
        ]
        switch delivery.state {
        case .sent: self.logger.info("a mail was sent", metadata: metadata)
        case .waiting: self.logger.warning("a mail is not sent yet", metadata: metadata)
        case .failed: self.logger.error("a mail is given up", metadata: metadata)
        case .expired: self.logger.warning("a mail was not sent in time", metadata: metadata)
        }
    }

    private func attemptsEnd(within duration: Duration) async {
        let end = ContinuousClock.now + duration
        while !Task.isCancelled, !self.busy.withLock(\.isEmpty), ContinuousClock.now < end {
            try? await Task.sleep(for: self.times.endPause)
        }
    }
}
